import * as fs from 'node:fs';
import * as path from 'node:path';
import {
  Consumer,
  Producer,
  Segment,
  type ConsumerOptions,
  type CreateConfig,
  type IterationOptions,
  type WriteSlot,
} from '../../src';
import { blockDirectory } from '../support/block-directory';
import { errorOf, rejectionOf } from '../support/errors';
import { freshName } from '../support/names';

const dir = blockDirectory();

function makeBlock(config: Partial<CreateConfig> = {}): string {
  const name = freshName();
  Segment.create(name, { dir, slots: 8, slotSize: 64, ...config });
  return name;
}

function write(producer: Producer, ...texts: string[]): void {
  for (const text of texts) producer.write(Buffer.from(text), 5000);
}

/** All that is there now. */
function drain(consumer: Consumer): { text: string; lost: bigint }[] {
  const read: { text: string; lost: bigint }[] = [];
  for (let message = consumer.tryAcquire(); message !== undefined; message = consumer.tryAcquire()) {
    read.push({ text: Buffer.from(message.data).toString(), lost: message.lost });
    message.release();
  }
  return read;
}

async function collect(consumer: Consumer, options?: IterationOptions): Promise<string[]> {
  const texts: string[] = [];
  for await (const message of consumer.messages(options)) texts.push(Buffer.from(message.data).toString());
  return texts;
}

describe('open', () => {
  test.each<[string, unknown, RegExp]>([
    ['a misspelt option', { form: 'oldest' }, /unknown option "form"; did you mean "from"\?/],
    ['a wrong mode', { mode: 'newest' }, /"mode" must be "sync" or "sequential" or "latest", not "newest"/],
    ['no function', { onLoss: true }, /"onLoss" must be a function/],
    ['undefined', { mode: undefined }, /"mode" must be/],
    ['a text for a flag', { populate: 'yes' }, /"populate" must be true or false/],
  ])('refuses %s', (_, options, message) => {
    const error = errorOf(() => Consumer.open('any', options as ConsumerOptions));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toMatch(message);
  });

  test('no more sync consumers than the block admits', () => {
    const name = makeBlock({ maxSync: 1 });
    using first = Consumer.open(name, { dir });
    expect(errorOf(() => Consumer.open(name, { dir }))).toMatchObject({
      code: 'SYNC_FORBIDDEN',
      exitCode: 5,
    });
    using tap = Consumer.open(name, { dir, mode: 'sequential' });
    expect(tap.participant).not.toBe(first.participant);
  });

  test('no more participants than the block has entries', () => {
    const name = makeBlock({ maxParticipants: 2 });
    using first = Consumer.open(name, { dir });
    using second = Consumer.open(name, { dir });
    expect([first.participant, second.participant]).toEqual([1, 2]);
    expect(errorOf(() => Consumer.open(name, { dir }))).toMatchObject({
      code: 'PARTICIPANTS_FULL',
      exitCode: 75,
    });
  });

  test('every way to wait', () => {
    for (const wait of ['spin', 'adaptive', 'block'] as const) {
      const name = makeBlock();
      using producer = Producer.open(name, { dir, wait, populate: true });
      using consumer = Consumer.open(name, { dir, wait, populate: true });
      expect(consumer.tryAcquire(5)).toBeUndefined();
      write(producer, 'x');
      consumer.acquire(1000).release();
    }
  });
});

