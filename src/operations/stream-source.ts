import { errorNamed, type DataBlockError } from '../api/errors';
import type { WriteSlot } from '../api/write-slot';
import type { LastRecord, PayloadSize, RecordSplitter } from './framing/framing';
import { splitterFor, type ByteFraming } from './framing/input-framing';
import type { Input } from './input';
import type { Publisher } from './publisher';

/** The window on the input is at least this large, and is read into in pieces of at least {@link MIN_READ}. */
const WINDOW = 1024 * 1024;
const MIN_READ = 256 * 1024;

const NEWLINE = 0x0a;

const MAX_RECORDS_AT_ONCE = 8192;

/** From this size on records are read straight into their slots, where that is possible. */
const MIN_DIRECT = 64 * 1024;

/** So much of such a record, at most, is waited for before its slot is taken. */
const HEAD = 4096;

/**
 * Publishes the records of an input, to its end, with a memory need that does not depend on the input's
 * length: a window of it, in which the records are found, goes through memory.
 */
export class StreamSource {
  readonly #input: Input;
  readonly #framing: ByteFraming;
  readonly #publisher: Publisher;
  readonly #splitter: RecordSplitter;
  readonly #ends = new Uint32Array(MAX_RECORDS_AT_ONCE);
  /** Records that were read. The number of a record, as messages name it, counts from 1. */
  #records = 0;

  constructor(input: Input, framing: ByteFraming, publisher: Publisher) {
    this.#input = input;
    this.#framing = framing;
    this.#publisher = publisher;
    this.#splitter = splitterFor(framing, publisher.slotSize);
  }

