const { leftovers, memory } = require('./no-leftovers');

module.exports = () => {
  const before = JSON.parse(process.env.DATABLOCK_TEST_LEFTOVERS ?? '[]');
  const left = leftovers().filter((name) => !before.includes(name));
  if (left.length > 0) throw new Error(`tests left behind in ${memory}: ${left.join(', ')}`);
};
