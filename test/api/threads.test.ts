/** Handles and threads: each thread has its own, and what a thread leaves behind when it is ended. */
import * as path from 'node:path';
import { Worker } from 'node:worker_threads';
import { Consumer, Producer, Segment, ZoneUser } from '../../src';
import { blockDirectory } from '../support/block-directory';
import { errorOf } from '../support/errors';
import { freshName } from '../support/names';
import { killChildrenAfterEach, start } from '../support/child';

const dir = blockDirectory();
killChildrenAfterEach();
const index = path.join(__dirname, '..', '..', 'dist', 'index.js');

/** What workers and processes of these tests begin with. */
const prelude = (name: string): string => `
  const { Consumer, Producer, ZoneUser } = require(${JSON.stringify(index)});
  const name = ${JSON.stringify(name)};
  const options = { dir: ${JSON.stringify(dir)} };`;

function makeBlock(): string {
  const name = freshName();
  // Nobody heals: what is left behind is seen.
  Segment.create(name, {
    dir,
    slots: 4,
    slotSize: 64,
    producers: 'multi',
    selfHeal: false,
    zones: [{ name: 'zone', size: 64 }],
  });
  return name;
}

function run(name: string, program: string): Worker {
  return new Worker(`${prelude(name)}\nconst { parentPort } = require('node:worker_threads');\n${program}`, {
    eval: true,
  });
}

function heard(worker: Worker): Promise<unknown> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

/** Who is in the block, and what is not as it should be. */
function left(name: string): object {
  using segment = Segment.open(name, { dir });
  const { participants, notable, spinlocks } = segment.snapshot();
  return { participants: participants.length, notable: notable.length, spinlocks: spinlocks.length };
}

/** The ring goes on, over whatever was left in it. */
function expectToGoOn(name: string, consumer: Consumer): void {
  using producer = Producer.open(name, { dir });
  for (let i = 0; i < 8; i++) {
    producer.write(Buffer.from([i]), 5000);
    expect(consumer.withReadTransaction(({ data }) => data[0], 5000)).toBe(i);
  }
}

test('a worker has handles of its own', async () => {
  const name = makeBlock();
  using consumer = Consumer.open(name, { dir });
  const worker = run(
    name,
    `const producer = Producer.open(name, options);
     for (let i = 0; i < 1000; i++) producer.write(Buffer.from(String(i)));
     producer.markEnd();
     producer.close();`,
  );
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  let expected = 0;
  for await (const { data } of consumer) expect(Number(Buffer.from(data).toString())).toBe(expected++);
  expect(expected).toBe(1000);
  expect(await ended).toBe(0);
});

test('a handle, or a slot, that is sent to another thread is refused with the reason', () => {
  const name = makeBlock();
  using producer = Producer.open(name, { dir });
  using consumer = Consumer.open(name, { dir });
  using segment = Segment.open(name, { dir });
  using user = ZoneUser.open(name, { dir });
  producer.write(Buffer.from('x'));
  const { port1 } = new MessageChannel();
  for (const handle of [producer, consumer, segment, user, producer.acquire(), consumer.acquire()])
    expect(() => {
      port1.postMessage(handle);
    }).toThrow(/belongs to the thread that opened it: send the name of its block instead/);
  port1.close();
});

test('memory of a block does not leave its thread: what is sent is a copy', () => {
  const name = makeBlock();
  using producer = Producer.open(name, { dir });
  const { buffer } = producer.acquire();
  const copy = structuredClone(buffer, { transfer: [buffer.buffer as ArrayBuffer] });
  expect(buffer).toHaveLength(64);
  buffer[0] = 1;
  expect(copy[0]).toBe(0);
});