describe('modes', () => {
  test('sync begins at the head, or with what is in the ring', () => {
    const name = makeBlock({ slots: 4 });
    using producer = Producer.open(name, { dir });
    write(producer, 'a', 'b', 'c', 'd', 'e');
    using latest = Consumer.open(name, { dir });
    using oldest = Consumer.open(name, { dir, from: 'oldest' });
    write(producer, 'f');
    expect(drain(latest).map(({ text }) => text)).toEqual(['f']);
    // What was overwritten before it got there is told; from the head on nothing is lost.
    const read = drain(oldest);
    expect(read.map(({ text }) => text)).toEqual(['c', 'd', 'e', 'f']);
    expect(read.map(({ lost }) => lost)).toEqual([1n, 0n, 0n, 0n]);
  });

  test('sequential is told what it lost', () => {
    const name = makeBlock({ slots: 4 });
    const losses: [bigint, bigint][] = [];
    using producer = Producer.open(name, { dir });
    using tap = Consumer.open(name, {
      dir,
      mode: 'sequential',
      onLoss: (lost, nextSeq) => losses.push([lost, nextSeq]),
    });
    write(producer, '0', '1', '2', '3', '4', '5', '6', '7', '8', '9');
    const read = drain(tap);
    expect(read.map(({ text }) => text).join('')).toMatch(/^(6)?789$/);
    expect(read.length + Number(read[0]?.lost)).toBe(10);
    expect(losses).toEqual([[read[0]?.lost, BigInt(10 - read.length)]]);
    expect(tap.stats()).toMatchObject({ messages: BigInt(read.length), lost: read[0]?.lost });
  });

  test('latest reads the newest there is', () => {
    const name = makeBlock({ slots: 4 });
    using producer = Producer.open(name, { dir });
    using latest = Consumer.open(name, { dir, mode: 'latest' });
    write(producer, 'a', 'b', 'c');
    expect(drain(latest).map(({ text }) => text)).toEqual(['c']);
    expect(latest.tryAcquire()).toBeUndefined();
    write(producer, 'd', 'e');
    expect(drain(latest)).toEqual([{ text: 'e', lost: 1n }]);
  });

  test('a lossy reader that holds on to a message stops nobody', () => {
    const name = makeBlock({ slots: 4 });
    using producer = Producer.open(name, { dir });
    using tap = Consumer.open(name, { dir, mode: 'sequential' });
    write(producer, 'kept');
    const message = tap.acquire(1000);
    for (let i = 0; i < 20; i++) write(producer, `other ${i}`);
    expect(Buffer.from(message.data).toString()).toBe('kept');
    message.release();
  });
});

