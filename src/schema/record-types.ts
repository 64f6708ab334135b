/** Types of records: how a schema is written in TypeScript, and what views of such a record look like. */
import type { BytesType, ScalarType, TextType, ValueType } from './fields';

/** A value, or an array of values, with what else there is to say about it. */
export interface ValueSpec {
  readonly type: ValueType;
  /** An array of so many; leave it out for a single value. */
  readonly count?: number;
  /** UTF-8, at most 64 bytes. Part of the schema: a value in another unit is another field. */
  readonly unit?: string;
  /** Bytes from the begin of its struct; default: where a C compiler would place it. */
  readonly offset?: number;
}

/** A struct within a record. */
export interface StructSpec {
  readonly fields: FieldSpecs;
  readonly count?: number;
  readonly offset?: number;
  /** Without padding, as `__attribute__((packed))`. */
  readonly packed?: boolean;
  /** Bytes; default: what the fields need. */
  readonly size?: number;
  /** Default: that of the field which is aligned most. */
  readonly align?: number;
}

export type FieldSpec = ValueType | ValueSpec | StructSpec;

/** In the order in which they lie in memory. */
export type FieldSpecs = Readonly<Record<string, FieldSpec>>;

/** What {@link defineSchema} takes. */
export interface SchemaSpec extends Omit<StructSpec, 'count' | 'offset'> {
  readonly name: string;
  /** `major.minor.patch`; docs/versioning.md says when to raise which. */
  readonly version: string;
}

/** Refuses keys that mean nothing: of what a type parameter stands for, TypeScript does not by itself. */
export type Known<S> = S extends { fields: infer F }
  ? {
      [K in keyof S]: K extends 'fields'
        ? { [N in keyof F]: Known<F[N]> }
        : K extends keyof StructSpec | keyof SchemaSpec
          ? S[K]
          : never;
    }
  : S extends object
    ? { [K in keyof S]: K extends keyof ValueSpec ? S[K] : never }
    : S;

interface ArrayOf {
  i8: Int8Array;
  i16: Int16Array;
  i32: Int32Array;
  i64: BigInt64Array;
  u8: Uint8Array;
  u16: Uint16Array;
  u32: Uint32Array;
  u64: BigUint64Array;
  f32: Float32Array;
  f64: Float64Array;
}

/** Types of which JavaScript has typed arrays. */
export type NumberType = keyof ArrayOf;
export type TypedArray = ArrayOf[NumberType];

/** An array of numbers that do not lie where a typed array could: packed structs have such. */
export interface UnalignedArray<V extends number | bigint> extends Iterable<V> {
  readonly length: number;
  /** Counts from the end when it is negative, as in arrays; undefined where there is none. */
  at(index: number): V | undefined;
  /** Overwrites elements from `offset` on. @throws DataBlockError RECORD_INVALID */
  set(values: ArrayLike<V>, offset?: number): void;
}

type Mutator = 'set' | 'fill' | 'sort' | 'reverse' | 'copyWithin' | 'buffer';

/** Without what would write to memory that is mapped read-only. */
export type ReadonlyTypedArray<A extends TypedArray> = Omit<A, Mutator | number> &
  Readonly<Record<number, A[number]>>;

export type ReadonlyUnalignedArray<V extends number | bigint> = Omit<UnalignedArray<V>, 'set'>;

type ScalarValue<T extends ScalarType> = T extends 'i64' | 'u64'
  ? bigint
  : T extends 'bool'
    ? boolean
    : number;

type SingleValue<T extends ValueType> = T extends ScalarType
  ? ScalarValue<T>
  : T extends TextType
    ? string
    : Uint8Array;

type ElementOf<A extends TypedArray> = A extends BigInt64Array | BigUint64Array ? bigint : number;

/** `U`: the field may lie where a typed array cannot. */
type WriteArray<T extends ValueType, U extends boolean> = T extends NumberType
  ? ArrayOf[T] | (U extends true ? UnalignedArray<ElementOf<ArrayOf[T]>> : never)
  : readonly SingleValue<T>[];

type ReadSingle<T extends ValueType> = T extends BytesType ? ReadonlyTypedArray<Uint8Array> : SingleValue<T>;

type ReadArray<T extends ValueType, U extends boolean> = T extends NumberType
  ? ReadonlyTypedArray<ArrayOf[T]> | (U extends true ? ReadonlyUnalignedArray<ElementOf<ArrayOf[T]>> : never)
  : readonly ReadSingle<T>[];

/** A type alone is a value of it. */
type Spec<F extends FieldSpec> = F extends ValueType ? { readonly type: F } : F;

/** Typed arrays are certain only where the compiler's own placing was not overruled. */
type Unaligned<F, U extends boolean> = U extends true
  ? true
  : F extends { packed: true } | { offset: number }
    ? true
    : false;

type IsStruct<F extends FieldSpec> = F extends StructSpec ? true : false;

type KeysOf<F extends FieldSpecs, Struct extends boolean> = {
  [K in keyof F]: IsStruct<F[K]> extends Struct ? K : never;
}[keyof F];

type WriteValue<F, U extends boolean> = F extends ValueSpec
  ? F extends { count: number }
    ? WriteArray<F['type'], U>
    : SingleValue<F['type']>
  : never;

type ReadValue<F, U extends boolean> = F extends ValueSpec
  ? F extends { count: number }
    ? ReadArray<F['type'], U>
    : ReadSingle<F['type']>
  : never;

type WriteStruct<F, U extends boolean> = F extends StructSpec
  ? F extends { count: number }
    ? readonly WriteFields<F['fields'], U>[]
    : WriteFields<F['fields'], U>
  : never;

type ReadStruct<F, U extends boolean> = F extends StructSpec
  ? F extends { count: number }
    ? readonly ReadFields<F['fields'], U>[]
    : ReadFields<F['fields'], U>
  : never;

type WriteFields<F extends FieldSpecs, U extends boolean> = {
  -readonly [K in KeysOf<F, false>]: WriteValue<Spec<F[K]>, Unaligned<F[K], U>>;
} & {
  readonly [K in KeysOf<F, true>]: WriteStruct<F[K], Unaligned<F[K], U>>;
};

type ReadFields<F extends FieldSpecs, U extends boolean> = {
  readonly [K in keyof F]: IsStruct<F[K]> extends true
    ? ReadStruct<F[K], Unaligned<F[K], U>>
    : ReadValue<Spec<F[K]>, Unaligned<F[K], U>>;
};

type ValuesOf<F> = F extends StructSpec
  ? F extends { count: number }
    ? readonly RecordValuesOf<F['fields']>[]
    : RecordValuesOf<F['fields']>
  : F extends ValueSpec
    ? F extends { count: number }
      ? ArrayLike<SingleValue<F['type']>>
      : SingleValue<F['type']>
    : never;

type RecordValuesOf<F extends FieldSpecs> = { readonly [K in keyof F]: ValuesOf<Spec<F[K]>> };

/** A record that is being written, in place: what is assigned is in shared memory at once. */
export type WriteView<S extends StructSpec> = WriteFields<S['fields'], Unaligned<S, false>>;

/** A record that is being read, in place. */
export type ReadView<S extends StructSpec> = ReadFields<S['fields'], Unaligned<S, false>>;

/** All values of a record, as a plain object. */
export type RecordValues<S extends StructSpec> = RecordValuesOf<S['fields']>;
