/** Schemas in blocks, and typed views of the records in their slots. */
import { inspect } from 'node:util';
import {
  Consumer,
  defineSchema,
  Producer,
  Schema,
  SchemaValidationError,
  Segment,
  type CreateConfig,
} from '../../src';
import { blockDirectory } from '../support/block-directory';
import { errorOf } from '../support/errors';
import { freshName } from '../support/names';

const dir = blockDirectory();

const SensorData = defineSchema({
  name: 'SensorData',
  version: '1.0.0',
  fields: {
    timestamp: { type: 'u64', unit: 'ns' },
    x: 'f64',
    samples: { type: 'i16', count: 4 },
    label: 'char[8]',
    pose: { fields: { angle: 'f32', valid: 'bool' } },
    joints: { count: 2, fields: { torque: 'f32', raw: 'bytes[3]' } },
    names: { type: 'char[4]', count: 2 },
    flags: { type: 'bool', count: 3 },
    blobs: { type: 'bytes[2]', count: 2 },
    delta: 'i64',
  },
});

const record = {
  timestamp: 18446744073709551615n,
  x: -0.5,
  samples: Int16Array.of(1, -2, 3, -32768),
  label: 'grün',
  pose: { angle: 0.25, valid: true },
  joints: [
    { torque: 1.5, raw: Uint8Array.of(1, 2, 3) },
    { torque: Infinity, raw: Uint8Array.of(4, 5, 6) },
  ],
  names: ['ab', 'full'],
  flags: [true, false, true],
  blobs: [Uint8Array.of(1, 2), Uint8Array.of(3, 4)],
  delta: -9223372036854775808n,
};

const Packed = defineSchema({
  name: 'Packed',
  version: '1.0.0',
  packed: true,
  fields: { kind: 'u8', values: { type: 'f64', count: 2 }, ids: { type: 'u64', count: 2 }, value: 'i32' },
});

function makeBlock(schema: CreateConfig['schema'], config: Partial<CreateConfig> = {}): string {
  const name = freshName();
  Segment.create(name, { dir, slots: 4, slotSize: 256, ...(schema && { schema }), ...config });
  return name;
}

describe('a schema', () => {
  test('places fields as a C compiler does', () => {
    const { size, align, fields } = defineSchema({
      name: 'Mixed',
      version: '0.1.0',
      fields: { a: 'u8', b: 'f64', c: 'u16', d: { fields: { e: 'u8', f: 'u32' }, count: 2 }, g: 'char[3]' },
    });
    expect({ size, align, offsets: fields.map(({ offset }) => offset) }).toEqual({
      size: 40,
      align: 8,
      offsets: [0, 8, 16, 20, 36],
    });
  });

  test('is in the block, with its hash, whatever computes it', () => {
    const name = makeBlock(SensorData);
    using segment = Segment.open(name, { dir });
    expect(segment.info().schema).toEqual({
      name: 'SensorData',
      version: '1.0.0',
      hash: SensorData.hash,
      id: SensorData.id,
      text: SensorData.text,
    });
    expect(Schema.ofBlock(segment.info())).toMatchObject({
      hash: SensorData.hash,
      fields: SensorData.fields,
    });
    expect(SensorData.id).toHaveLength(32);
  });

  test('that is none is refused with the reason', () => {
    expect(
      errorOf(() =>
        defineSchema({ name: 'A', version: '1.0.0', fields: { a: 'u8', b: { type: 'u8', offset: 0 } } }),
      ),
    ).toMatchObject({
      code: 'SCHEMA_INVALID',
      exitCode: 65,
      message: expect.stringContaining('field b begins before') as string,
    });
    expect(errorOf(() => defineSchema({ name: 'A', version: '1.0', fields: { a: 'u8' } })).code).toBe(
      'SCHEMA_INVALID',
    );
    expect(
      errorOf(() => defineSchema({ name: 'A', version: '1.0.0', fields: { a: 'u24' as 'u32' } })).message,
    ).toContain('there is no type u24');
    expect(
      errorOf(() =>
        defineSchema({ name: 'A', version: '1.0.0', fields: { a: { type: 'f64', count: 2 ** 60 } } }),
      ).message,
    ).toContain('field a is too large');
    expect(
      errorOf(() =>
        defineSchema({
          name: 'A',
          version: '1.0.0',
          fields: { a: { type: 'u8', unti: 'm' } as unknown as 'u8' },
        }),
      ).message,
    ).toContain('"unti" of field a means nothing (did you mean "unit"?)');
    expect(errorOf(() => Schema.parse('{}')).code).toBe('SCHEMA_INVALID');
  });

  test('that is none does not get into a block', () => {
    const options = { schema: SensorData.text } as unknown as CreateConfig;
    expect(errorOf(() => makeBlock(undefined, options)).message).toContain('"schema" must be a Schema');
    expect(errorOf(() => makeBlock(SensorData, { slotSize: 8 })).message).toContain(
      `slot size is 8, but a SensorData has ${SensorData.size} bytes`,
    );
  });
});

