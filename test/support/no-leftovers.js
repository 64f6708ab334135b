// Tests make their blocks in private folders below /dev/shm; this finds what a run left there.
const fs = require('node:fs');

const memory = '/dev/shm';

/** Start of the names that this test run may use in /dev/shm; test/support/no-leftovers-setup.js fixes it. */
function prefix() {
  return `datablock-test-${process.env.DATABLOCK_TEST_RUN ?? process.pid}-`;
}

/** Names in /dev/shm that this test run is answerable for. */
function leftovers() {
  return fs.readdirSync(memory).filter((name) => name.startsWith(prefix()));
}

module.exports = { memory, prefix, leftovers };
