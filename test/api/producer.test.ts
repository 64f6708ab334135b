import * as fs from 'node:fs';
import * as path from 'node:path';
import { Consumer, MessageFlag, Producer, Segment, type CreateConfig } from '../../src';
import { blockDirectory } from '../support/block-directory';
import { errorOf, rejectionOf } from '../support/errors';
import { freshName } from '../support/names';

const dir = blockDirectory();

function makeBlock(config: Partial<CreateConfig> = {}): string {
  const name = freshName();
  Segment.create(name, { dir, slots: 4, slotSize: 64, ...config });
  return name;
}

const text = (consumer: Consumer, timeoutMs = 1000): string => {
  const message = consumer.acquire(timeoutMs);
  const shown = Buffer.from(message.data).toString();
  message.release();
  return shown;
};

describe('open', () => {
  test('one producer at a time, unless the block is for many', () => {
    const single = makeBlock();
    using first = Producer.open(single, { dir });
    expect(errorOf(() => Producer.open(single, { dir }))).toMatchObject({
      code: 'SINGLE_PRODUCER',
      exitCode: 5,
    });
    expect(errorOf(() => Producer.open(single, { dir, standbyMs: 30 })).code).toBe('SINGLE_PRODUCER');
    first.close();
    using second = Producer.open(single, { dir });
    expect(second.info.producers).toBe('single');

    const multi = makeBlock({ producers: 'multi' });
    using a = Producer.open(multi, { dir });
    using b = Producer.open(multi, { dir });
    expect(a.participant).not.toBe(b.participant);
  });

  test.each<[string, unknown, RegExp]>([
    ['a misspelt option', { standbyMS: 1 }, /unknown option "standbyMS"; did you mean "standbyMs"\?/],
    ['an option of consumers', { mode: 'sync' }, /unknown option "mode"/],
    ['a name that is too long', { name: 'x'.repeat(32) }, /"name" must be a string of at most 31 bytes/],
    ['a name that is too long in UTF-8', { name: 'ä'.repeat(16) }, /at most 31 bytes of UTF-8/],
    ['NaN', { standbyMs: NaN }, /"standbyMs" must be milliseconds/],
    ['-2', { standbyMs: -2 }, /"standbyMs" must be milliseconds/],
    ['2^53', { standbyMs: 2 ** 53 }, /"standbyMs" must be milliseconds/],
    ['undefined', { wait: undefined }, /"wait" must be "spin" or "adaptive" or "block", not undefined/],
    ['no options object', 'sync', /must be an object/],
  ])('refuses %s', (_, options, message) => {
    const error = errorOf(() => Producer.open('any', options as never));
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.message).toMatch(message);
  });

  test('no such block', () => {
    expect(errorOf(() => Producer.open(freshName(), { dir })).code).toBe('NO_SUCH_BLOCK');
  });
});

describe('create', () => {
  const config: CreateConfig = { dir, slots: 4, slotSize: 64, producers: 'multi' };

  test('makes the block, or joins the one with the same configuration', () => {
    const name = freshName();
    using first = Producer.create(name, config);
    first.write(Buffer.from('first'));
    using second = Producer.create(name, config, { name: 'second' });
    expect(second.info.instance).toBe(first.info.instance);
    second.withWriteTransaction((slot) => {
      expect(slot.seq).toBe(1n);
      return 0;
    });
  });

  test('refuses one with another configuration, and says what differs', () => {
    const name = freshName();
    Segment.create(name, config);
    const error = errorOf(() => Producer.create(name, { ...config, slots: 8, slotSize: 128 }));
    expect(error).toMatchObject({ code: 'CONFIG_DIFFERS', exitCode: 78 });
    expect(error.message).toMatch(/slots/);
    expect(error.message).toMatch(/slotSize|slot size|slot-size/);
    using producer = Producer.create(name, config);
    expect(producer.info.slots).toBe(4);
  });

  test('refuses wrong configurations and options', () => {
    expect(errorOf(() => Producer.create(freshName(), { dir, slots: 4 } as never)).code).toBe(
      'CONFIG_INVALID',
    );
    expect(errorOf(() => Producer.create(freshName(), config, { nme: 'x' } as never)).message).toContain(
      'did you mean "name"?',
    );
    expect(errorOf(() => Producer.create(freshName(), config, { dir } as never)).message).toContain(
      '"dir" belongs to',
    );
  });
});

