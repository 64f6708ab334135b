import { checksumVerdicts, type ChecksumVerdict, type NativeConsumer } from '../native';
import { errorNamed, fromStatus } from './errors';
import type { MessageRegisters } from './message-registers';
import { checkRange } from './options';
import type { RecordViews } from './record-views';
import { detach, type SlotViews } from './slot-views';
import type { ReadView, StructSpec } from '../schema/record-types';
import type { Schema } from '../schema/schema';

/** Up to this length a loop copies faster than a view can be made. */
const MAX_LOOP_COPY = 96;

/**
 * Messages that a {@link Consumer} has in hand together, oldest first, numbered from 0 to {@link count} - 1.
 *
 * One object per consumer, used again for each batch. A message's members throw NOTHING_IN_HAND once it was
 * released. Belongs to the thread of its consumer.
 */
export class ReadBatch {
  readonly #native: NativeConsumer;
  readonly #registers: MessageRegisters;
  readonly #views: SlotViews;
  readonly #checked: boolean;
  readonly #payload: Uint8Array;
  readonly #stride: number;
  #slots = new Uint32Array(0);
  #lengths = new Uint32Array(0);
  #flags = new Uint32Array(0);
  #count = 0;
  #released = 0;
  readonly #records: RecordViews;
  /** The message whose record is looked at, -1: none. */
  #recordOf = -1;
  #copies: (Uint8Array | undefined)[] = [];

  /** @internal */
  constructor(
    native: NativeConsumer,
    registers: MessageRegisters,
    views: SlotViews,
    records: RecordViews,
    checked: boolean,
  ) {
    this.#native = native;
    this.#registers = registers;
    this.#views = views;
    this.#records = records;
    this.#checked = checked;
    this.#payload = new Uint8Array(native.payload);
    this.#stride = native.info.stride;
  }

  /** @internal Takes up to `max` messages in hand; returns how many, or the negated error. */
  acquire(max: number, timeoutMs: number): number {
    if (max > this.#slots.length) {
      this.#slots = new Uint32Array(max);
      this.#lengths = new Uint32Array(max);
      this.#flags = new Uint32Array(max);
    }
    const status = this.#native.acquireMany(max, this.#slots, this.#lengths, this.#flags, timeoutMs);
    if (status > 0) {
      this.#count = status;
      this.#released = 0;
    }
    return status;
  }

  /** Messages of this batch, released ones included. */
  get count(): number {
    return this.#count;
  }

  /** Messages of this batch that are not released yet. */
  get inHand(): number {
    return this.#count - this.#released;
  }

  /** Messages lost, and declared, just before the first message of the batch. */
  get lost(): bigint {
    this.#requireInHand(0);
    return this.#registers.lost;
  }

  /** Number of message `k`: the messages of a batch follow one another without a gap. */
  seq(k: number): bigint {
    this.#requireInHand(k);
    return this.#registers.seq + BigInt(k);
  }

  /** Bytes of message `k`. */
  length(k: number): number {
    this.#requireInHand(k);
    return this.#lengths[k] ?? 0;
  }

  /** What message `k` was committed with ({@link MessageFlag}). */
  flags(k: number): number {
    this.#requireInHand(k);
    return this.#flags[k] ?? 0;
  }

  /**
   * The bytes of message `k`, as they lie in shared memory: see {@link ReadSlot.data} for what must not be
   * done with them.
   */
  data(k: number): Uint8Array {
    this.#requireInHand(k);
    const view = this.#views.view(this.#slotOf(k), this.#lengths[k] ?? 0);
    if (!this.#checked) return view;
    return (this.#copies[k] ??= view.slice());
  }

  /**
   * Message `k` as a record of this schema, as {@link ReadSlot.as}: the same object for each message, so that only
   * the one that was asked for last is seen.
   */
  as<S extends StructSpec>(schema: Schema<S>, k: number): ReadView<S> {
    this.#requireInHand(k);
    this.#recordOf = k;
    const view = this.#checked
      ? this.#records.over(schema, this.data(k))
      : this.#records.at(schema, this.#slotOf(k), this.#lengths[k] ?? 0);
    return view as unknown as ReadView<S>;
  }

  /**
   * Copies message `k` into `target` at offset `at`, without making a view.
   * @returns the offset after it. @throws DataBlockError INVALID_ARGUMENT when there is no room for it.
   */
  copyTo(k: number, target: Uint8Array, at: number): number {
    this.#requireInHand(k);
    const length = this.#lengths[k] ?? 0;
    checkRange('copyTo', 'at', at, 0, target.length - length);
    if (length > MAX_LOOP_COPY) {
      target.set(this.#views.view(this.#slotOf(k), length), at);
    } else {
      const begin = this.#slotOf(k) * this.#stride;
      for (let i = 0; i < length; i++) target[at + i] = this.#payload[begin + i] ?? 0;
    }
    return at + length;
  }

  /**
   * Writes part of message `k` to a file descriptor, straight from shared memory.
   * @throws DataBlockError IO, BROKEN_PIPE; INTERRUPTED when signals are caught and one came. The message
   *   stays in hand.
   */
  writeTo(fd: number, k: number, offset = 0, length = this.length(k) - offset): void {
    this.#requireInHand(k);
    checkRange('writeTo', 'offset', offset, 0, this.#lengths[k] ?? 0);
    checkRange('writeTo', 'length', length, 0, (this.#lengths[k] ?? 0) - offset);
    const status = this.#native.writeTo(fd, this.#slotOf(k), offset, length);
    if (status < 0) throw fromStatus(status);
  }

  /** Recomputes the checksum of message `k`, as {@link ReadSlot.verifyChecksum}. */
  verifyChecksum(k: number): ChecksumVerdict {
    this.#requireInHand(k);
    const verdict = this.#native.verifyChecksum(k);
    if (verdict < 0) throw fromStatus(verdict);
    return checksumVerdicts[verdict] ?? 'absent';
  }

  /**
   * Lets the oldest `count` of the messages in hand go; by default all of them.
   * @throws DataBlockError EVICTED or OVERRUN: what was read is not to be trusted. They are let go all the
   *   same.
   */
  release(count: number = this.inHand): void {
    checkRange('release', 'count', count, 0, this.inHand);
    if (count === 0) return;
    this.#released += count;
    if (this.#recordOf < this.#released) this.#endRecord();
    if (this.inHand === 0) this.#detachCopies();
    const status = this.#native.releaseMany(count);
    if (status < 0) throw fromStatus(status);
  }

  /** Releases what is still in hand: `using batch = consumer.acquireMany(100)`. */
  [Symbol.dispose](): void {
    this.release();
  }

  /** @internal The consumer has let go of everything. */
  forget(): void {
    this.#released = this.#count;
    this.#endRecord();
    this.#detachCopies();
  }

  #endRecord(): void {
    this.#recordOf = -1;
    this.#records.end();
  }

  #slotOf(k: number): number {
    return this.#slots[k] ?? 0;
  }

  #detachCopies(): void {
    for (const copy of this.#copies) if (copy !== undefined) detach(copy);
    this.#copies = [];
  }

  #requireInHand(k: number): void {
    if (!(k >= this.#released && k < this.#count))
      throw errorNamed('NOTHING_IN_HAND', `message ${k} of the batch`);
  }
}