describe('at attach', () => {
  const Next = defineSchema({ name: 'Pair', version: '1.1.0', fields: { a: 'f32', b: 'f32', c: 'f32' } });
  const First = defineSchema({ name: 'Pair', version: '1.0.0', fields: { a: 'f32', b: 'f32' } });
  const Other = defineSchema({ name: 'Pair', version: '1.1.0', fields: { a: 'f32', b: 'u32', c: 'f32' } });

  test('the same schema is welcome, and none as well', () => {
    const name = makeBlock(First);
    using producer = Producer.open(name, { dir, schema: First });
    using consumer = Consumer.open(name, { dir, schema: First });
    using raw = Consumer.open(name, { dir });
    expect([producer.info.schema?.name, consumer.info.schema?.name, raw.info.schema?.name]).toEqual(
      Array(3).fill('Pair'),
    );
  });

  test('another one is refused with every difference', () => {
    const name = makeBlock(Next);
    const error = errorOf(() => Producer.open(name, { dir, schema: Other }));
    expect(error).toBeInstanceOf(SchemaValidationError);
    expect(error).toMatchObject({
      code: 'SCHEMA_MISMATCH',
      exitCode: 78,
      differences: ['field b: is f32 at 4, asked for u32 at 4'],
      message: 'The block holds records of another schema. field b: is f32 at 4, asked for u32 at 4.',
    });
  });

  test('fields that were added are no matter to a compatible reader, and to nobody else', () => {
    const name = makeBlock(Next);
    const error = errorOf(() => Consumer.open(name, { dir, schema: First }));
    expect(error.message).toContain('A reader of compatible schemas could attach');
    using consumer = Consumer.open(name, { dir, schema: First, schemaMatch: 'compatible' });
    using producer = Producer.open(name, { dir, schema: Next });
    producer.writeRecord(Next, { a: 1, b: 2, c: 3 });
    using message = consumer.acquire(5000);
    expect(First.toObject(message.as(First))).toEqual({ a: 1, b: 2 });
    expect(errorOf(() => Producer.open(name, { dir, schema: First })).code).toBe('SCHEMA_MISMATCH');
    expect(errorOf(() => Consumer.open(name, { dir, schema: Other, schemaMatch: 'compatible' })).code).toBe(
      'SCHEMA_MISMATCH',
    );
  });

  test('a block without one is refused to whoever needs one', () => {
    const name = makeBlock(undefined);
    const error = errorOf(() => Consumer.open(name, { dir, schema: First }));
    expect(error).toBeInstanceOf(SchemaValidationError);
    expect(error).toMatchObject({ code: 'NO_SCHEMA', exitCode: 78 });
    using consumer = Consumer.open(name, { dir });
    using producer = Producer.open(name, { dir });
    producer.write(Buffer.alloc(64));
    using message = consumer.acquire(5000);
    expect(errorOf(() => message.as(First)).code).toBe('NO_SCHEMA');
  });

  test('open-or-create compares it too', () => {
    const name = freshName();
    const config: CreateConfig = { dir, slots: 4, slotSize: 64, schema: First };
    Producer.create(name, config).close();
    Producer.create(name, config).close();
    expect(errorOf(() => Producer.create(name, { ...config, schema: Next })).message).toContain(
      'schema version: is 1.0.0, asked for 1.1.0',
    );
    expect(errorOf(() => Producer.create(name, { dir, slots: 4, slotSize: 64 })).message).toContain(
      'schema: is Pair 1.0.0, asked for none',
    );
  });
});

