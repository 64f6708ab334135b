const fs = require('node:fs');
const path = require('node:path');
const { leftovers, memory } = require('./no-leftovers');

/** A file whose tests were all left out (`jest -t`) does not come to its afterAll: its folder is empty, and goes. */
function removeIfEmpty(name) {
  try {
    fs.rmdirSync(path.join(memory, name));
  } catch (error) {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'ENOTDIR') throw error;
  }
}

module.exports = () => {
  leftovers().forEach(removeIfEmpty);
  const left = leftovers();
  if (left.length > 0) throw new Error(`tests left behind in ${memory}: ${left.join(', ')}`);
};
