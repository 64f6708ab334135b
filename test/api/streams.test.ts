/** Producers and consumers as Node streams. */
import { once } from 'node:events';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Consumer, Producer, Segment, type CreateConfig } from '../../src';
import { blockDirectory } from '../support/block-directory';
import { freshName } from '../support/names';
import { errorOf } from '../support/errors';

const dir = blockDirectory();

function makeBlock(config: Partial<CreateConfig> = {}): string {
  const name = freshName();
  Segment.create(name, { dir, slots: 4, slotSize: 16, ...config });
  return name;
}

const numbers = (count: number): Buffer[] =>
  Array.from({ length: count }, (_, i) => Buffer.from(`message ${i}`));

async function textsOf(stream: AsyncIterable<Buffer>): Promise<string[]> {
  const texts: string[] = [];
  for await (const message of stream) texts.push(message.toString());
  return texts;
}

test('what is written comes out, message by message, to the end', async () => {
  const name = makeBlock();
  using producer = Producer.open(name, { dir });
  using consumer = Consumer.open(name, { dir });
  const messages = [...numbers(100), Buffer.alloc(0), Buffer.from('last')];
  const texts = textsOf(consumer.createReadStream());
  await pipeline(Readable.from(messages), producer.createWriteStream());
  expect(await texts).toEqual(messages.map(String));
  expect(consumer.stats().lost).toBe(0n);
});

test('through a transformation, from one block into another', async () => {
  const from = makeBlock();
  const to = makeBlock();
  using source = Producer.open(from, { dir });
  using reader = Consumer.open(from, { dir });
  using writer = Producer.open(to, { dir });
  using target = Consumer.open(to, { dir });
  const upper = new Transform({
    objectMode: true,
    transform(message: Buffer, _encoding, done) {
      done(null, message.toString().toUpperCase());
    },
  });
  const texts = textsOf(target.createReadStream());
  const moved = pipeline(reader.createReadStream(), upper, writer.createWriteStream());
  await pipeline(Readable.from(numbers(50)), source.createWriteStream());
  await moved;
  expect(await texts).toEqual(numbers(50).map((message) => message.toString().toUpperCase()));
});

test('a reader that is slow holds the writer back, and loses nothing', async () => {
  const name = makeBlock();
  using producer = Producer.open(name, { dir });
  using consumer = Consumer.open(name, { dir });
  const input = producer.createWriteStream();
  for (const message of numbers(60)) input.write(message);
  input.end();
  const output = consumer.createReadStream();
  // 16 read ahead, 4 in the ring: the others wait in the writer.
  output.read(0);
  while (output.readableLength < 16) await new Promise(setImmediate);
  expect(producer.stats().messages).toBeLessThanOrEqual(21n);
  expect(await textsOf(output)).toEqual(numbers(60).map(String));
});

test('a message that is too long is an error of the stream', async () => {
  const name = makeBlock();
  using producer = Producer.open(name, { dir });
  const input = producer.createWriteStream();
  input.write(Buffer.alloc(17));
  expect(await once(input, 'error')).toEqual([expect.objectContaining({ code: 'MESSAGE_TOO_LARGE' })]);
  // The producer is as good as new.
  producer.write(Buffer.alloc(16));
});

test('time-outs and signals end the streams with their errors', async () => {
  const name = makeBlock();
  using producer = Producer.open(name, { dir });
  using consumer = Consumer.open(name, { dir });
  await expect(textsOf(consumer.createReadStream({ timeoutMs: 10 }))).rejects.toMatchObject({
    code: 'TIMEOUT',
  });
  const stop = new AbortController();
  const reading = textsOf(consumer.createReadStream({ signal: stop.signal }));
  stop.abort();
  await expect(reading).rejects.toMatchObject({ code: 'INTERRUPTED' });
  await expect(
    pipeline(Readable.from(numbers(9)), producer.createWriteStream({ timeoutMs: 10 })),
  ).rejects.toMatchObject({ code: 'TIMEOUT' });
  expect(producer.stats().messages).toBe(4n);
});

test('a stream that is destroyed leaves its handle open', async () => {
  const name = makeBlock();
  using producer = Producer.open(name, { dir });
  using consumer = Consumer.open(name, { dir });
  const output = consumer.createReadStream();
  output.read(0);
  output.destroy();
  await once(output, 'close');
  const input = producer.createWriteStream();
  input.destroy();
  await once(input, 'close');
  producer.write(Buffer.from('on'));
  expect(consumer.withReadTransaction(({ data }) => Buffer.from(data).toString(), 1000)).toBe('on');
});

test('follow goes on with the next stream', async () => {
  const name = makeBlock();
  using producer = Producer.open(name, { dir });
  using consumer = Consumer.open(name, { dir });
  const stream = consumer.createReadStream({ follow: true });
  const seen: string[] = [];
  const done = (async () => {
    for await (const message of stream) {
      seen.push(String(message));
      if (seen.length === 2) break;
    }
  })();
  await pipeline(Readable.from([Buffer.from('a')]), producer.createWriteStream());
  await pipeline(Readable.from([Buffer.from('b')]), producer.createWriteStream());
  await done;
  expect(seen).toEqual(['a', 'b']);
});

test('options that cannot be are refused by name', () => {
  const name = makeBlock();
  using producer = Producer.open(name, { dir });
  using consumer = Consumer.open(name, { dir });
  expect(errorOf(() => consumer.createReadStream({ folow: true } as never)).message).toContain(
    'did you mean "follow"?',
  );
  expect(errorOf(() => producer.createWriteStream({ timeoutMs: NaN })).code).toBe('INVALID_ARGUMENT');
});
