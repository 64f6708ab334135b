/** The canonical text of a record and its hash. */
import { blake2b } from '@noble/hashes/blake2.js';
import { native } from '../native';
import { translated } from '../api/errors';
import { valueField, type Field, type RecordLayout } from './fields';

const HASH_BYTES = 32;

interface TextOfField {
  name: string;
  type: string;
  count?: number;
  offset: number;
  unit?: string;
  size?: number;
  align?: number;
  fields?: TextOfField[];
}

interface TextOfRecord {
  dialect: 1;
  name: string;
  version: string;
  size: number;
  align: number;
  endian: 'little';
  fields: TextOfField[];
}

/** The order of the keys is that of the text: JSON.stringify keeps it. */
function fieldText(field: Field): TextOfField {
  const { name, type, count, offset } = field;
  const text: TextOfField = { name, type, ...(count === undefined ? {} : { count }), offset };
  if (field.kind === 'struct')
    return { ...text, size: field.width, align: field.align, fields: field.fields.map(fieldText) };
  return field.unit === undefined ? text : { ...text, unit: field.unit };
}

/**
 * The canonical text. Of names and units that docs/schema.md admits, JSON.stringify escapes only the quote and
 * the backslash, as the text does; all others {@link readCanonicalText} refuses.
 */
export function canonicalText(record: RecordLayout): string {
  const { name, version, size, align, fields } = record;
  const text: TextOfRecord = {
    dialect: 1,
    name,
    version,
    size,
    align,
    endian: 'little',
    fields: fields.map(fieldText),
  };
  return JSON.stringify(text);
}

/** BLAKE2b-256 of a canonical text, 64 hex digits. */
export function schemaHash(text: string): string {
  return Buffer.from(blake2b(Buffer.from(text), { dkLen: HASH_BYTES })).toString('hex');
}

function fieldOf({ name, type, count, offset, unit, size = 0, align = 1, fields = [] }: TextOfField): Field {
  if (type === 'struct')
    return { kind: 'struct', name, type, count, offset, width: size, align, fields: fields.map(fieldOf) };
  return valueField(name, type, count, offset, unit);
}

/**
 * Reads a canonical text. The core judges it, as it does for every language: form, names, units, places,
 * sizes.
 * @throws DataBlockError SCHEMA_INVALID
 */
export function readCanonicalText(text: string): RecordLayout {
  translated(() => {
    native().checkSchema(text);
  });
  const { name, version, size, align, fields } = JSON.parse(text) as TextOfRecord;
  return { name, version, size, align, fields: fields.map(fieldOf) };
}
