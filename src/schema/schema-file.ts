/** Files `*.schema.json`. */
import * as fs from 'node:fs';
import type * as ajv from 'ajv';
import type { ErrorObject, ValidateFunction } from 'ajv';
import { closestName } from '../api/closest-name';
import { DataBlockError, errorEntryNamed, errorNamed } from '../api/errors';
import { fileDialect } from './file-dialect';
import { placeRecord, type RecordDescription } from './placing';
import { Schema } from './schema';

/** So many things that are wrong are named. */
const MAX_NAMED = 3;

let compiled: ValidateFunction<RecordDescription> | undefined;

/** Loaded at first use: most programs define their schemas in code. */
function validator(): ValidateFunction<RecordDescription> {
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  const { Ajv } = require('ajv') as typeof ajv;
  compiled ??= new Ajv({ allErrors: true, verbose: true, strictRequired: false }).compile(fileDialect);
  return compiled;
}

/** `fields[2].fields[0] (pose.x)`: where in the document, and which field that is. */
function placeOf(document: unknown, pointer: string): string {
  const steps = pointer.split('/').slice(1);
  const names: string[] = [];
  let text = '';
  let at: unknown = document;
  for (const step of steps) {
    at = (at as Record<string, unknown> | undefined)?.[step];
    text += /^\d+$/.test(step) ? `[${step}]` : `${text === '' ? '' : '.'}${step}`;
    const name = (at as { name?: unknown } | null | undefined)?.name;
    if (/^\d+$/.test(step) && typeof name === 'string') names.push(name);
  }
  return names.length === 0 ? text : `${text} (${names.join('.')})`;
}

function known(error: ErrorObject): string[] {
  return Object.keys((error.parentSchema as { properties?: object } | undefined)?.properties ?? {});
}

function complaint(document: unknown, error: ErrorObject): string {
  const where = placeOf(document, error.instancePath);
  const of = where === '' ? '' : ` of ${where}`;
  const params = error.params as { additionalProperty?: string; missingProperty?: string };
  if (params.additionalProperty !== undefined) {
    const near = closestName(params.additionalProperty, known(error));
    return `"${params.additionalProperty}"${of} means nothing${near === undefined ? '' : ` (did you mean "${near}"?)`}`;
  }
  if (params.missingProperty !== undefined) return `"${params.missingProperty}"${of} is missing`;
  const wanted =
    (error.parentSchema as { description?: string } | undefined)?.description ?? 'something else';
  const is = JSON.stringify(error.data).slice(0, 60);
  return `${where === '' ? 'it' : where} must be ${wanted}, not ${is}`;
}

/** The errors of `if` say nothing that those within do not; of one place, one says enough. */
function complaints(document: unknown, errors: readonly ErrorObject[]): string[] {
  const telling = errors.filter(({ keyword }) => keyword !== 'if');
  return [...new Set(telling.map((error) => complaint(document, error)))];
}

function refusal(detail: string): DataBlockError {
  return errorNamed('SCHEMA_INVALID', detail);
}

/**
 * Reads the text of a schema file: JSON in the form of docs/schema.md.
 * @throws DataBlockError SCHEMA_INVALID that says where and what
 */
export function parseSchemaFile(text: string): Schema {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw refusal(`it is no JSON: ${(error as Error).message}`);
  }
  const validate = validator();
  if (!validate(document)) {
    const found = complaints(document, validate.errors ?? []);
    const more = found.length > MAX_NAMED ? `; and ${found.length - MAX_NAMED} more` : '';
    throw refusal(found.slice(0, MAX_NAMED).join('; ') + more);
  }
  return Schema.of(placeRecord(document));
}

/** Reads a schema file. @throws DataBlockError SCHEMA_INVALID, IO */
export function readSchemaFile(path: string): Schema {
  let text: string;
  try {
    text = fs.readFileSync(path, 'utf8');
  } catch (error) {
    throw errorNamed('IO', `the schema: ${(error as Error).message}`, { cause: error });
  }
  try {
    return parseSchemaFile(text);
  } catch (error) {
    const entry = errorEntryNamed('SCHEMA_INVALID');
    if (entry === undefined || !(error instanceof DataBlockError)) throw error;
    throw new DataBlockError(entry, `${path}: ${error.message}`, { cause: error });
  }
}
