/** From a description, which may leave places out, to a record with all of them: as a C compiler places members. */
import { errorNamed } from '../api/errors';
import { sizeOf, valueField, type Field, type RecordLayout } from './fields';

/** A field whose place may be left out. */
export interface FieldDescription {
  name: string;
  /** A type, or `struct` with {@link fields}. */
  type: string;
  count?: number;
  offset?: number;
  unit?: string;
  size?: number;
  align?: number;
  packed?: boolean;
  fields?: readonly FieldDescription[];
}

/** A struct whose size, alignment and places may be left out. */
interface StructDescription {
  size?: number | undefined;
  align?: number | undefined;
  /** Nothing is padded: each field begins where the one before it ends. */
  packed?: boolean | undefined;
  fields: readonly FieldDescription[];
}

export interface RecordDescription extends StructDescription {
  name: string;
  version: string;
}

/** Larger numbers are not exact in JavaScript; the core's limits are far below. */
function exact(value: number, what: string): number {
  if (!Number.isSafeInteger(value)) throw errorNamed('SCHEMA_INVALID', `${what} is too large`);
  return value;
}

function alignUp(offset: number, align: number): number {
  return Math.ceil(offset / align) * align;
}

/** Where the compiler would align it. */
function alignmentOf(field: Field): number {
  if (field.kind === 'struct') return field.align;
  return field.kind === 'scalar' ? field.width : 1;
}

function fieldAt(description: FieldDescription, offset: number): Field {
  const { name, type, count, unit } = description;
  if (type === 'struct') {
    const { size, align, fields } = placeStruct({ ...description, fields: description.fields ?? [] });
    return { kind: 'struct', name, type, count, offset, width: size, align, fields };
  }
  return valueField(name, type, count, offset, unit);
}

function placeStruct({ size, align, packed = false, fields: descriptions }: StructDescription): {
  size: number;
  align: number;
  fields: readonly Field[];
} {
  let end = 0;
  let largest = 1;
  const fields = descriptions.map((description) => {
    const unplaced = fieldAt(description, 0);
    const natural = packed ? 1 : alignmentOf(unplaced);
    const field = { ...unplaced, offset: description.offset ?? alignUp(end, natural) };
    end = exact(field.offset + sizeOf(field), `field ${field.name}`);
    largest = Math.max(largest, natural);
    return field;
  });
  const alignment = align ?? largest;
  return { size: size ?? exact(alignUp(end, alignment), 'the record'), align: alignment, fields };
}

/** Fills in what the description leaves out. What is impossible is refused when it is written as text. */
export function placeRecord(description: RecordDescription): RecordLayout {
  return { name: description.name, version: description.version, ...placeStruct(description) };
}
