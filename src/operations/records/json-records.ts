/** Records as JSON: an object a line (NDJSON). */
import { errorNamed } from '../../api/errors';
import type { Field, ScalarField } from '../../schema/fields';
import { matchFields } from '../../schema/record-view';
import type { Schema } from '../../schema/schema';
import { encodeText, readText, storeBytes } from '../../schema/text';
import { accessors } from '../../schema/typed-arrays';
import { checkBoolean, checkNumber, unfit } from '../../schema/values';
import { namedNumber, parseBytes, showBytes, showNumber, type RecordBytes } from './value-text';

// ---------------------------------------------------------------------------------------------- writing

/** Numbers of 64 bits are strings: a JSON number would lose their low digits in most readers. */
function showScalar({ type }: ScalarField, { data }: RecordBytes, at: number): string {
  if (type === 'bool') return data.getUint8(at) === 0 ? 'false' : 'true';
  const value = accessors[type].load(data, at);
  if (typeof value === 'bigint') return `"${value.toString()}"`;
  return Number.isFinite(value) ? showNumber(type, value) : `"${String(value)}"`;
}

function showValue(field: Field, path: string, record: RecordBytes, at: number): string {
  switch (field.kind) {
    case 'struct':
      return showStruct(field.fields, `${path}.`, record, at);
    case 'text':
      return JSON.stringify(readText(path, record.bytes, at, field.width));
    case 'bytes':
      return `"${showBytes(record.bytes, at, field.width)}"`;
    case 'scalar':
      return showScalar(field, record, at);
  }
}

function showField(field: Field, path: string, record: RecordBytes, base: number): string {
  const { count, offset, width } = field;
  if (count === undefined) return showValue(field, path, record, base + offset);
  const elements = Array.from({ length: count }, (_, i) =>
    showValue(field, `${path}[${i}]`, record, base + offset + i * width),
  );
  return `[${elements.join(',')}]`;
}

function showStruct(fields: readonly Field[], prefix: string, record: RecordBytes, base: number): string {
  const members = fields.map(
    (field) => `"${field.name}":${showField(field, prefix + field.name, record, base)}`,
  );
  return `{${members.join(',')}}`;
}

/** The record as one line, without its newline. @throws DataBlockError RECORD_INVALID */
export function jsonLine(schema: Schema, record: RecordBytes, base: number): string {
  return showStruct(schema.fields, '', record, base);
}

// ---------------------------------------------------------------------------------------------- reading

/** @throws DataBlockError RECORD_INVALID */
function numberOf(path: string, type: string, value: unknown): number | bigint {
  const isWide = type === 'i64' || type === 'u64';
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw unfit(path, value, type); // 1e999
    if (!isWide) return value;
    // Its last digits are lost already.
    if (!Number.isSafeInteger(value))
      throw errorNamed('RECORD_INVALID', `field ${path}: ${value} is no exact ${type}; write it as a string`);
    return BigInt(value);
  }
  if (typeof value !== 'string') throw unfit(path, value, type);
  if (isWide && /^[+-]?\d+$/.test(value)) return BigInt(value.replace(/^\+/, ''));
  const named = type === 'f32' || type === 'f64' ? namedNumber(value) : undefined;
  if (named === undefined) throw unfit(path, value, type);
  return named;
}

function storeValue(field: Field, path: string, record: RecordBytes, at: number, value: unknown): void {
  if (field.kind === 'struct') {
    storeStruct(field.fields, `${path}.`, record, at, value);
  } else if (field.kind === 'text') {
    storeBytes(record.bytes, at, field.width, encodeText(path, field.width, value as string));
  } else if (field.kind === 'bytes') {
    if (typeof value !== 'string') throw unfit(path, value, `${field.type} in hexadecimal digits`);
    storeBytes(record.bytes, at, field.width, parseBytes(path, field.width, value));
  } else if (field.type === 'bool') {
    checkBoolean(path, value as boolean);
    record.data.setUint8(at, value === true ? 1 : 0);
  } else {
    const number = numberOf(path, field.type, value);
    checkNumber(path, number, field.type);
    accessors[field.type].store(record.data, at, number as never);
  }
}

function storeStruct(
  fields: readonly Field[],
  prefix: string,
  record: RecordBytes,
  base: number,
  values: unknown,
): void {
  for (const [field, path, value] of matchFields(fields, values, prefix)) {
    const { count, offset, width, type } = field;
    if (count === undefined) {
      storeValue(field, path, record, base + offset, value);
      continue;
    }
    if (!Array.isArray(value) || value.length !== count) throw unfit(path, value, `${type}[${count}]`);
    for (const [i, element] of value.entries())
      storeValue(field, `${path}[${i}]`, record, base + offset + i * width, element);
  }
}

/** Writes the record that a line says. @throws DataBlockError RECORD_INVALID */
export function storeJson(schema: Schema, line: string, record: RecordBytes, base: number): void {
  let values: unknown;
  try {
    values = JSON.parse(line);
  } catch (error) {
    throw errorNamed('RECORD_INVALID', `it is no JSON: ${(error as Error).message}`);
  }
  storeStruct(schema.fields, '', record, base, values);
}
