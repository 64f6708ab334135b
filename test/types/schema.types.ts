/** Types of schemas and views. Nothing here is run: `tsc` checks it, as it does everything. */
/* eslint-disable @typescript-eslint/no-unsafe-call -- what must not be called has no type */
/* eslint-disable @typescript-eslint/no-unnecessary-type-parameters -- how types are compared */
import {
  defineSchema,
  type Consumer,
  type Producer,
  type ReadonlyTypedArray,
  type ReadView,
  type RecordValues,
  type Schema,
  type UnalignedArray,
  type WriteView,
} from '../../src';

/** Compiles only when both are the same type. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function expectType<Wanted>(): <Actual>(
  value: Actual,
  ...same: Same<Actual, Wanted> extends true ? [] : [never]
) => void;

const Sensor = defineSchema({
  name: 'Sensor',
  version: '1.0.0',
  fields: {
    timestamp: { type: 'u64', unit: 'ns' },
    x: 'f64',
    small: 'i8',
    on: 'bool',
    label: 'char[16]',
    raw: 'bytes[4]',
    samples: { type: 'i16', count: 8 },
    wide: { type: 'i64', count: 2 },
    names: { type: 'char[4]', count: 3 },
    flags: { type: 'bool', count: 3 },
    blobs: { type: 'bytes[2]', count: 3 },
    pose: { fields: { angle: 'f32' } },
    joints: { count: 2, fields: { torque: 'f32', history: { type: 'u32', count: 4 } } },
    moved: { type: 'f32', count: 2, offset: 200 },
  },
});
type Sensor = typeof Sensor extends Schema<infer S> ? S : never;

export function writing(view: WriteView<Sensor>): void {
  expectType<bigint>()(view.timestamp);
  expectType<number>()(view.x);
  expectType<number>()(view.small);
  expectType<boolean>()(view.on);
  expectType<string>()(view.label);
  expectType<Uint8Array>()(view.raw);
  expectType<Int16Array>()(view.samples);
  expectType<BigInt64Array>()(view.wide);
  expectType<readonly string[]>()(view.names);
  expectType<readonly boolean[]>()(view.flags);
  expectType<readonly Uint8Array[]>()(view.blobs);
  expectType<number>()(view.pose.angle);
  expectType<number | undefined>()(view.joints[0]?.torque);
  expectType<Uint32Array | undefined>()(view.joints[0]?.history);
  // Its place was chosen by hand, so that no typed array need fit.
  expectType<Float32Array | UnalignedArray<number>>()(view.moved);

  view.timestamp = 5n;
  view.x = 5;
  view.samples = new Int16Array(8);
  view.names = ['a', 'b', 'c'];
  view.pose.angle = 1;
  // @ts-expect-error 64 bits are a bigint
  view.timestamp = 5;
  // @ts-expect-error 32 bits are none
  view.small = 5n;
  // @ts-expect-error no such field
  view.y = 5;
  // @ts-expect-error a struct is not assigned as a whole
  view.pose = { angle: 1 };
  // @ts-expect-error nor are its elements
  view.joints[0] = { torque: 1, history: new Uint32Array(4) };
  // @ts-expect-error a copy: assign the whole array
  view.flags[0] = true;
}

export function reading(view: ReadView<Sensor>): void {
  expectType<bigint>()(view.timestamp);
  expectType<ReadonlyTypedArray<Int16Array>>()(view.samples);
  expectType<number | undefined>()(view.samples[0]);
  expectType<ReadonlyTypedArray<Uint8Array>>()(view.raw);
  expectType<number | undefined>()(view.joints[1]?.history[2]);
  for (const sample of view.samples) expectType<number>()(sample);
  // @ts-expect-error read-only memory
  view.x = 5;
  // @ts-expect-error read-only memory
  view.pose.angle = 5;
  // @ts-expect-error read-only memory
  view.samples[0] = 5;
  // @ts-expect-error read-only memory
  view.samples.set([1]);
  // @ts-expect-error read-only memory
  view.raw.fill(0);
}

const Packed = defineSchema({
  name: 'Packed',
  version: '1.0.0',
  packed: true,
  fields: {
    kind: 'u8',
    values: { type: 'f64', count: 2 },
    inner: { fields: { ids: { type: 'u64', count: 2 } } },
  },
});

export function packed(view: WriteView<typeof Packed extends Schema<infer S> ? S : never>): void {
  expectType<Float64Array | UnalignedArray<number>>()(view.values);
  expectType<BigUint64Array | UnalignedArray<bigint>>()(view.inner.ids);
  expectType<number | undefined>()(view.values.at(0));
  view.values.set([1, 2]);
}

export function handles(producer: Producer, consumer: Consumer): void {
  expectType<WriteView<Sensor>>()(producer.acquire().as(Sensor));
  expectType<ReadView<Sensor>>()(consumer.acquire().as(Sensor));
  expectType<ReadView<Sensor>>()(consumer.acquireMany(2).as(Sensor, 1));
  expectType<RecordValues<Sensor>>()(Sensor.toObject(consumer.acquire().as(Sensor)));
  producer.writeRecord(Packed, { kind: 1, values: [1, 2], inner: { ids: [1n, 2n] } });
  // @ts-expect-error a field is missing
  producer.writeRecord(Packed, { kind: 1, values: [1, 2] });
  // @ts-expect-error numbers, where bigints are needed
  producer.writeRecord(Packed, { kind: 1, values: [1, 2], inner: { ids: [1, 2] } });
}

export function unknownAtCompileTime(consumer: Consumer, schema: Schema): unknown {
  return consumer.acquire().as(schema).anything;
}

// @ts-expect-error no such type
defineSchema({ name: 'A', version: '1.0.0', fields: { a: 'u24' } });
// @ts-expect-error a misspelt key
defineSchema({ name: 'A', version: '1.0.0', fields: { a: { type: 'u8', unti: 'm' } } });
// @ts-expect-error no version
defineSchema({ name: 'A', fields: { a: 'u8' } });