describe('acquire, commit, abort', () => {
  test('a message is read as it was written, without copies', () => {
    const name = makeBlock();
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    const slot = producer.acquire();
    expect(slot.seq).toBe(0n);
    expect(slot.index).toBe(0);
    expect(slot.capacity).toBe(64);
    expect(slot.buffer).toHaveLength(64);
    slot.buffer.set([1, 2, 3]);
    expect(consumer.tryAcquire()).toBeUndefined();
    slot.commit(3, 0x80000000);
    const message = consumer.acquire(1000);
    expect([...message.data]).toEqual([1, 2, 3]);
    expect(message).toMatchObject({
      seq: 0n,
      length: 3,
      flags: 0x80000000,
      lost: 0n,
      writer: producer.participant,
    });
    message.release();
  });

  test('the slot object and its views are made once', () => {
    const name = makeBlock({ slots: 2 });
    using producer = Producer.open(name, { dir });
    const slot = producer.acquire();
    const { buffer } = slot;
    slot.commit(0);
    producer.write(Buffer.from('x'));
    expect(producer.acquire()).toBe(slot);
    expect(slot.buffer).toBe(buffer);
    slot.abort();
  });

  test('nothing of a slot works when it was let go', () => {
    const name = makeBlock();
    using producer = Producer.open(name, { dir });
    for (const letGo of [
      () => {
        slot.commit(1);
      },
      () => {
        slot.abort();
      },
      () => {
        producer.close();
      },
    ]) {
      var slot = producer.acquire(); // eslint-disable-line no-var
      letGo();
      expect(slot.inHand).toBe(false);
      for (const use of [
        () => slot.buffer,
        () => slot.seq,
        () => slot.index,
        () => {
          slot.commit(1);
        },
        () => {
          slot.abort();
        },
        () => slot.readFrom(0, 0, 1),
      ]) {
        expect(errorOf(use).code).toBe('NOTHING_IN_HAND');
      }
    }
  });

  test('an aborted message is stepped over', () => {
    const name = makeBlock();
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    producer.acquire().abort();
    {
      using slot = producer.acquire();
      slot.buffer[0] = 1;
    }
    producer.write(Buffer.from('c'));
    const message = consumer.acquire(1000);
    expect(message.seq).toBe(2n);
    expect(message.lost).toBe(0n);
  });

  test('one slot in hand at a time', async () => {
    const name = makeBlock();
    using producer = Producer.open(name, { dir });
    const slot = producer.acquire();
    expect(errorOf(() => producer.acquire()).code).toBe('NESTED_USE');
    expect(errorOf(() => producer.tryAcquire()).code).toBe('NESTED_USE');
    expect(
      errorOf(() => {
        producer.write(Buffer.from('x'));
      }).code,
    ).toBe('NESTED_USE');
    expect(
      errorOf(() => {
        producer.markEnd();
      }).code,
    ).toBe('NESTED_USE');
    expect((await rejectionOf(producer.acquireAsync())).code).toBe('NESTED_USE');
    slot.commit(0);
  });

  test('a wrong length leaves the slot in hand', () => {
    const name = makeBlock();
    using producer = Producer.open(name, { dir });
    const slot = producer.acquire();
    expect(
      errorOf(() => {
        slot.commit(65);
      }),
    ).toMatchObject({ code: 'MESSAGE_TOO_LARGE', exitCode: 65 });
    for (const length of [-1, NaN, 0.5, undefined, '3', null, {}]) {
      expect(
        errorOf(() => {
          slot.commit(length as number);
        }).code,
      ).toBe('INVALID_ARGUMENT');
    }
    expect(
      errorOf(() => {
        slot.commit(2 ** 53);
      }).code,
    ).toBe('MESSAGE_TOO_LARGE');
    for (const flags of [-1, NaN, 2 ** 32, 0.5, MessageFlag.End, 7]) {
      expect(
        errorOf(() => {
          slot.commit(1, flags);
        }).code,
      ).toBe('INVALID_ARGUMENT');
    }
    slot.commit(64);
  });

  test('wrong time-outs', () => {
    const name = makeBlock();
    using producer = Producer.open(name, { dir });
    for (const timeout of [-2, NaN, 0.5, 2 ** 31, 2 ** 53, '1', null]) {
      expect(errorOf(() => producer.acquire(timeout as number))).toMatchObject({ code: 'INVALID_ARGUMENT' });
      expect(errorOf(() => producer.tryAcquire(timeout as number)).message).toContain('"timeoutMs" must be');
    }
  });

  test('a full ring: TIMEOUT, or undefined', async () => {
    const name = makeBlock({ slots: 2 });
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    producer.write(Buffer.from('a'));
    producer.write(Buffer.from('b'));
    expect(errorOf(() => producer.acquire(0))).toMatchObject({ code: 'TIMEOUT', exitCode: 75 });
    expect(errorOf(() => producer.acquire(20)).code).toBe('TIMEOUT');
    expect(producer.tryAcquire()).toBeUndefined();
    expect(producer.tryAcquire(20)).toBeUndefined();
    expect((await rejectionOf(producer.acquireAsync({ timeoutMs: 20 }))).code).toBe('TIMEOUT');
    expect(text(consumer)).toBe('a');
    producer.acquire(1000).commit(0);
  });

  test('a full ring where the policy is to fail', () => {
    const name = makeBlock({ slots: 1, overflow: 'fail' });
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    producer.write(Buffer.from('a'));
    expect(errorOf(() => producer.acquire()).code).toBe('WOULD_BLOCK');
    expect(producer.tryAcquire()).toBeUndefined();
    expect(text(consumer)).toBe('a');
  });

  test('without sync consumers nothing holds a producer back', () => {
    const name = makeBlock({ slots: 1 });
    using producer = Producer.open(name, { dir });
    for (let i = 0; i < 1000; i++) producer.write(Buffer.from('x'), 0);
    expect(producer.stats()).toMatchObject({ messages: 1000n, bytes: 1000n, timeouts: 0n });
  });
});

