// A producer that is made to be killed: keeps each slot open for a while, and tells of each message after it was committed.
//   node producer.js BLOCK RUN PAUSE_US HOLD_US
// Prints `RUN INDEX SEQ` for each message, synchronously: what was told before the kill reaches the parent.
const { Buffer } = require('node:buffer');
const fs = require('node:fs');
const { Producer } = require('../../dist');

const [, , block, run, pauseUs, holdUs] = process.argv;
const never = new Int32Array(new SharedArrayBuffer(4));

function idle(microseconds) {
  const end = process.hrtime.bigint() + BigInt(Math.round(microseconds)) * 1000n;
  if (microseconds > 500) Atomics.wait(never, 0, 0, microseconds / 1000);
  while (process.hrtime.bigint() < end);
}

const producer = Producer.open(block, { name: `producer-${run}`, standbyMs: -1 });
fs.writeSync(1, `${run} ready\n`);
for (let index = 0; ; index++) {
  let seq;
  producer.withWriteTransaction((slot) => {
    seq = slot.seq;
    const length = Buffer.from(slot.buffer.buffer, slot.buffer.byteOffset, slot.capacity).write(
      `${run} ${index} `,
    );
    idle(Math.random() * holdUs);
    // Bytes that depend on the message, so that a torn one would be noticed.
    slot.buffer.fill(97 + (index % 26), length, length + (index % 50));
    return length + (index % 50);
  });
  fs.writeSync(1, `${run} ${index} ${seq}\n`);
  idle(Math.random() * pauseUs);
}