const occupations: [string, string][] = [
  ['has a slot in hand', `Producer.open(name, options).acquire(); setInterval(() => 0, 1000); say();`],
  [
    'has a message in hand',
    `Consumer.open(name, { ...options, from: 'oldest' }).acquire(); setInterval(() => 0, 1000); say();`,
  ],
  ['waits for a message', `const consumer = Consumer.open(name, options); say(); consumer.acquire(-1);`],
  ['waits asynchronously for a message', `Consumer.open(name, options).acquireAsync(); say();`],
  [
    'waits for a slot',
    `const producer = Producer.open(name, options);
     while (producer.tryAcquire()?.abort() === undefined && producer.stats().timeouts === 0n);
     say(); producer.acquire(-1);`,
  ],
  [
    'waits for room for many messages',
    `const producer = Producer.open(name, options); say(); producer.writeMany(Array(9).fill(Buffer.from('m')), -1);`,
  ],
  [
    'waits for room for its end mark',
    `const producer = Producer.open(name, options);
     producer.writeMany(Array(9).fill(Buffer.from('m')), 0);
     say(); producer.markEnd(-1);`,
  ],
  [
    'waits for a lock',
    `const user = ZoneUser.open(name, options); say(); user.spinlock(1).lock({ timeoutMs: -1 });`,
  ],
];

describe('a thread that is ended leaves nothing behind when it', () => {
  test.each(occupations)('%s', async (_what, program) => {
    const name = makeBlock();
    using consumer = Consumer.open(name, { dir });
    using producer = Producer.open(name, { dir });
    producer.write(Buffer.from('first'));
    using owner = ZoneUser.open(name, { dir });
    owner.spinlock(1).lock();
    const worker = run(name, `const say = () => parentPort.postMessage('there');\n${program}`);
    await heard(worker);
    await worker.terminate();
    owner.spinlock(1).unlock();
    expect(left(name)).toEqual({ participants: 3, notable: 0, spinlocks: 0 });
    while (consumer.tryAcquire()?.release() === undefined && consumer.stats().timeouts === 0n);
    expectToGoOn(name, consumer);
  });
});

const endings: [string, string, number][] = [
  ['process.exit', 'process.exit(3);', 3],
  ['an exception that nobody catches', "throw new Error('on purpose');", 1],
  ['a promise that nobody handles', "Promise.reject(new Error('on purpose'));", 1],
  ['its last line', '', 0],
];

describe('a process that holds a slot, a message and a lock leaves nothing behind at', () => {
  test.each(endings)('%s', async (_what, end, exit) => {
    const name = makeBlock();
    using consumer = Consumer.open(name, { dir });
    const program = `${prelude(name)}
      const reader = Consumer.open(name, options);
      const producer = Producer.open(name, options);
      producer.write(Buffer.from('message'));
      reader.acquire();
      producer.acquire().buffer.fill(1);
      ZoneUser.open(name, options).spinlock(0).lock();
      ${end}`;
    const ended = await start(process.execPath, ['-e', program], { dir }).ended;
    expect(ended.exit).toBe(exit);
    if (exit !== 1) expect(ended.stderr).toBe('');
    // The next owner of the lock is told: nobody else needs to be.
    using user = ZoneUser.open(name, { dir });
    expect(left(name)).toEqual({ participants: 2, notable: 0, spinlocks: 1 });
    expect(errorOf(() => user.spinlock(0).lock()).code).toBe('OWNER_DEAD');
    expect(consumer.withReadTransaction(({ data }) => Buffer.from(data).toString())).toBe('message');
    expectToGoOn(name, consumer);
  });

  test('process.exit, while it waits asynchronously', async () => {
    const name = makeBlock();
    const program = `${prelude(name)}
      Consumer.open(name, options).acquireAsync();
      setTimeout(() => process.exit(3), 50);`;
    const { exit, stderr } = await start(process.execPath, ['-e', program], { dir }).ended;
    expect({ exit, stderr }).toEqual({ exit: 3, stderr: '' });
    expect(left(name)).toEqual({ participants: 0, notable: 0, spinlocks: 0 });
  });

  test('process.exit, while a worker waits for a message', async () => {
    const name = makeBlock();
    const worker = `${prelude(name)}
      const consumer = Consumer.open(name, options);
      require('node:worker_threads').parentPort.postMessage('there');
      consumer.acquire(-1);`;
    const program = `
      const { Worker } = require('node:worker_threads');
      new Worker(${JSON.stringify(worker)}, { eval: true }).once('message', () => process.exit(3));`;
    const { exit, stderr } = await start(process.execPath, ['-e', program], { dir }).ended;
    expect({ exit, stderr }).toEqual({ exit: 3, stderr: '' });
    expect(left(name)).toEqual({ participants: 0, notable: 0, spinlocks: 0 });
  });
});