describe('acquireAsync', () => {
  test('waits without blocking the event loop', async () => {
    const name = makeBlock({ slots: 1 });
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    producer.write(Buffer.from('a'));
    const pending = producer.acquireAsync();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(text(consumer)).toBe('a');
    const slot = await pending;
    slot.buffer[0] = 0x62;
    slot.commit(1);
    expect(text(consumer)).toBe('b');
  });

  test('an AbortSignal ends the wait', async () => {
    const name = makeBlock({ slots: 1 });
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    producer.write(Buffer.from('a'));
    const abort = new AbortController();
    const pending = rejectionOf(producer.acquireAsync({ signal: abort.signal }));
    setTimeout(() => {
      abort.abort(new Error('enough'));
    }, 20);
    const error = await pending;
    expect(error.code).toBe('INTERRUPTED');
    expect(error.cause).toEqual(new Error('enough'));
    expect((await rejectionOf(producer.acquireAsync({ signal: AbortSignal.abort() }))).code).toBe(
      'INTERRUPTED',
    );
    expect(text(consumer)).toBe('a');
    (await producer.acquireAsync({ signal: new AbortController().signal })).abort();
  });

  test('one at a time, and nothing else meanwhile', async () => {
    const name = makeBlock({ slots: 1 });
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    producer.write(Buffer.from('a'));
    const pending = producer.acquireAsync();
    expect((await rejectionOf(producer.acquireAsync())).code).toBe('NESTED_USE');
    expect(errorOf(() => producer.acquire(0)).code).toBe('NESTED_USE');
    expect(text(consumer)).toBe('a');
    (await pending).commit(0);
  });

  test('closing ends a wait', async () => {
    const name = makeBlock({ slots: 1 });
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    producer.write(Buffer.from('a'));
    const pending = rejectionOf(producer.acquireAsync());
    await new Promise((resolve) => setTimeout(resolve, 20));
    producer.close();
    expect(['CLOSED', 'INTERRUPTED']).toContain((await pending).code);
    expect(text(consumer)).toBe('a');
  });

  test('refuses wrong options', async () => {
    const name = makeBlock();
    using producer = Producer.open(name, { dir });
    for (const options of [{ timeout: 5 }, { timeoutMs: NaN }, { signal: {} }, 5]) {
      expect((await rejectionOf(producer.acquireAsync(options as never))).code).toBe('INVALID_ARGUMENT');
    }
    expect((await rejectionOf(producer.acquireAsync({ follow: true } as never))).code).toBe(
      'INVALID_ARGUMENT',
    );
  });
});

