const { leftovers, memory } = require('./no-leftovers');

module.exports = () => {
  const left = leftovers();
  if (left.length > 0) throw new Error(`tests left behind in ${memory}: ${left.join(', ')}`);
};
