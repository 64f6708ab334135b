import type { FieldSpec, FieldSpecs, SchemaSpec } from './record-types';
import { placeRecord, type FieldDescription } from './placing';
import { Schema } from './schema';

function describe([name, spec]: [string, FieldSpec]): FieldDescription {
  if (typeof spec === 'string') return { name, type: spec };
  if ('fields' in spec) return { ...spec, name, type: 'struct', fields: describeAll(spec.fields) };
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
export function defineSchema<const S extends SchemaSpec>(spec: S): Schema<S> {
  return Schema.of<S>(placeRecord({ ...spec, fields: describeAll(spec.fields) }));
}