test('markEndAsync waits for room without blocking the event loop', async () => {
  const name = makeBlock({ slots: 1 });
  using producer = Producer.open(name, { dir });
  using consumer = Consumer.open(name, { dir });
  producer.write(Buffer.from('a'));
  expect((await rejectionOf(producer.markEndAsync({ timeoutMs: 20 }))).code).toBe('TIMEOUT');
  expect((await rejectionOf(producer.markEndAsync({ signal: AbortSignal.timeout(10) }))).code).toBe(
    'INTERRUPTED',
  );
  const pending = producer.markEndAsync();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(text(consumer)).toBe('a');
  expect(consumer.tryAcquire()).toBeUndefined();
  await pending;
  expect(errorOf(() => consumer.acquire(1000)).code).toBe('END_OF_STREAM');
});

describe('write', () => {
  test('writeMany keeps order, sizes and flags, small and large', () => {
    const name = makeBlock({ slots: 64, slotSize: 400_000 });
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    const sizes = [0, 1, 300_000, 5, 0, 262_144, 262_145, 400_000, 10, 20];
    const messages = sizes.map((size, i) => new Uint8Array(size).fill(i + 1));
    expect(producer.writeMany(messages, 5000, 6)).toBe(sizes.length);
    for (const [i, size] of sizes.entries()) {
      const message = consumer.acquire(1000);
      expect(message.length).toBe(size);
      expect(message.flags).toBe(6);
      expect(message.data.every((byte) => byte === i + 1)).toBe(true);
      message.release();
    }
    expect(producer.writeMany([])).toBe(0);
  });

  test('writeMany says how many were published in time', () => {
    const name = makeBlock({ slots: 4 });
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    const messages = ['a', 'b', 'c', 'd', 'e', 'f'].map((s) => Buffer.from(s));
    expect(producer.writeMany(messages, 20)).toBe(4);
    expect(errorOf(() => producer.writeMany(messages.slice(4), 20)).code).toBe('TIMEOUT');
    expect([text(consumer), text(consumer), text(consumer), text(consumer)].join('')).toBe('abcd');
    expect(producer.writeMany(messages.slice(4), 20)).toBe(2);
  });

  test('a message that is too large is refused before anything is published', () => {
    const name = makeBlock();
    using producer = Producer.open(name, { dir });
    expect(
      errorOf(() => {
        producer.write(new Uint8Array(65));
      }).code,
    ).toBe('MESSAGE_TOO_LARGE');
    expect(errorOf(() => producer.writeMany([new Uint8Array(1), new Uint8Array(65)])).code).toBe(
      'MESSAGE_TOO_LARGE',
    );
    expect(producer.stats().messages).toBe(0n);
    producer.write(new Uint8Array(64));
  });

  test('writePacked takes messages out of one piece of memory', () => {
    const name = makeBlock({ slots: 8 });
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    const source = Buffer.from('one\ntwo\n\nfour');
    expect(producer.writePacked(source, new Uint32Array([3, 7, 8, 13, 99]), 4, 1, 2)).toBe(4);
    expect([text(consumer), text(consumer), text(consumer), text(consumer)]).toEqual([
      'one',
      'two',
      '',
      'four',
    ]);
    expect(producer.writePacked(source, new Uint32Array([]), 0)).toBe(0);
  });

  test('writePacked refuses what does not fit together', () => {
    const name = makeBlock({ slots: 8 });
    using producer = Producer.open(name, { dir });
    const source = Buffer.from('abcdef');
    const bad: [Uint32Array, number, number][] = [
      [new Uint32Array([7]), 1, 0], // beyond the source
      [new Uint32Array([4, 2]), 2, 0], // backwards
      [new Uint32Array([3, 3]), 2, 1], // overlapping what is skipped
      [new Uint32Array([0xffffffff]), 1, 0],
      [new Uint32Array([1, 2]), 2, 0xffffffff],
    ];
    for (const [ends, count, skip] of bad) {
      const { code } = errorOf(() => producer.writePacked(source, ends, count, skip, 0, 0));
      expect(['INVALID_ARGUMENT', 'BAD_DATA', 'CONFIG_INVALID', 'MESSAGE_TOO_LARGE']).toContain(code);
    }
    expect(errorOf(() => producer.writePacked(source, new Uint32Array(1), 2)).message).toContain(
      '"count" must be',
    );
    expect(errorOf(() => producer.writePacked(source, [1] as never, 1)).message).toContain('"ends" must be');
    expect(errorOf(() => producer.writePacked('abc' as never, new Uint32Array(1), 1)).code).toBe(
      'INVALID_ARGUMENT',
    );
    expect(errorOf(() => producer.writePacked(source, new Uint32Array(1), -1)).code).toBe('INVALID_ARGUMENT');
  });

  test.each([undefined, null, 'text', [1, 2], new ArrayBuffer(3)])('refuses %p for data', (data) => {
    const name = makeBlock();
    using producer = Producer.open(name, { dir });
    expect(
      errorOf(() => {
        producer.write(data as never);
      }).code,
    ).toBe('INVALID_ARGUMENT');
    expect(errorOf(() => producer.writeMany([data] as never)).code).toBe('INVALID_ARGUMENT');
    if (!Array.isArray(data))
      expect(errorOf(() => producer.writeMany(data as never)).code).toBe('INVALID_ARGUMENT');
  });

  test('readFrom reads a file into the slot', () => {
    const name = makeBlock();
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    const file = path.join(dir, 'input');
    fs.writeFileSync(file, 'some bytes');
    const fd = fs.openSync(file, 'r');
    try {
      const slot = producer.acquire();
      expect(slot.readFrom(fd, 2, 4)).toBe(4);
      expect(slot.readFrom(fd, 6, 50)).toBe(6);
      expect(slot.readFrom(fd, 12, 1)).toBe(0);
      expect(errorOf(() => slot.readFrom(fd, 60, 5)).code).toBe('INVALID_ARGUMENT');
      expect(errorOf(() => slot.readFrom(fd, -1, 5)).code).toBe('INVALID_ARGUMENT');
      slot.buffer.set([0x3a, 0x20]);
      slot.commit(12);
    } finally {
      fs.closeSync(fd);
    }
    expect(text(consumer)).toBe(': some bytes');
    const slot = producer.acquire();
    expect(errorOf(() => slot.readFrom(fd, 0, 1)).code).toBe('IO');
    slot.abort();
  });
});

