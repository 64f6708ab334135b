/** Records as CSV (RFC 4180): a line of column names, then a line for each record. */
import type { parse } from 'csv-parse/sync';
import type { stringify } from 'csv-stringify/sync';
import { closestName } from '../../api/closest-name';
import { errorNamed, type DataBlockError } from '../../api/errors';
import type { Schema } from '../../schema/schema';
import { leavesOf, type Leaf } from './leaves';
import { showLeaf, storeLeaf, type RecordBytes } from './value-text';

// Loaded by those who need them: most runs do not.
/* eslint-disable @typescript-eslint/no-require-imports */
const parser = (): typeof parse => (require('csv-parse/sync') as { parse: typeof parse }).parse;
const writer = (): typeof stringify =>
  (require('csv-stringify/sync') as { stringify: typeof stringify }).stringify;
/* eslint-enable @typescript-eslint/no-require-imports */

/** A row of CSV text, its newline included. A single empty text is quoted, so that it is no empty line. */
function row(values: string[]): string {
  return writer()([values], { quoted_empty: values.length === 1 });
}

/** Makes lines of records. */
export class CsvWriter {
  readonly #leaves: readonly Leaf[];

  constructor(schema: Schema) {
    this.#leaves = leavesOf(schema.fields);
  }

  /** The line of column names. */
  header(): string {
    return row(this.#leaves.map(({ path }) => path));
  }

  /** @throws DataBlockError RECORD_INVALID */
  line(record: RecordBytes, base: number): string {
    return row(this.#leaves.map((leaf) => showLeaf(leaf, record, base)));
  }
}

/** Where columns stand, and what they are. */
export class CsvColumns {
  readonly #leaves: readonly Leaf[];

  /** @throws DataBlockError RECORD_INVALID unless each value has exactly one column. */
  constructor(schema: Schema, names: readonly string[]) {
    const byPath = new Map(leavesOf(schema.fields).map((leaf) => [leaf.path, leaf]));
    this.#leaves = names.map((name, i) => {
      const leaf = byPath.get(name);
      if (names.indexOf(name) !== i) throw refusal(`column ${name} is there twice`);
      if (leaf === undefined) throw refusal(unknownColumn(name, [...byPath.keys()]));
      return leaf;
    });
    const missing = [...byPath.keys()].filter((path) => !names.includes(path));
    if (missing.length > 0)
      throw refusal(
        `there is no column ${missing.slice(0, 3).join(', ')}${missing.length > 3 ? `, nor ${missing.length - 3} others` : ''}`,
      );
  }

  /** Writes the values of a row. @throws DataBlockError RECORD_INVALID */
  store(values: readonly string[], record: RecordBytes, base: number): void {
    if (values.length !== this.#leaves.length)
      throw refusal(`it has ${values.length} values, and there are ${this.#leaves.length} columns`);
    for (const [i, leaf] of this.#leaves.entries()) storeLeaf(leaf, record, base, values[i] ?? '');
  }
}

function refusal(detail: string): DataBlockError {
  return errorNamed('RECORD_INVALID', detail);
}

function unknownColumn(name: string, paths: readonly string[]): string {
  const near = closestName(name, paths);
  return `there is no field for column ${JSON.stringify(name)}${near === undefined ? '' : ` (did you mean ${near}?)`}`;
}

const damages: Readonly<Record<string, string>> = {
  CSV_QUOTE_NOT_CLOSED: 'a quoted value has no end',
  CSV_INVALID_CLOSING_QUOTE: 'something follows a closing quote',
  INVALID_OPENING_QUOTE: 'a quote is within a value that is not quoted',
};

/** The rows of whole lines of CSV; empty lines are none. @throws DataBlockError RECORD_INVALID */
export function parseRows(text: string): string[][] {
  try {
    return parser()(text, { skip_empty_lines: true, relax_column_count: true });
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    throw errorNamed('RECORD_INVALID', damages[code ?? ''] ?? message, { cause: error });
  }
}

const QUOTE = 0x22;
const NEWLINE = 0x0a;

/**
 * Finds where lines end: at a newline that is not within quotes. What is in them is csv-parse's business.
 * @returns how many ends were found; `ends[k]` is the offset just past line k.
 */
export function findLines(input: Buffer, from: number, to: number, ends: Uint32Array): number {
  let count = 0;
  let quoted = false;
  for (let at = from; at < to && count < ends.length; at++) {
    const byte = input[at];
    if (byte === QUOTE) quoted = !quoted;
    else if (byte === NEWLINE && !quoted) ends[count++] = at + 1;
  }
  return count;
}