describe.each([false, true])('views with checked: %s', (checked) => {
  test('show what was written, in every type', () => {
    const name = makeBlock(SensorData);
    using producer = Producer.open(name, { dir, schema: SensorData, checked });
    using consumer = Consumer.open(name, { dir, schema: SensorData, checked });
    producer.withWriteTransaction((slot) => {
      const view = slot.as(SensorData);
      view.timestamp = record.timestamp;
      view.x = record.x;
      view.samples.set(record.samples);
      view.label = record.label;
      view.pose.angle = record.pose.angle;
      view.pose.valid = record.pose.valid;
      view.joints.forEach((joint, i) => {
        joint.torque = record.joints[i]!.torque;
        joint.raw.set(record.joints[i]!.raw);
      });
      view.names = record.names;
      view.flags = record.flags;
      view.blobs = record.blobs;
      view.delta = record.delta;
      expect(SensorData.toObject(view)).toEqual(record);
      return SensorData.size;
    });
    using message = consumer.acquire(5000);
    const view = message.as(SensorData);
    expect(SensorData.toObject(view)).toEqual(record);
    expect([view.timestamp, view.samples[3], view.pose.angle, view.joints[1]?.torque]).toEqual([
      record.timestamp,
      -32768,
      0.25,
      Infinity,
    ]);
    expect(inspect(view)).toContain("label: 'grün'");
  });

  test('go on with the messages, and throw when theirs was let go', () => {
    const name = makeBlock(SensorData);
    using producer = Producer.open(name, { dir, checked });
    using consumer = Consumer.open(name, { dir, checked });
    for (let i = 0; i < 9; i++) {
      producer.writeRecord(SensorData, { ...record, x: i });
      const message = consumer.acquire(5000);
      const view = message.as(SensorData);
      const { pose, joints } = view;
      expect([view.x, view.samples[1], pose.valid, joints[0]!.torque]).toEqual([i, -2, true, 1.5]);
      message.release();
      expect(errorOf(() => view.x).code).toBe('NOTHING_IN_HAND');
      expect(errorOf(() => view.samples).code).toBe('NOTHING_IN_HAND');
      expect(errorOf(() => pose.valid).code).toBe('NOTHING_IN_HAND');
      expect(errorOf(() => joints[0]!.torque).code).toBe('NOTHING_IN_HAND');
      expect(inspect(view)).toContain('let go');
    }
  });

  test('of a slot throw once it was committed or aborted', () => {
    const name = makeBlock(SensorData);
    using producer = Producer.open(name, { dir, checked });
    for (const end of ['commit', 'abort'] as const) {
      const slot = producer.acquire();
      const view = slot.as(SensorData);
      view.x = 1;
      if (end === 'commit') slot.commit(SensorData.size);
      else slot.abort();
      expect(errorOf(() => (view.x = 2)).code).toBe('NOTHING_IN_HAND');
    }
    producer.acquire().as(SensorData);
  });

  test('throw when the handle was closed', () => {
    const name = makeBlock(SensorData);
    const producer = Producer.open(name, { dir, checked });
    const view = producer.acquire().as(SensorData);
    producer.close();
    expect(errorOf(() => view.x).code).toBe('NOTHING_IN_HAND');
  });

  test('of batches are of the message that was asked for last', () => {
    const name = makeBlock(SensorData, { slots: 8 });
    using producer = Producer.open(name, { dir, checked });
    using consumer = Consumer.open(name, { dir, checked });
    for (let i = 0; i < 4; i++) producer.writeRecord(SensorData, { ...record, x: i });
    const batch = consumer.acquireMany(4, 5000);
    const read = Array.from({ length: batch.count }, (_, k) => batch.as(SensorData, k).x);
    expect(read).toEqual([0, 1, 2, 3]);
    const second = batch.as(SensorData, 1);
    batch.release(1);
    expect(second.x).toBe(1);
    batch.release(1);
    expect(errorOf(() => second.x).code).toBe('NOTHING_IN_HAND');
    expect(errorOf(() => batch.as(SensorData, 1)).code).toBe('NOTHING_IN_HAND');
    expect(batch.as(SensorData, 3).x).toBe(3);
  });

  test('of packed records read numbers wherever they lie', () => {
    const name = makeBlock(Packed);
    using producer = Producer.open(name, { dir, schema: Packed, checked });
    using consumer = Consumer.open(name, { dir, schema: Packed, checked });
    expect(Packed.size).toBe(1 + 16 + 16 + 4);
    const values = { kind: 7, values: [0.1, NaN], ids: [1n, 2n ** 64n - 1n], value: -5 };
    producer.writeRecord(Packed, values);
    using message = consumer.acquire(5000);
    const view = message.as(Packed);
    expect(Packed.toObject(view)).toEqual(values);
    expect([
      view.values.length,
      view.values.at(0),
      view.values.at(-1),
      view.ids.at(1),
      view.ids.at(2),
    ]).toEqual([2, 0.1, NaN, 2n ** 64n - 1n, undefined]);
    expect([...view.ids]).toEqual(values.ids);
  });

  test('of two schemas may look at one message', () => {
    const name = makeBlock(SensorData);
    using producer = Producer.open(name, { dir, checked });
    using consumer = Consumer.open(name, { dir, checked });
    producer.writeRecord(SensorData, record);
    using message = consumer.acquire(5000);
    const Again = Schema.parse(SensorData.text);
    expect(Again.toObject(message.as(Again))).toEqual(record);
    expect(SensorData.toObject(message.as(SensorData))).toEqual(record);
    expect(errorOf(() => message.as(Packed)).code).toBe('SCHEMA_MISMATCH');
  });

  test('need a message that is long enough', () => {
    const name = makeBlock(SensorData);
    using producer = Producer.open(name, { dir, checked });
    using consumer = Consumer.open(name, { dir, checked });
    producer.write(Buffer.alloc(SensorData.size - 1));
    using message = consumer.acquire(5000);
    expect(errorOf(() => message.as(SensorData))).toMatchObject({ code: 'RECORD_INVALID', exitCode: 65 });
  });
});