describe('transactions', () => {
  test('a message is published with the length that is returned', () => {
    const name = makeBlock();
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    expect(producer.withWriteTransaction((slot) => slot.buffer.length - 60)).toBe(4);
    expect(consumer.acquire(1000).length).toBe(4);
  });

  test('nothing is published when the callback throws, and its error goes on', () => {
    const name = makeBlock();
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    const mine = new Error('mine');
    expect(() =>
      producer.withWriteTransaction(() => {
        throw mine;
      }),
    ).toThrow(mine);
    expect(consumer.tryAcquire()).toBeUndefined();
    producer.withWriteTransaction(() => 0);
    expect(consumer.acquire(1000).seq).toBe(1n);
  });

  test('the callback may commit or abort itself, and return what it likes', () => {
    const name = makeBlock();
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    expect(
      producer.withWriteTransaction((slot) => {
        slot.commit(2, 4);
        return 'done';
      }),
    ).toBe('done');
    producer.withWriteTransaction((slot) => {
      slot.abort();
    });
    const message = consumer.acquire(1000);
    expect([message.length, message.flags]).toEqual([2, 4]);
    message.release();
    expect(consumer.tryAcquire()).toBeUndefined();
  });

  test('neither a length nor a commit: refused, nothing is published', () => {
    const name = makeBlock();
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    expect(
      errorOf(() => {
        producer.withWriteTransaction(() => undefined);
      }).message,
    ).toContain('must return the length');
    expect(errorOf(() => producer.withWriteTransaction(() => 65)).code).toBe('MESSAGE_TOO_LARGE');
    expect(errorOf(() => producer.withWriteTransaction(() => NaN)).code).toBe('INVALID_ARGUMENT');
    expect(errorOf(() => producer.withWriteTransaction(undefined as never)).code).toBe('INVALID_ARGUMENT');
    expect(consumer.tryAcquire()).toBeUndefined();
    producer.acquire().abort();
  });

  test('a second transaction inside is refused, and ends the first when its error is not caught', () => {
    const name = makeBlock();
    using producer = Producer.open(name, { dir });
    const nested = errorOf(() => producer.withWriteTransaction(() => producer.withWriteTransaction(() => 1)));
    expect(nested.code).toBe('NESTED_USE');
    expect(producer.stats().messages).toBe(0n);
    producer.acquire().abort();
  });

  test('a promise decides when it has settled', async () => {
    const name = makeBlock();
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    const committed = producer.withWriteTransaction(async (slot) => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      slot.buffer[0] = 0x61;
      return 1;
    });
    expect(consumer.tryAcquire()).toBeUndefined();
    expect(await committed).toBe(1);
    expect(text(consumer)).toBe('a');
    await expect(producer.withWriteTransactionAsync(() => Promise.reject(new Error('mine')))).rejects.toThrow(
      'mine',
    );
    expect(await producer.withWriteTransactionAsync(() => Promise.resolve(1), { timeoutMs: 1000 })).toBe(1);
    expect(consumer.acquire(1000).seq).toBe(2n);
  });

  test('withNextSlot does not insist', () => {
    const name = makeBlock({ slots: 1 });
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    expect(producer.withNextSlot(() => 1)).toBe(1);
    const body = jest.fn(() => 1);
    expect(producer.withNextSlot(body)).toBeUndefined();
    expect(producer.withNextSlot(body, 10)).toBeUndefined();
    expect(body).not.toHaveBeenCalled();
    consumer.acquire(1000).release();
  });
});

