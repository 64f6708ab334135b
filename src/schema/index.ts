/** What the library exports of schemas. */
export { defineSchema } from './define';
export type {
  BytesField,
  BytesType,
  Field,
  ScalarField,
  ScalarType,
  StructField,
  TextField,
  TextType,
  ValueType,
} from './fields';
export type {
  FieldSpec,
  FieldSpecs,
  ReadonlyTypedArray,
  ReadView,
  RecordValues,
  SchemaSpec,
  StructSpec,
  UnalignedArray,
  ValueSpec,
  WriteView,
} from './record-types';
export { Schema, type AnySchema } from './schema';
export { parseSchemaFile, readSchemaFile } from './schema-file';