describe('acquire and release', () => {
  test('nothing of a message works when it was released', () => {
    const name = makeBlock();
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    write(producer, 'a', 'b');
    const message = consumer.acquire(1000);
    message.release();
    for (const use of [
      () => message.data,
      () => message.seq,
      () => message.length,
      () => message.flags,
      () => message.lost,
      () => message.writer,
      () => message.index,
      () => {
        message.release();
      },
      () => {
        message.writeTo(1);
      },
    ]) {
      expect(errorOf(use).code).toBe('NOTHING_IN_HAND');
    }
    expect(consumer.acquire(1000)).toBe(message);
    consumer.close();
    expect(message.inHand).toBe(false);
  });

  test('one in hand at a time', async () => {
    const name = makeBlock();
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    write(producer, 'a', 'b');
    const message = consumer.acquire(1000);
    expect(errorOf(() => consumer.acquire(0)).code).toBe('NESTED_USE');
    expect(errorOf(() => consumer.tryAcquireMany(2)).code).toBe('NESTED_USE');
    expect((await rejectionOf(consumer.acquireAsync())).code).toBe('NESTED_USE');
    message.release();
    const batch = consumer.acquireMany(2, 1000);
    expect(errorOf(() => consumer.acquire(0)).code).toBe('NESTED_USE');
    batch.release();
  });

  test('time-outs', async () => {
    const name = makeBlock();
    using consumer = Consumer.open(name, { dir });
    expect(errorOf(() => consumer.acquire(0)).code).toBe('TIMEOUT');
    expect(errorOf(() => consumer.acquire(10)).code).toBe('TIMEOUT');
    expect(errorOf(() => consumer.acquireMany(3, 10)).code).toBe('TIMEOUT');
    expect(consumer.tryAcquire(10)).toBeUndefined();
    expect(consumer.tryAcquireMany(3, 10)).toBeUndefined();
    expect((await rejectionOf(consumer.acquireAsync({ timeoutMs: 10 }))).code).toBe('TIMEOUT');
    for (const timeout of [-2, NaN, 0.5, 2 ** 31, '1']) {
      expect(errorOf(() => consumer.acquire(timeout as number)).code).toBe('INVALID_ARGUMENT');
      expect(errorOf(() => consumer.acquireMany(1, timeout as number)).code).toBe('INVALID_ARGUMENT');
    }
    for (const max of [0, -1, NaN, 0.5, 2 ** 53, '1']) {
      expect(errorOf(() => consumer.acquireMany(max as never, 0)).message).toContain('"max" must be');
    }
  });

  test('the end of a stream is said once, then the next stream goes on', () => {
    const name = makeBlock();
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    write(producer, 'a');
    producer.markEnd();
    expect(drainUntilEnd(consumer)).toEqual(['a']);
    expect(consumer.tryAcquire()).toBeUndefined();
    write(producer, 'b');
    producer.markEnd();
    producer.close();
    expect(drainUntilEnd(consumer)).toEqual(['b']);
  });

  function drainUntilEnd(consumer: Consumer): string[] {
    const texts: string[] = [];
    const error = errorOf(() => {
      for (;;) {
        const message = consumer.acquire(1000);
        texts.push(Buffer.from(message.data).toString());
        message.release();
      }
    });
    expect(error).toMatchObject({ code: 'END_OF_STREAM', exitCode: 0 });
    return texts;
  }

  test('writeTo puts a part of the message out', () => {
    const name = makeBlock();
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    write(producer, 'hello, world');
    const message = consumer.acquire(1000);
    const file = path.join(dir, 'output');
    const fd = fs.openSync(file, 'w');
    message.writeTo(fd);
    message.writeTo(fd, 7);
    message.writeTo(fd, 4, 1);
    expect(
      errorOf(() => {
        message.writeTo(fd, 5, 8);
      }).code,
    ).toBe('INVALID_ARGUMENT');
    fs.closeSync(fd);
    expect(
      errorOf(() => {
        message.writeTo(fd);
      }).code,
    ).toBe('IO');
    expect(fs.readFileSync(file, 'utf8')).toBe('hello, worldworldo');
  });

  test('a closed handle does nothing', async () => {
    const name = makeBlock();
    const consumer = Consumer.open(name, { dir });
    consumer.close();
    consumer.close();
    expect(errorOf(() => consumer.acquire(0)).code).toBe('CLOSED');
    expect(errorOf(() => consumer.tryAcquireMany(1)).code).toBe('CLOSED');
    expect((await rejectionOf(consumer.acquireAsync())).code).toBe('CLOSED');
    await expect(collect(consumer)).rejects.toMatchObject({ code: 'CLOSED' });
  });
});

