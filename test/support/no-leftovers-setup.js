const { leftovers } = require('./no-leftovers');

// Leftovers of an earlier run that was killed are not this run's fault.
module.exports = () => {
  process.env.DATABLOCK_TEST_LEFTOVERS = JSON.stringify(leftovers());
};