describe('what does not fit is refused before anything is written', () => {
  const bytes = new Uint8Array(SensorData.size).fill(0x55);
  const view = SensorData.over(bytes);
  const all = view as unknown as Record<string, unknown>;

  test.each<[string, unknown, RegExp]>([
    ['timestamp', -1n, /field timestamp: -1n does not fit u64/],
    ['timestamp', 2n ** 64n, /field timestamp: .* does not fit u64/],
    ['timestamp', 5, /field timestamp: 5 does not fit u64/],
    ['delta', 2n ** 63n, /does not fit i64/],
    ['x', '1', /field x: "1" does not fit f64/],
    ['x', undefined, /undefined does not fit f64/],
    ['samples', [1, 2, 3], /field samples: an array does not fit i16\[4\]/],
    ['samples', [1, 2, 3, 32768], /field samples\[3\]: 32768 does not fit i16/],
    ['samples', [1, 2, 3, 0.5], /field samples\[3\]: 0.5 does not fit i16/],
    ['samples', 7, /field samples: 7 does not fit/],
    ['label', 'too long.', /field label: "too long." does not fit char\[8\]/],
    ['label', 'a\0b', /field label/],
    ['label', '\ud800', /field label/],
    ['label', 5, /field label/],
    ['names', ['a'], /field names: an array does not fit char\[4\]\[2\]/],
    ['names', ['a', 'abcde'], /field names\[1\]: "abcde" does not fit/],
    ['flags', [1, 0, 1], /field flags\[0\]: 1 does not fit bool/],
    ['blobs', [Uint8Array.of(1), Uint8Array.of(2)], /field blobs\[0\]/],
  ])('%s = %p', (field, value, message) => {
    const before = bytes.slice();
    const error = errorOf(() => (all[field] = value));
    expect(error.code).toBe('RECORD_INVALID');
    expect(error.message).toMatch(message);
    expect(bytes).toEqual(before);
  });

  test('structs are not assigned as a whole', () => {
    expect(() => (all.pose = {})).toThrow(TypeError);
    expect(errorOf(() => ((view.pose as { valid: unknown }).valid = 1)).message).toContain(
      'field pose.valid',
    );
    expect(errorOf(() => ((view.joints[1] as { torque: unknown }).torque = '')).message).toContain(
      'field joints[].torque',
    );
  });

  test('a record is written whole or not at all', () => {
    const name = makeBlock(SensorData, { slots: 16 });
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    const rest: Record<string, unknown> = { ...record };
    delete rest.x;
    const refused: [unknown, RegExp][] = [
      [rest, /field x is missing/],
      [{ ...record, y: 1 }, /there is no field y/],
      [
        { ...record, pose: { ...record.pose, angel: 1 } },
        /there is no field pose.angel \(did you mean pose.angle\?\)/,
      ],
      [{ ...record, joints: [record.joints[0]] }, /field joints: an array does not fit struct\[2\]/],
      [{ ...record, joints: [record.joints[0], { torque: 1 }] }, /field joints\[1\].raw is missing/],
      [null, /null does not fit struct/],
    ];
    for (const [values, message] of refused) {
      const error = errorOf(() => {
        producer.writeRecord(SensorData, values as typeof record);
      });
      expect(error.code).toBe('RECORD_INVALID');
      expect(error.message).toMatch(message);
    }
    expect(producer.stats().messages).toBe(0n);
    producer.writeRecord(SensorData, record);
    using message = consumer.acquire(5000);
    expect(SensorData.toObject(message.as(SensorData))).toEqual(record);
  });

  test('a reader has no way to write', () => {
    const name = makeBlock(SensorData);
    using producer = Producer.open(name, { dir });
    using consumer = Consumer.open(name, { dir });
    producer.writeRecord(SensorData, record);
    using message = consumer.acquire(5000);
    const reading = message.as(SensorData) as unknown as Record<string, unknown>;
    for (const { name: field } of SensorData.fields)
      expect(() => (reading[field] = record.x)).toThrow(TypeError);
  });
});

test('text that is no UTF-8 is an error, not a replacement', () => {
  const bytes = new Uint8Array(SensorData.size);
  bytes.set([0xff, 0xfe], SensorData.fields.find(({ name }) => name === 'label')!.offset);
  expect(errorOf(() => SensorData.over(bytes).label).message).toContain(
    'field label: its bytes are no UTF-8',
  );
  expect(errorOf(() => SensorData.over(new Uint8Array(3))).code).toBe('RECORD_INVALID');
});
