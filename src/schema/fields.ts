/**
 * What a record is made of, as the canonical text has it (docs/schema.md): the one model that views, codecs
 * and texts share.
 */

import { errorNamed } from '../api/errors';

/** Bytes of a value of each type that has a width of its own. */
export const scalarWidths = {
  i8: 1,
  i16: 2,
  i32: 4,
  i64: 8,
  u8: 1,
  u16: 2,
  u32: 4,
  u64: 8,
  f32: 4,
  f64: 8,
  bool: 1,
} as const;

export type ScalarType = keyof typeof scalarWidths;

/** Text in UTF-8, zero-padded to N bytes. */
export type TextType = `char[${number}]`;
export type BytesType = `bytes[${number}]`;
export type ValueType = ScalarType | TextType | BytesType;

interface FieldBase {
  readonly name: string;
  /** Elements of an array; undefined: a single value. */
  readonly count: number | undefined;
  /** Bytes from the begin of the struct that it is a field of. */
  readonly offset: number;
  /** Bytes of one element. */
  readonly width: number;
}

export interface ScalarField extends FieldBase {
  readonly kind: 'scalar';
  readonly type: ScalarType;
  readonly unit: string | undefined;
}

export interface TextField extends FieldBase {
  readonly kind: 'text';
  readonly type: TextType;
  readonly unit: string | undefined;
}

export interface BytesField extends FieldBase {
  readonly kind: 'bytes';
  readonly type: BytesType;
  readonly unit: string | undefined;
}

export interface StructField extends FieldBase {
  readonly kind: 'struct';
  readonly type: 'struct';
  readonly align: number;
  readonly fields: readonly Field[];
}

/** A value, or an array of values, at its place in a struct. */
export type Field = ScalarField | TextField | BytesField | StructField;

/** A record, with everything said that a description may leave out. */
export interface RecordLayout {
  readonly name: string;
  /** `major.minor.patch` */
  readonly version: string;
  readonly size: number;
  readonly align: number;
  readonly fields: readonly Field[];
}

/** Bytes of all elements. */
export function sizeOf(field: Field): number {
  return field.width * (field.count ?? 1);
}

function isScalarType(type: string): type is ScalarType {
  return Object.hasOwn(scalarWidths, type);
}

/** A field that is no struct. @throws DataBlockError SCHEMA_INVALID */
export function valueField(
  name: string,
  type: string,
  count: number | undefined,
  offset: number,
  unit: string | undefined,
): ScalarField | TextField | BytesField {
  if (isScalarType(type))
    return { kind: 'scalar', name, type, count, offset, width: scalarWidths[type], unit };
  const sized = lengthOf(type);
  if (sized === undefined) throw errorNamed('SCHEMA_INVALID', `field ${name}: there is no type ${type}`);
  const { kind, length: width } = sized;
  return kind === 'text'
    ? { kind, name, type: type as TextType, count, offset, width, unit }
    : { kind, name, type: type as BytesType, count, offset, width, unit };
}

/** Length and kind of `char[16]` or `bytes[16]`; undefined for any other type. */
function lengthOf(type: string): { kind: 'text' | 'bytes'; length: number } | undefined {
  const match = /^(char|bytes)\[(\d+)\]$/.exec(type);
  return match === null
    ? undefined
    : { kind: match[1] === 'char' ? 'text' : 'bytes', length: Number(match[2]) };
}
