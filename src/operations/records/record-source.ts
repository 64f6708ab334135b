import { DataBlockError, errorNamed } from '../../api/errors';
import type { Schema } from '../../schema/schema';
import type { RecordFraming } from '../framing/record-framing';
import type { Input } from '../input';
import type { Publisher } from '../publisher';
import { CsvColumns, findLines, parseRows } from './csv-records';
import { storeJson } from './json-records';
import type { RecordBytes } from './value-text';

const WINDOW = 1024 * 1024;

/** So many bytes of records are made before they are published, and so many records at most. */
const BATCH_BYTES = 256 * 1024;
const MAX_BATCH = 4096;

const NEWLINE = 0x0a;

/** A record's text may be as long: far more than any that fits, but not without end. */
function longestLine({ size }: Schema): number {
  return WINDOW + 64 * size;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const utf8AfterMark = new TextDecoder('utf-8', { fatal: true });

/** What is left of a window, at the begin of one that has room for more. */
function withRoom(window: Buffer, from: number, to: number): Buffer {
  const target = from === 0 ? Buffer.allocUnsafeSlow(2 * window.length) : window;
  window.copy(target, 0, from, to);
  return target;
}

/** Publishes the records of a text. Each is turned into bytes before a slot is taken for it. */
export class RecordSource {
  readonly #input: Input;
  readonly #framing: RecordFraming;
  readonly #schema: Schema;
  readonly #publisher: Publisher;
  readonly #records: RecordBytes;
  readonly #ends: Uint32Array;
  readonly #lines = new Uint32Array(MAX_BATCH);
  #columns: CsvColumns | undefined;
  #hasBegun = false;
  /** Records that were read. The number of a record, as messages name it, counts from 1. */
  #read = 0;

  constructor(input: Input, framing: RecordFraming, schema: Schema, publisher: Publisher) {
    this.#input = input;
    this.#framing = framing;
    this.#schema = schema;
    this.#publisher = publisher;
    const batch = Math.min(MAX_BATCH, Math.max(1, Math.floor(BATCH_BYTES / schema.size)));
    const bytes = new Uint8Array(batch * schema.size);
    this.#records = { bytes, data: new DataView(bytes.buffer) };
    this.#ends = new Uint32Array(batch);
  }

  /**
   * Ends at the end of the input, or when the publisher's limit is reached.
   * @throws DataBlockError RECORD_INVALID, naming the record and the field: those before it are published, nothing
   *   of it is; TIMEOUT, INTERRUPTED, IO, ...
   */
  run(): void {
    let window: Buffer = Buffer.allocUnsafeSlow(WINDOW);
    let from = 0;
    let to = 0;
    while (this.#publisher.remaining > 0) {
      if (to === window.length) {
        if (to - from > longestLine(this.#schema)) throw this.#invalid(`it has more than ${to - from} bytes`);
        window = withRoom(window, from, to);
        to -= from;
        from = 0;
      }
      const read = this.#input.read(window, to, window.length - to);
      to += read;
      from = this.#publishLines(window, from, to);
      if (read > 0) continue;
      // The last line need not have a newline.
      if (from < to && this.#publisher.remaining > 0) {
        this.#lines[0] = to;
        this.#publishFound(window, from, 1);
      }
      return;
    }
  }

  /** Publishes the whole lines of `window[from, to)`; returns where the first one that is not whole begins. */
  #publishLines(window: Buffer, from: number, to: number): number {
    let begin = from;
    while (this.#publisher.remaining > 0) {
      const count = this.#find(window, begin, to);
      if (count === 0) break;
      this.#publishFound(window, begin, count);
      begin = this.#lines[count - 1] ?? to;
    }
    return begin;
  }

  #find(window: Buffer, from: number, to: number): number {
    if (this.#framing === 'csv') return findLines(window, from, to, this.#lines);
    let count = 0;
    for (let at = from; count < this.#lines.length; count++) {
      const newline = window.indexOf(NEWLINE, at);
      if (newline < 0 || newline >= to) break;
      this.#lines[count] = at = newline + 1;
    }
    return count;
  }

  /** Publishes the lines that end at `#lines[0, count)`. What is wrong with one is told when those before it are out. */
  #publishFound(window: Buffer, from: number, count: number): void {
    const stores = this.#stores(window, from, count);
    for (;;) {
      const { made, failure } = this.#make(stores);
      this.#publish(made);
      if (failure !== undefined) throw this.#explained(failure);
      if (made === 0 || this.#publisher.remaining === 0) return;
    }
  }

  /** Turns as many records into bytes as there is room for; up to one that cannot be. */
  #make(stores: Iterator<(base: number) => void>): { made: number; failure?: unknown } {
    const most = Math.min(this.#ends.length, this.#publisher.remaining);
    let made = 0;
    try {
      for (; made < most; made++) {
        const next = stores.next();
        if (next.done === true) break;
        next.value(made * this.#schema.size);
        this.#read++;
      }
      return { made };
    } catch (failure) {
      return { made, failure };
    }
  }

  #publish(made: number): void {
    const { size } = this.#schema;
    for (let k = 0; k < made; k++) this.#ends[k] = (k + 1) * size;
    this.#publisher.publish(this.#records.bytes, this.#ends, made, 0, 0);
    this.#records.bytes.fill(0, 0, made * size);
  }

  /** What writes each record of the lines to its place. */
  *#stores(window: Buffer, from: number, count: number): Generator<(base: number) => void> {
    const records = this.#records;
    if (this.#framing === 'json') {
      for (const line of this.#lineTexts(window, from, count))
        if (line.trim() !== '')
          yield (base) => {
            storeJson(this.#schema, line, records, base);
          };
      return;
    }
    for (const row of this.#rows(window, from, count)) {
      const columns = this.#columns;
      if (columns === undefined) this.#columns = new CsvColumns(this.#schema, row);
      else
        yield (base) => {
          columns.store(row, records, base);
        };
    }
  }

  /** All rows at once; when one of them is damaged, up to that one. */
  *#rows(window: Buffer, from: number, count: number): Generator<string[]> {
    let rows: string[][] | undefined;
    try {
      rows = parseRows(this.#text(window.subarray(from, this.#lines[count - 1])));
    } catch {
      // Said again below, by the row that it is about.
    }
    if (rows !== undefined) yield* rows;
    else for (const line of this.#lineTexts(window, from, count)) yield* parseRows(line);
    this.#hasBegun = true;
  }

  *#lineTexts(window: Buffer, from: number, count: number): Generator<string> {
    let begin = from;
    for (let k = 0; k < count; k++) {
      const end = this.#lines[k] ?? begin;
      yield this.#text(window.subarray(begin, end));
      begin = end;
      this.#hasBegun = true;
    }
  }

  /** @throws DataBlockError RECORD_INVALID when it is no UTF-8. A byte order mark may be the first thing there is. */
  #text(bytes: Uint8Array): string {
    try {
      return (this.#hasBegun ? utf8 : utf8AfterMark).decode(bytes);
    } catch {
      throw errorNamed('RECORD_INVALID', 'it is no UTF-8');
    }
  }

  #explained(error: unknown): unknown {
    if (!(error instanceof DataBlockError)) return error;
    return error.code === 'RECORD_INVALID' ? this.#invalid(error.detail ?? error.message, error) : error;
  }

  /** About the record after those that were read. */
  #invalid(detail: string, cause?: unknown): DataBlockError {
    const what =
      this.#framing === 'csv' && this.#columns === undefined
        ? `the column names of ${this.#input.name}`
        : `record ${this.#read + 1} of ${this.#input.name}`;
    return errorNamed('RECORD_INVALID', `${what}: ${detail}`, { cause });
  }
}
