import type { NativeProducer } from '../native';
import { errorNamed, fromStatus } from './errors';
import { checkFlags, checkRange, checkUint32 } from './options';
import type { MessageRegisters } from './message-registers';
import type { RecordViews } from './record-views';
import { detach, type SlotViews } from './slot-views';
import { THREAD_BOUND } from './thread-bound';
import type { StructSpec, WriteView } from '../schema/record-types';
import type { Schema } from '../schema/schema';

/**
 * The slot that a {@link Producer} has in hand, from `acquire` to {@link commit} or {@link abort}.
 *
 * One object per producer, used again for each message: nothing of it is valid once the slot was let go, and
 * every member then throws NOTHING_IN_HAND. Belongs to the thread of its producer.
 */
export class WriteSlot {
  /** Keeps it from being sent to another thread. @internal */
  readonly threadBound: symbol = THREAD_BOUND;
  readonly #native: NativeProducer;
  readonly #registers: MessageRegisters;
  readonly #views: SlotViews;
  readonly #capacity: number;
  readonly #checked: boolean;
  #slot = -1;
  readonly #records: RecordViews;
  /** Checked mode: the private copy that was handed out for the slot in hand. */
  #copy: Uint8Array | undefined;

  /** @internal */
  constructor(
    native: NativeProducer,
    registers: MessageRegisters,
    views: SlotViews,
    records: RecordViews,
    checked: boolean,
  ) {
    this.#native = native;
    this.#registers = registers;
    this.#views = views;
    this.#records = records;
    this.#capacity = native.info.slotSize;
    this.#checked = checked;
  }

  /** @internal Begins a message in the slot that the addon has acquired. */
  take(slot: number): this {
    this.#slot = slot;
    return this;
  }

  /** Whether the slot is still to be committed or aborted. */
  get inHand(): boolean {
    return this.#slot >= 0;
  }

  /** Number of the message that is being written. */
  get seq(): bigint {
    this.#requireInHand();
    return this.#registers.seq;
  }

  /** Index of the slot in the ring. */
  get index(): number {
    this.#requireInHand();
    return this.#slot;
  }

  /** Most bytes that a message can have. */
  get capacity(): number {
    return this.#capacity;
  }

  /**
   * The slot's memory, {@link capacity} bytes, shared: what is written here is what consumers will read,
   * without a copy. It still holds the bytes of an older message. Do not keep the view: after {@link commit}
   * or {@link abort} the memory belongs to others (option `checked` guards against that).
   */
  get buffer(): Uint8Array {
    this.#requireInHand();
    if (!this.#checked) return this.#views.view(this.#slot, this.#capacity);
    this.#copy ??= new Uint8Array(this.#capacity);
    return this.#copy;
  }

  /**
   * The slot as a record of this schema: a view whose fields are written where they lie. The same object for each
   * message of this producer; it throws NOTHING_IN_HAND once the slot was let go. Fields that are not set keep what
   * an older message left in the slot. Publish it with `commit(schema.size)`.
   * @throws DataBlockError NO_SCHEMA; SCHEMA_MISMATCH unless it is the block's.
   */
  as<S extends StructSpec>(schema: Schema<S>): WriteView<S> {
    this.#requireInHand();
    const view = this.#checked
      ? this.#records.over(schema, this.buffer)
      : this.#records.at(schema, this.#slot, this.#capacity);
    return view as unknown as WriteView<S>;
  }

  /**
   * Reads from a file descriptor straight into the slot, up to `length` bytes at `offset`; one call of the
   * system's `read`.
   * @returns bytes read; 0 at the end of the file.
   * @throws DataBlockError IO; INTERRUPTED when signals are caught and one came. The slot stays in hand.
   */
  readFrom(fd: number, offset: number, length: number): number {
    this.#requireInHand();
    checkRange('readFrom', 'offset', offset, 0, this.#capacity);
    checkRange('readFrom', 'length', length, 0, this.#capacity - offset);
    const status = this.#native.readFrom(fd, offset, length);
    if (status < 0) throw fromStatus(status);
    if (this.#checked)
      this.buffer.set(this.#views.view(this.#slot, this.#capacity).subarray(offset, offset + status), offset);
    return status;
  }

  /**
   * Publishes the first `length` bytes of {@link buffer} as one message, and lets the slot go.
   * @param flags message flags ({@link MessageFlag}), an unsigned 32-bit integer without `End`.
   * @throws DataBlockError MESSAGE_TOO_LARGE: the slot stays in hand. FENCED: an operator took the slot away
   *   meanwhile, nothing was published, the slot is let go; the producer itself is fine.
   */
  commit(length: number, flags = 0): void {
    this.#fillIn('commit', length, flags);
    this.#letGo();
    const status = this.#native.commit(length, flags);
    if (status < 0) throw fromStatus(status);
  }

  /**
   * Stores the checksum of the first `length` bytes of {@link buffer}: for blocks that leave that to their users (policy
   * `manual`). Then {@link commit} the same length and flags.
   * @throws DataBlockError CONFIG_INVALID (the block has no checksums), MESSAGE_TOO_LARGE: the slot stays in hand.
   */
  updateChecksum(length: number, flags = 0): void {
    this.#fillIn('updateChecksum', length, flags);
    const status = this.#native.updateChecksum(length, flags);
    if (status < 0) throw fromStatus(status);
  }

  /** Gives the slot up without a message. Its number becomes a tombstone that consumers step over. */
  abort(): void {
    this.#requireInHand();
    this.#letGo();
    const status = this.#native.abort();
    if (status < 0) throw fromStatus(status);
  }

  /** Aborts the message if it was neither committed nor aborted: `using slot = producer.acquire()`. */
  [Symbol.dispose](): void {
    if (this.inHand) this.abort();
  }

  /** @internal The producer has let go of everything. */
  forget(): void {
    this.#letGo();
  }

  /** What was written is in shared memory; it may have those flags. */
  #fillIn(what: string, length: number, flags: number): void {
    this.#requireInHand();
    checkFlags(what, flags);
    if (length > this.#capacity)
      throw errorNamed('MESSAGE_TOO_LARGE', `${length} bytes, and a slot has ${this.#capacity}`);
    checkUint32(what, 'length', length);
    if (this.#copy !== undefined)
      this.#views.view(this.#slot, this.#capacity).set(this.#copy.subarray(0, length));
  }

  #letGo(): void {
    this.#slot = -1;
    this.#records.end();
    if (this.#copy !== undefined) {
      detach(this.#copy);
      this.#copy = undefined;
    }
  }

  #requireInHand(): void {
    if (this.#slot < 0) throw errorNamed('NOTHING_IN_HAND');
  }
}