describe('close', () => {
  test('aborts what is in hand; a closed handle does nothing', async () => {
    const name = makeBlock();
    using consumer = Consumer.open(name, { dir });
    const producer = Producer.open(name, { dir });
    producer.acquire();
    producer.close();
    producer.close();
    expect(consumer.tryAcquire()).toBeUndefined();
    expect(errorOf(() => producer.acquire()).code).toBe('CLOSED');
    expect(
      errorOf(() => {
        producer.write(Buffer.from('x'));
      }).code,
    ).toBe('CLOSED');
    expect(errorOf(() => producer.writeMany([Buffer.from('x')])).code).toBe('CLOSED');
    expect(
      errorOf(() => {
        producer.markEnd();
      }).code,
    ).toBe('CLOSED');
    expect((await rejectionOf(producer.acquireAsync())).code).toBe('CLOSED');
    using next = Producer.open(name, { dir });
    next.write(Buffer.from('next'));
    expect(text(consumer)).toBe('next');
  });

  test('counts sync consumers', () => {
    const name = makeBlock();
    using producer = Producer.open(name, { dir });
    expect(producer.syncConsumers()).toBe(0);
    using sync = Consumer.open(name, { dir });
    using tap = Consumer.open(name, { dir, mode: 'sequential' });
    expect(tap.participant).not.toBe(sync.participant);
    expect(producer.syncConsumers()).toBe(1);
    sync.close();
    expect(producer.syncConsumers()).toBe(0);
    producer.heartbeat();
  });
});

describe('checked mode', () => {
  test('a view that is kept too long is empty, and cannot damage a message', () => {
    const name = makeBlock();
    using producer = Producer.open(name, { dir, checked: true });
    using consumer = Consumer.open(name, { dir });
    const slot = producer.acquire();
    const kept = slot.buffer;
    expect(slot.buffer).toBe(kept);
    kept.set([0x61, 0x62]);
    slot.commit(2);
    expect(kept).toHaveLength(0);
    kept[0] = 0x7a;
    expect(() => {
      kept.set([0x7a]);
    }).toThrow();
    expect(text(consumer)).toBe('ab');
  });
});
