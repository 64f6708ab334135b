/**
 * Two threads and a block of typed records: a worker writes readings in place, the main thread reads them where
 * they are. Then the block is diagnosed from outside. Processes would do the same: a block is found by its name.
 */
import { Worker, isMainThread, workerData } from 'node:worker_threads';
import { Consumer, Producer, Segment, defineSchema } from 'datablock';

const Reading = defineSchema({
  name: 'Reading',
  version: '1.0.0',
  fields: { number: 'u64', celsius: { type: 'f64', unit: 'degC' } },
});
const READINGS = 1000;
const WAIT_MS = 10_000;

function produce(block: string): void {
  using producer = Producer.open(block, { schema: Reading });
  for (let number = 0; number < READINGS; number++) {
    producer.withWriteTransaction((slot) => {
      const reading = slot.as(Reading);
      reading.number = BigInt(number);
      reading.celsius = 20 + (number % 10) / 10;
      return Reading.size;
    }, WAIT_MS);
  }
  producer.markEnd(WAIT_MS);
}

async function consume(consumer: Consumer): Promise<void> {
  let count = 0;
  let sum = 0;
  for await (const message of consumer.messages({ timeoutMs: WAIT_MS })) {
    sum += message.as(Reading).celsius;
    count++;
  }
  console.log(`${count} readings, on average ${(sum / count).toFixed(2)} degrees`);
}

async function main(): Promise<void> {
  const block = `example-typescript-${process.pid}`;
  Segment.create(block, { slots: 64, slotSize: Reading.size, schema: Reading, checksum: 'xxh3' });
  try {
    using consumer = Consumer.open(block, { schema: Reading }); // gets what is written from now on
    const worker = new Worker(__filename, { workerData: block });
    const ended = new Promise((resolve) => worker.once('exit', resolve));
    await consume(consumer);
    await ended;
    consumer.close();

    using segment = Segment.open(block);
    const { participants } = segment.snapshot();
    const { checksumsVerified, violations } = segment.validate({ checksums: true });
    console.log(
      `${participants.length} participants left, ${checksumsVerified} checksums verified, ${violations.length} violations`,
    );
  } finally {
    Segment.unlink(block, { force: true });
  }
}

if (isMainThread) void main();
else produce(workerData as string);