  /**
   * Ends at the end of the input, or when the publisher's limit is reached.
   * @throws DataBlockError MESSAGE_TOO_LARGE and BAD_DATA, naming the record: those before it are published,
   *   nothing of it is; TIMEOUT, INTERRUPTED, IO, ...
   */
  run(): void {
    if (this.#framing.kind === 'fixed') this.#requireFits({ bytes: this.#framing.size, exact: true });
    if (this.#isDirect()) this.#runDirect();
    else this.#runWindow();
  }

  /**
   * Whether records are large enough to be read straight into their slots, and that stands in nobody's way:
   * an input that is not there yet must not keep a slot open that the messages of other producers come after.
   */
  #isDirect(): boolean {
    const { kind } = this.#framing;
    if (kind === 'fixed')
      return this.#framing.size >= MIN_DIRECT && (this.#input.isFile || this.#publisher.isAlone);
    return kind === 'raw' && this.#publisher.slotSize >= MIN_DIRECT && this.#input.isFile;
  }

  /** Each record's first bytes are waited for without a slot; the others are read where they belong. */
  #runDirect(): void {
    const size = this.#framing.kind === 'fixed' ? this.#framing.size : this.#publisher.slotSize;
    const head = Buffer.allocUnsafeSlow(HEAD);
    while (this.#publisher.remaining > 0) {
      const got = this.#input.read(head, 0, HEAD);
      if (got === 0) return;
      this.#publisher.publishFilled((slot) => {
        slot.buffer.set(head.subarray(0, got));
        return got + this.#fill(slot, got, size);
      });
      this.#records++;
    }
  }

  /**
   * Reads the rest of a record. @returns bytes read. @throws DataBlockError BAD_DATA when a fixed record is
   * cut short.
   */
  #fill(slot: WriteSlot, from: number, size: number): number {
    if (this.#framing.kind === 'raw') return slot.readFrom(this.#input.fd, from, size - from);
    for (let at = from; at < size;) {
      const read = slot.readFrom(this.#input.fd, at, size - at);
      if (read === 0) throw this.#cutShort(size - at);
      at += read;
    }
    return size - from;
  }

  #runWindow(): void {
    const { lead, tail } = this.#splitter;
    const window = Buffer.allocUnsafeSlow(
      Math.max(WINDOW, lead + this.#publisher.slotSize + tail + MIN_READ),
    );
    let from = 0;
    let to = 0;
    while (this.#publisher.remaining > 0) {
      if (from > 0 && (from === to || window.length - to < MIN_READ)) {
        window.copyWithin(0, from, to);
        to -= from;
        from = 0;
      }
      const read = this.#input.read(window, to, window.length - to);
      if (read === 0) {
        if (from < to) this.#publishLast(window, from, to);
        return;
      }
      to += read;
      from = this.#publishRecords(window, from, to);
      if (from < to) this.#requireFits(this.#splitter.incomplete(window, from, to), window);
    }
  }

  /**
   * Publishes the whole records in `window[from, to)`; returns where the first one that is not whole begins.
   */
  #publishRecords(window: Buffer, from: number, to: number): number {
    const { lead, tail, flags } = this.#splitter;
    const ends = this.#ends;
    let begin = from;
    while (begin < to && this.#publisher.remaining > 0) {
      const count = this.#splitter.split(window, begin, to, ends);
      if (count === 0) break;
      const next = begin + lead + (ends[count - 1] ?? 0) + tail;
      const fitting = this.#countFitting(ends, count);
      const tooLarge = fitting < count ? this.#sizeOf(ends, fitting) : 0;
      this.#publisher.publish(window.subarray(begin + lead, to), ends, fitting, lead + tail, flags);
      this.#records += fitting;
      if (fitting < count && this.#publisher.remaining > 0)
        this.#requireFits({ bytes: tooLarge, exact: true });
      begin = next;
    }
    return begin;
  }

  #sizeOf(ends: Uint32Array, k: number): number {
    const { lead, tail } = this.#splitter;
    return (ends[k] ?? 0) - (k === 0 ? 0 : (ends[k - 1] ?? 0) + tail + lead);
  }

  /** How many of the first records have room in a slot. */
  #countFitting(ends: Uint32Array, count: number): number {
    let k = 0;
    while (k < count && this.#sizeOf(ends, k) <= this.#publisher.slotSize) k++;
    return k;
  }

  #publishLast(window: Buffer, from: number, to: number): void {
    const last: LastRecord = this.#splitter.atEnd(window, from, to);
    if ('missing' in last) throw this.#cutShort(last.missing);
    this.#ends[0] = last.end - last.begin;
    this.#publisher.publish(window.subarray(last.begin, last.end), this.#ends, 1, 0, last.flags);
    this.#records++;
  }

  #cutShort(missing: number): DataBlockError {
    const record = `record ${this.#records + 1} of ${this.#input.name}`;
    return errorNamed(
      'BAD_DATA',
      `${record} lacks ${missing} ${missing === 1 ? 'byte' : 'bytes'} at the end of the input`,
    );
  }

  /**
   * @throws DataBlockError MESSAGE_TOO_LARGE, about the record after those that were read. `window` may be
   *   overwritten then.
   */
  #requireFits(size: PayloadSize, window?: Buffer): void {
    if (size.bytes <= this.#publisher.slotSize) return;
    const exact = size.exact || window === undefined ? size : this.#measureLine(size.bytes, window);
    throw errorNamed(
      'MESSAGE_TOO_LARGE',
      `record ${this.#records + 1} of ${this.#input.name} has ${exact.exact ? '' : 'at least '}${exact.bytes} bytes, and a slot has ${this.#publisher.slotSize}`,
    );
  }

  /**
   * Reads on to the end of a line, where that cannot take long: the user wants to know how large a slot must
   * be.
   */
  #measureLine(bytes: number, window: Buffer): PayloadSize {
    if (!this.#input.isFile) return { bytes, exact: false };
    for (let size = bytes; ;) {
      const read = this.#input.read(window, 0, window.length);
      const newline = window.subarray(0, read).indexOf(NEWLINE);
      if (newline >= 0 || read === 0) return { bytes: size + Math.max(newline, 0), exact: true };
      size += read;
    }
  }
}