describe('batches', () => {
  test('take what is ready, and are let go bit by bit', () => {
    const name = makeBlock();
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    write(producer, 'a', 'bb', 'ccc', 'd');
    producer.acquire().abort();
    const batch = consumer.acquireMany(3, 1000);
    expect(batch.count).toBe(3);
    expect([0, 1, 2].map((k) => Buffer.from(batch.data(k)).toString())).toEqual(['a', 'bb', 'ccc']);
    expect([0, 1, 2].map((k) => batch.seq(k))).toEqual([0n, 1n, 2n]);
    expect(batch.lost).toBe(0n);
    expect(batch.length(1)).toBe(2);
    expect(batch.flags(2)).toBe(0);
    batch.release(2);
    expect(batch.inHand).toBe(1);
    expect(errorOf(() => batch.data(1)).code).toBe('NOTHING_IN_HAND');
    expect(Buffer.from(batch.data(2)).toString()).toBe('ccc');
    expect(
      errorOf(() => {
        batch.release(2);
      }).code,
    ).toBe('INVALID_ARGUMENT');
    expect(errorOf(() => consumer.acquireMany(3, 0)).code).toBe('NESTED_USE');
    batch.release();
    expect(errorOf(() => batch.data(2)).code).toBe('NOTHING_IN_HAND');
    write(producer, 'e');
    expect(consumer.acquireMany(100, 1000)).toBe(batch);
    expect(batch.count).toBe(1);
    batch[Symbol.dispose]();
    expect(Buffer.from(consumer.acquire(1000).data).toString()).toBe('e');
  });

  test('copyTo copies whole messages, of any length', () => {
    const name = makeBlock({ slotSize: 1000 });
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    for (const length of [0, 1, 96, 97, 1000]) {
      const data = Uint8Array.from({ length }, (_, i) => i % 251);
      producer.write(data);
      const batch = consumer.acquireMany(1, 1000);
      const target = new Uint8Array(length + 4);
      expect(batch.copyTo(0, target, 2)).toBe(length + 2);
      expect(target.subarray(2, length + 2)).toEqual(data);
      expect(errorOf(() => batch.copyTo(0, target, 5)).code).toBe('INVALID_ARGUMENT');
      expect(errorOf(() => batch.copyTo(0, target, -1)).code).toBe('INVALID_ARGUMENT');
      batch.release();
    }
  });

  test('many messages round a small ring', () => {
    const name = makeBlock({ slots: 3 });
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    let read = 0;
    for (let written = 0; read < 5000;) {
      const write = (slot: WriteSlot): number => {
        slot.buffer.set([written & 0xff, written >> 8]);
        return 2;
      };
      while (producer.withNextSlot(write) !== undefined) written++;
      const batch = consumer.acquireMany(2, 1000);
      for (let k = 0; k < batch.count; k++, read++)
        expect([...batch.data(k)]).toEqual([read & 0xff, read >> 8]);
      batch.release();
    }
  });
});

describe('for await', () => {
  test('ends with the stream', async () => {
    const name = makeBlock({ slots: 4 });
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    const reading = collect(consumer);
    const expected: string[] = [];
    for (let i = 0; i < 600; i++) {
      expected.push(`message ${i}`);
      const slot = await producer.acquireAsync({ timeoutMs: 5000 });
      slot.commit(Buffer.from(slot.buffer.buffer, slot.buffer.byteOffset).write(`message ${i}`));
    }
    await producer.markEndAsync();
    expect(await reading).toEqual(expected);
  });

  test('lets the event loop run while messages are ready', async () => {
    const name = makeBlock({ slots: 2000 });
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    for (let i = 0; i < 1500; i++) write(producer, 'x');
    producer.markEnd();
    let turns = 0;
    const turning = setInterval(() => turns++, 0);
    const immediate = setImmediate(function again() {
      turns++;
      setImmediate(again).unref();
    });
    expect(await collect(consumer)).toHaveLength(1500);
    clearInterval(turning);
    clearImmediate(immediate);
    expect(turns).toBeGreaterThanOrEqual(3);
  });

  test('an end in the middle releases the message, and iterating again goes on', async () => {
    const name = makeBlock();
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    write(producer, 'a', 'b', 'c');
    producer.markEnd();
    for await (const message of consumer) {
      expect(Buffer.from(message.data).toString()).toBe('a');
      break;
    }
    await expect(
      (async () => {
        for await (const message of consumer) {
          expect(Buffer.from(message.data).toString()).toBe('b');
          throw new Error('mine');
        }
      })(),
    ).rejects.toThrow('mine');
    expect(await collect(consumer)).toEqual(['c']);
  });

  test('an AbortSignal ends the loop', async () => {
    const name = makeBlock();
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    write(producer, 'a');
    const abort = new AbortController();
    const texts: string[] = [];
    const error = await rejectionOf(
      (async () => {
        for await (const message of consumer.messages({ signal: abort.signal })) {
          texts.push(Buffer.from(message.data).toString());
          setTimeout(() => {
            abort.abort('enough');
          }, 10);
        }
      })(),
    );
    expect(error).toMatchObject({ code: 'INTERRUPTED', cause: 'enough' });
    write(producer, 'b');
    expect(texts).toEqual(['a']);
    expect(Buffer.from(consumer.acquire(1000).data).toString()).toBe('b');
  });

  test('a time-out ends the loop', async () => {
    const name = makeBlock();
    using consumer = Consumer.open(name, { dir });
    await expect(collect(consumer, { timeoutMs: 10 })).rejects.toMatchObject({ code: 'TIMEOUT' });
    await expect(collect(consumer, { timeout: 10 } as never)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
  });

  test('follow goes on with the next stream', async () => {
    const name = makeBlock();
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    const texts: string[] = [];
    const reading = (async () => {
      for await (const message of consumer.messages({ follow: true, timeoutMs: 5000 })) {
        texts.push(Buffer.from(message.data).toString());
        if (texts.length === 2) break;
      }
    })();
    write(producer, 'a');
    producer.markEnd();
    await new Promise((resolve) => setTimeout(resolve, 30));
    write(producer, 'b');
    await reading;
    expect(texts).toEqual(['a', 'b']);
  });

  test('closing the consumer ends a waiting loop', async () => {
    const name = makeBlock();
    const consumer = Consumer.open(name, { dir });
    const reading = rejectionOf(collect(consumer));
    await new Promise((resolve) => setTimeout(resolve, 20));
    consumer.close();
    expect(['CLOSED', 'INTERRUPTED']).toContain((await reading).code);
  });
});

describe('transactions', () => {
  test('release the message, however the callback ends', async () => {
    const name = makeBlock();
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    write(producer, 'a', 'b', 'c', 'd', 'e');
    const read = (): string =>
      consumer.withReadTransaction((message) => Buffer.from(message.data).toString(), 1000);
    expect(read()).toBe('a');
    expect(() =>
      consumer.withReadTransaction(() => {
        throw new Error('mine');
      }, 1000),
    ).toThrow('mine');
    expect(read()).toBe('c');
    const later = consumer.withReadTransaction(async (message) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return Buffer.from(message.data).toString();
    });
    expect(errorOf(() => consumer.acquire(0)).code).toBe('NESTED_USE');
    expect(await later).toBe('d');
    expect(await consumer.withReadTransactionAsync((message) => message.length)).toBe(1);
    expect(errorOf(() => consumer.withReadTransaction(() => 1, 0)).code).toBe('TIMEOUT');
    expect(errorOf(() => consumer.withReadTransaction('x' as never)).code).toBe('INVALID_ARGUMENT');
    expect(consumer.withNextSlot(() => 1)).toBeUndefined();
    write(producer, 'f');
    expect(consumer.withNextSlot((message) => message.seq)).toBe(5n);
  });
});

