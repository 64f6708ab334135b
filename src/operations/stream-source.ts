import { errorNamed } from '../api/errors';
import type { LastRecord, PayloadSize, RecordSplitter } from './framing/framing';
import type { InputFraming } from './framing/input-framing';
import { splitterFor } from './framing/input-framing';
import type { Input } from './input';
import type { Publisher } from './publisher';

/** The window on the input is at least this large, and is read into in pieces of at least {@link MIN_READ}. */
const WINDOW = 1024 * 1024;
const MIN_READ = 256 * 1024;

const NEWLINE = 0x0a;

const MAX_RECORDS_AT_ONCE = 8192;

/** From this size on, records of a regular file are read straight into their slots. */
const MIN_DIRECT = 64 * 1024;

/**
 * Publishes the records of an input, to its end, with a memory need that does not depend on the input's length: a window of it, in which the records are
 * found, goes through memory.
 */
export class StreamSource {
  readonly #input: Input;
  readonly #framing: InputFraming;
  readonly #publisher: Publisher;
  readonly #splitter: RecordSplitter;
  readonly #ends = new Uint32Array(MAX_RECORDS_AT_ONCE);
  /** Records that were read. The number of a record, as messages name it, counts from 1. */
  #records = 0;

  constructor(input: Input, framing: InputFraming, publisher: Publisher) {
    this.#input = input;
    this.#framing = framing;
    this.#publisher = publisher;
    this.#splitter = splitterFor(framing, publisher.slotSize);
  }

  /**
   * Ends at the end of the input, or when the publisher's limit is reached.
   * @throws DataBlockError MESSAGE_TOO_LARGE and BAD_DATA, naming the record: those before it are published, nothing of it is; TIMEOUT, INTERRUPTED, IO, ...
   */
  run(): void {
    if (this.#framing.kind === 'fixed') this.#requireFits({ bytes: this.#framing.size, exact: true });
    this.#runDirect();
    this.#runWindow();
  }

  /** The part of a regular file whose records can be read straight into slots: nothing can hold such a read up while it has the slot. */
  #runDirect(): void {
    const size = this.#framing.kind === 'fixed' ? this.#framing.size : this.#publisher.slotSize;
    const anySplit = this.#framing.kind === 'fixed' || this.#framing.kind === 'raw';
    if (!anySplit || size < MIN_DIRECT) return;
    for (let left = this.#input.remaining(); left >= size && this.#publisher.remaining > 0; left -= size) {
      this.#publisher.publishFilled(size, (slot) => {
        for (let filled = 0; filled < size;) {
          const read = slot.readFrom(this.#input.fd, filled, size - filled);
          if (read === 0) throw errorNamed('IO', `${this.#input.name} became shorter while it was read`);
          filled += read;
        }
      });
      this.#records++;
    }
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

  /** Publishes the whole records in `window[from, to)`; returns where the first one that is not whole begins. */
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
    if ('missing' in last) {
      throw errorNamed(
        'BAD_DATA',
        `record ${this.#records + 1} of ${this.#input.name} lacks ${last.missing} ${last.missing === 1 ? 'byte' : 'bytes'} at the end of the input`,
      );
    }
    this.#ends[0] = last.end - last.begin;
    this.#publisher.publish(window.subarray(last.begin, last.end), this.#ends, 1, 0, last.flags);
    this.#records++;
  }

  /** @throws DataBlockError MESSAGE_TOO_LARGE, about the record after those that were read. `window` may be overwritten then. */
  #requireFits(size: PayloadSize, window?: Buffer): void {
    if (size.bytes <= this.#publisher.slotSize) return;
    const exact = size.exact || window === undefined ? size : this.#measureLine(size.bytes, window);
    throw errorNamed(
      'MESSAGE_TOO_LARGE',
      `record ${this.#records + 1} of ${this.#input.name} has ${exact.exact ? '' : 'at least '}${exact.bytes} bytes, and a slot has ${this.#publisher.slotSize}`,
    );
  }

  /** Reads on to the end of a line, where that cannot take long: the user wants to know how large a slot must be. */
  #measureLine(bytes: number, window: Buffer): PayloadSize {
    for (let left = this.#input.remaining(), size = bytes; left > 0;) {
      const read = this.#input.read(window, 0, window.length);
      const newline = window.subarray(0, read).indexOf(NEWLINE);
      if (newline >= 0 || read === 0) return { bytes: size + Math.max(newline, 0), exact: true };
      size += read;
      left -= read;
      if (left <= 0) return { bytes: size, exact: true };
    }
    return { bytes, exact: false };
  }
}
