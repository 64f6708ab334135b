// Tests make their blocks in private folders below /dev/shm; this finds what they left there.
const fs = require('node:fs');

const memory = '/dev/shm';
const prefix = 'datablock-test-';

/** Names in /dev/shm that tests are answerable for. */
function leftovers() {
  return fs.readdirSync(memory).filter((name) => name.startsWith(prefix));
}

module.exports = { memory, prefix, leftovers };
