/**
 * A block as Node streams: the lines of a file, one message each, through a block and out again. Backpressure
 * goes all the way: a slow reader of the output holds the reading of the file back.
 *
 *     node streams.js FILE
 */
import * as fs from 'node:fs';
import * as readline from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Consumer, Producer, Segment } from 'datablock';

async function* messagesOf(file: string): AsyncGenerator<Buffer> {
  for await (const line of readline.createInterface({ input: fs.createReadStream(file) }))
    yield Buffer.from(`${line}\n`);
}

async function main(file: string): Promise<void> {
  const block = `example-streams-${process.pid}`;
  Segment.create(block, { slots: 16, slotSize: 4096 });
  try {
    using producer = Producer.open(block);
    using consumer = Consumer.open(block);
    await Promise.all([
      pipeline(Readable.from(messagesOf(file)), producer.createWriteStream()),
      pipeline(consumer.createReadStream(), process.stdout, { end: false }),
    ]);
  } finally {
    Segment.unlink(block, { force: true });
  }
}

void main(process.argv[2] ?? __filename);
