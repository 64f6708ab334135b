import { closestName } from '../api/closest-name';
import { errorNamed } from '../api/errors';
import type { FieldSpec, FieldSpecs, Known, SchemaSpec, StructSpec, ValueSpec } from './record-types';
import { placeRecord, type FieldDescription } from './placing';
import { Schema } from './schema';

const valueKeys: readonly (keyof ValueSpec)[] = ['type', 'count', 'unit', 'offset'];
const structKeys: readonly (keyof StructSpec)[] = ['fields', 'count', 'offset', 'packed', 'size', 'align'];
const schemaKeys: readonly (keyof SchemaSpec)[] = ['name', 'version', 'fields', 'packed', 'size', 'align'];

/** A misspelt key is refused, never ignored. */
function checkKeys(what: string, spec: object, known: readonly string[]): void {
  for (const key of Object.keys(spec)) {
    if (known.includes(key)) continue;
    const near = closestName(key, known);
    const meant = near === undefined ? '' : ` (did you mean "${near}"?)`;
    throw errorNamed('SCHEMA_INVALID', `"${key}" of ${what} means nothing${meant}`);
  }
}

function describe([name, spec]: [string, FieldSpec]): FieldDescription {
  if (typeof spec === 'string') return { name, type: spec };
  if ('fields' in spec) {
    checkKeys(`field ${name}`, spec, structKeys);
    return { ...spec, name, type: 'struct', fields: describeAll(spec.fields) };
  }
  checkKeys(`field ${name}`, spec, valueKeys);
  return { ...spec, name };
}

function describeAll(fields: FieldSpecs): FieldDescription[] {
  return Object.entries(fields).map(describe);
}

/**
 * Defines what the messages of a block are. Fields lie in the order in which they are written here, placed as a
 * C compiler places members, so that the same struct in C++ has the same schema.
 *
 * ```ts
 * const SensorData = defineSchema({
 *   name: 'SensorData',
 *   version: '1.0.0',
 *   fields: { timestamp: { type: 'u64', unit: 'ns' }, x: 'f64', samples: { type: 'i16', count: 8 } },
 * });
 * ```
 * @throws DataBlockError SCHEMA_INVALID
 */
export function defineSchema<const S extends SchemaSpec>(spec: S & Known<S>): Schema<S> {
  checkKeys('the schema', spec, schemaKeys);
  return Schema.of<S>(placeRecord({ ...spec, fields: describeAll(spec.fields) }));
}
