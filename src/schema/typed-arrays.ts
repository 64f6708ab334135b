/** Arrays of numbers within a record. */
import type { NumberType, TypedArray, UnalignedArray } from './record-types';
import type { RecordPlace } from './record-place';
import { checkNumber, unfit } from './values';

type Constructor = new (buffer: ArrayBufferLike, byteOffset: number, length: number) => TypedArray;

const constructors: Readonly<Record<NumberType, Constructor>> = {
  i8: Int8Array,
  i16: Int16Array,
  i32: Int32Array,
  i64: BigInt64Array,
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  u64: BigUint64Array,
  f32: Float32Array,
  f64: Float64Array,
};

type Value = number | bigint;

/** Loads and stores at any place. */
export const accessors: Readonly<
  Record<
    NumberType,
    { load: (data: DataView, at: number) => Value; store: (data: DataView, at: number, value: never) => void }
  >
> = {
  i8: {
    load: (data, at) => data.getInt8(at),
    store: (data, at, value) => {
      data.setInt8(at, value);
    },
  },
  i16: {
    load: (data, at) => data.getInt16(at, true),
    store: (data, at, value) => {
      data.setInt16(at, value, true);
    },
  },
  i32: {
    load: (data, at) => data.getInt32(at, true),
    store: (data, at, value) => {
      data.setInt32(at, value, true);
    },
  },
  i64: {
    load: (data, at) => data.getBigInt64(at, true),
    store: (data, at, value) => {
      data.setBigInt64(at, value, true);
    },
  },
  u8: {
    load: (data, at) => data.getUint8(at),
    store: (data, at, value) => {
      data.setUint8(at, value);
    },
  },
  u16: {
    load: (data, at) => data.getUint16(at, true),
    store: (data, at, value) => {
      data.setUint16(at, value, true);
    },
  },
  u32: {
    load: (data, at) => data.getUint32(at, true),
    store: (data, at, value) => {
      data.setUint32(at, value, true);
    },
  },
  u64: {
    load: (data, at) => data.getBigUint64(at, true),
    store: (data, at, value) => {
      data.setBigUint64(at, value, true);
    },
  },
  f32: {
    load: (data, at) => data.getFloat32(at, true),
    store: (data, at, value) => {
      data.setFloat32(at, value, true);
    },
  },
  f64: {
    load: (data, at) => data.getFloat64(at, true),
    store: (data, at, value) => {
      data.setFloat64(at, value, true);
    },
  },
};

/** The elements of an array in a record. */
export interface ElementsField {
  readonly path: string;
  readonly type: NumberType;
  readonly width: number;
  readonly count: number;
}

/** Overwrites elements from `offset` on. @throws DataBlockError RECORD_INVALID, before anything is written */
export function storeElements(
  { path, type, width, count }: ElementsField,
  data: DataView,
  begin: number,
  values: ArrayLike<Value>,
  offset = 0,
): void {
  if (typeof values !== 'object' || !(values.length <= count - offset))
    throw unfit(path, values, `${type}[${count}]`);
  const list = Array.from(values);
  for (const [i, value] of list.entries()) checkNumber(`${path}[${offset + i}]`, value, type);
  const { store } = accessors[type];
  for (const [i, value] of list.entries()) store(data, begin + (offset + i) * width, value as never);
}

export class UnalignedElements implements UnalignedArray<Value> {
  readonly #field: ElementsField;
  readonly #place: RecordPlace;
  readonly #begin: () => number;

  constructor(field: ElementsField, place: RecordPlace, begin: () => number) {
    this.#field = field;
    this.#place = place;
    this.#begin = begin;
  }

  get length(): number {
    return this.#field.count;
  }

  at(index: number): Value | undefined {
    const { type, width, count } = this.#field;
    const i = index < 0 ? index + count : index;
    return i >= 0 && i < count
      ? accessors[type].load(this.#place.data, this.#begin() + i * width)
      : undefined;
  }

  set(values: ArrayLike<Value>, offset = 0): void {
    storeElements(this.#field, this.#place.data, this.#begin(), values, offset);
  }

  *[Symbol.iterator](): IterableIterator<Value> {
    const { type, width, count } = this.#field;
    for (let i = 0; i < count; i++) yield accessors[type].load(this.#place.data, this.#begin() + i * width);
  }
}

/** The elements in place: a typed array over them, or where they are not aligned for one an {@link UnalignedArray}. */
export function elementsAt(
  field: ElementsField,
  place: RecordPlace,
  begin: () => number,
): TypedArray | UnalignedArray<Value> {
  const offset = place.bytes.byteOffset + begin();
  if (offset % field.width !== 0) return new UnalignedElements(field, place, begin);
  return new constructors[field.type](place.bytes.buffer, offset, field.count);
}