describe('checked mode', () => {
  test('a view that is kept too long is empty, and may be written to', () => {
    const name = makeBlock();
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir, checked: true });
    write(producer, 'abc', 'def', 'ghi');
    const message = consumer.acquire(1000);
    const kept = message.data;
    kept[0] = 0x7a;
    expect(Buffer.from(message.data).toString()).toBe('zbc');
    message.release();
    expect(kept).toHaveLength(0);
    const batch = consumer.acquireMany(2, 1000);
    const views = [batch.data(0), batch.data(1)];
    expect(views.map((view) => Buffer.from(view).toString())).toEqual(['def', 'ghi']);
    batch.release();
    expect(views.map((view) => view.length)).toEqual([0, 0]);
  });
});

test('a wait ends when the watched name is removed', () => {
  const name = makeBlock();
  using watching = Consumer.open(name, { dir, watchName: true });
  using unconcerned = Consumer.open(name, { dir });
  Segment.unlink(name, { dir, force: true });
  expect(errorOf(() => watching.acquire(5000))).toMatchObject({ code: 'RECREATED', exitCode: 66 });
  expect(unconcerned.tryAcquire(200)).toBeUndefined();
});

test('a dead producer is noticed', () => {
  const name = makeBlock();
  using consumer = Consumer.open(name, { dir });
  expect(consumer.deadProducers()).toBe(0);
  using producer = Producer.open(name, { dir });
  expect(consumer.deadProducers()).toBe(0);
  producer.close();
  expect(consumer.deadProducers()).toBe(0);
  consumer.heartbeat();
});
