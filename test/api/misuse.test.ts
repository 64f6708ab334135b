/** Whatever cannot be right is refused by name, before anything happens: no slot is taken, nothing is published. */
import { Consumer, DataBlockError, Producer, Segment, ZoneUser } from '../../src';
import { blockDirectory } from '../support/block-directory';
import { errorOf } from '../support/errors';
import { freshName } from '../support/names';

const dir = blockDirectory();
const config = { dir, slots: 4, slotSize: 64 };

const neverNumbers: unknown[] = [
  undefined,
  null,
  NaN,
  Infinity,
  -Infinity,
  1.5,
  2 ** 53,
  '1',
  1n,
  {},
  [],
  true,
];

/** A call with one argument that is to be wrong. */
type Call = (wrong: never) => unknown;

/** The error of a call that may throw at once or reject. */
async function refusalOf(call: () => unknown): Promise<DataBlockError> {
  try {
    await call();
  } catch (error) {
    expect(error).toBeInstanceOf(DataBlockError);
    return error as DataBlockError;
  }
  throw new Error('it was not refused');
}

describe('numbers', () => {
  const name = freshName();
  let producer: Producer;
  let consumer: Consumer;
  beforeAll(() => {
    Segment.create(name, config);
    producer = Producer.open(name, { dir });
    consumer = Consumer.open(name, { dir });
  });
  afterAll(() => {
    producer.close();
    consumer.close();
  });
  // A default stands for `undefined` where it is an argument of its own.
  const given = neverNumbers.filter((value) => value !== undefined);
  const bytes = new Uint8Array(1);
  const ends = new Uint32Array([1]);

  const calls: [string, Call, readonly unknown[]][] = [
    ['Producer.acquire(timeoutMs)', (wrong) => producer.acquire(wrong), [-2, ...given]],
    ['Producer.tryAcquire(timeoutMs)', (wrong) => producer.tryAcquire(wrong), [-2, ...given]],
    [
      'Producer.write(timeoutMs)',
      (wrong) => {
        producer.write(bytes, wrong);
      },
      [-2, ...given],
    ],
    [
      'Producer.write(flags)',
      (wrong) => {
        producer.write(bytes, 0, wrong);
      },
      [-1, 2 ** 32, ...given],
    ],
    ['Producer.writeMany(timeoutMs)', (wrong) => producer.writeMany([bytes], wrong), [-2, ...given]],
    [
      'Producer.writePacked(count)',
      (wrong) => producer.writePacked(bytes, ends, wrong),
      [-1, 2, ...neverNumbers],
    ],
    [
      'Producer.writePacked(skip)',
      (wrong) => producer.writePacked(bytes, ends, 1, wrong),
      [-1, 2 ** 32, ...given],
    ],
    [
      'Producer.withWriteTransaction(timeoutMs)',
      (wrong) => producer.withWriteTransaction(() => 0, wrong),
      [-2, ...given],
    ],
    ['Producer.withNextSlot(timeoutMs)', (wrong) => producer.withNextSlot(() => 0, wrong), [-2, ...given]],
    [
      'Producer.markEnd(timeoutMs)',
      (wrong) => {
        producer.markEnd(wrong);
      },
      [-2, ...given],
    ],
    [
      'Producer.acquireAsync({ timeoutMs })',
      (timeoutMs) => producer.acquireAsync({ timeoutMs }),
      [-2, ...neverNumbers],
    ],
    ['Consumer.acquire(timeoutMs)', (wrong) => consumer.acquire(wrong), [-2, ...given]],
    ['Consumer.acquireMany(max)', (wrong) => consumer.acquireMany(wrong), [0, -1, ...neverNumbers]],
    [
      'Consumer.withReadTransaction(timeoutMs)',
      (wrong) => consumer.withReadTransaction(() => 0, wrong),
      [-2, ...given],
    ],
    [
      'Consumer.acquireAsync({ timeoutMs })',
      (timeoutMs) => consumer.acquireAsync({ timeoutMs }),
      [-2, ...neverNumbers],
    ],
    [
      'Consumer.createReadStream({ timeoutMs })',
      (timeoutMs) => consumer.createReadStream({ timeoutMs }),
      [-2, ...neverNumbers],
    ],
  ];
  test.each(calls)('%s', async (_what, call, wrong) => {
    for (const value of wrong) {
      const { code, message } = await refusalOf(() => call(value as never));
      expect(code).toBe('INVALID_ARGUMENT');
      expect(message).toMatch(/must be/);
    }
    expect(producer.stats().messages).toBe(0n);
    expect(consumer.stats().timeouts).toBe(0n);
    producer.acquire(0).abort(); // nothing is in hand
    expect(consumer.tryAcquire()).toBeUndefined();
    expect(consumer.stats().timeouts).toBe(1n);
    consumer.close();
    consumer = Consumer.open(name, { dir });
  });
});

describe('the configuration of a block', () => {
  test.each(['slots', 'slotSize', 'maxParticipants', 'maxSync', 'healAfterMs', 'mode', 'gid'])(
    '%s',
    (option) => {
      for (const value of [-1, ...neverNumbers]) {
        const name = freshName();
        const { code, message } = errorOf(() => Segment.create(name, { ...config, [option]: value }));
        expect(code).toBe('CONFIG_INVALID');
        expect(message).toContain(`"${option}"`);
        expect(errorOf(() => Segment.open(name, { dir })).code).toBe('NO_SUCH_BLOCK');
      }
    },
  );
});

describe('names that are nearly right', () => {
  const nothing = 'no-such-block';
  test.each<[string, () => unknown, string]>([
    ['Segment.create', () => Segment.create(nothing, { ...config, slotsize: 1 } as never), 'slotSize'],
    ['Segment.create', () => Segment.create(nothing, { ...config, producer: 'multi' } as never), 'producers'],
    ['Segment.open', () => Segment.open(nothing, { dri: dir } as never), 'dir'],
    [
      'Segment.unlink',
      () => {
        Segment.unlink(nothing, { forced: true } as never);
      },
      'force',
    ],
    ['Producer.open', () => Producer.open(nothing, { standbyMS: 1 } as never), 'standbyMs'],
    ['Producer.create', () => Producer.create(nothing, config, { nmae: 'x' } as never), 'name'],
    ['Consumer.open', () => Consumer.open(nothing, { form: 'oldest' } as never), 'from'],
    ['Consumer.open', () => Consumer.open(nothing, { onloss: () => 0 } as never), 'onLoss'],
    ['ZoneUser.open', () => ZoneUser.open(nothing, { watchname: true } as never), 'watchName'],
  ])('%s', (_what, call, meant) => {
    expect(errorOf(call).message).toContain(`did you mean "${meant}"?`);
  });
});

test('names, callbacks and data of another type', () => {
  using producer = Producer.create(freshName(), config);
  const wrong: (() => unknown)[] = [undefined, null, 5, {}, Symbol('x')].flatMap((value) => [
    () => Producer.open(value as never),
    () => Consumer.open(value as never),
    () => Segment.open(value as never),
    () => producer.withWriteTransaction(value as never),
    () => {
      producer.write(value as never);
    },
    () => producer.writeMany([value] as never),
  ]);
  for (const call of wrong) expect(errorOf(call).code).toBe('INVALID_ARGUMENT');
  expect(producer.stats().messages).toBe(0n);
});
