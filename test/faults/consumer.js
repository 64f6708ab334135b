// A consumer that is made to be killed: tells of each message that it has in hand.
//   node consumer.js BLOCK RUN MODE HOLD_US
// Prints `SEQ LOST WRITER_RUN INDEX` for each message, and `end` at the end of the stream.
const { Buffer } = require('node:buffer');
const fs = require('node:fs');
const { Consumer } = require('../../dist');

const [, , block, run, mode, holdUs] = process.argv;

function idle(microseconds) {
  const end = process.hrtime.bigint() + BigInt(Math.round(microseconds)) * 1000n;
  while (process.hrtime.bigint() < end);
}

/** `RUN INDEX ` and then as many of one letter as the index says. */
function parse(data) {
  const text = Buffer.from(data).toString('latin1');
  const [, writer, index] = /^(\S+) (\d+) /.exec(text) ?? [];
  const body = text.slice(`${writer} ${index} `.length);
  const letter = String.fromCharCode(97 + (Number(index) % 26));
  if (body !== letter.repeat(Number(index) % 50)) return 'TORN -1';
  return `${writer} ${index}`;
}

const consumer = Consumer.open(block, { name: `consumer-${run}`, mode });
fs.writeSync(1, 'ready\n');
for (;;) {
  try {
    consumer.withReadTransaction((message) => {
      fs.writeSync(1, `${message.seq} ${message.lost} ${parse(message.data)}\n`);
      idle(Math.random() * holdUs);
    });
  } catch (error) {
    if (error.code !== 'END_OF_STREAM') throw error;
    fs.writeSync(1, 'end\n');
    break;
  }
}
consumer.close();
