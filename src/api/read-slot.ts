import { checksumVerdicts, type ChecksumVerdict, type NativeConsumer } from '../native';
import { errorNamed, fromStatus } from './errors';
import type { MessageRegisters } from './message-registers';
import { checkRange } from './options';
import type { RecordViews } from './record-views';
import { detach, type SlotViews } from './slot-views';
import { THREAD_BOUND } from './thread-bound';
import type { ReadView, StructSpec } from '../schema/record-types';
import type { Schema } from '../schema/schema';

/**
 * The message that a {@link Consumer} has in hand, from `acquire` to {@link release}.
 *
 * One object per consumer, used again for each message: nothing of it is valid once the message was released,
 * and every member then throws NOTHING_IN_HAND. Belongs to the thread of its consumer.
 */
export class ReadSlot {
  /** Keeps it from being sent to another thread. @internal */
  readonly threadBound: symbol = THREAD_BOUND;
  readonly #native: NativeConsumer;
  readonly #registers: MessageRegisters;
  readonly #views: SlotViews;
  readonly #checked: boolean;
  #slot = -1;
  readonly #records: RecordViews;
  /** Checked mode: the private copy that was handed out for the message in hand. */
  #copy: Uint8Array | undefined;

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
  }

  /** @internal Begins the message that the addon has acquired. */
  take(slot: number): this {
    this.#slot = slot;
    return this;
  }

  /** Whether the message is still to be released. */
  get inHand(): boolean {
    return this.#slot >= 0;
  }

  /**
   * The message's number. Numbers only ever grow; some are skipped (aborted messages, end-of-stream marks,
   * losses).
   */
  get seq(): bigint {
    this.#requireInHand();
    return this.#registers.seq;
  }

  /** Index of the message's slot in the ring. */
  get index(): number {
    this.#requireInHand();
    return this.#slot;
  }

  /** Bytes of the message. */
  get length(): number {
    this.#requireInHand();
    return this.#registers.length;
  }

  /** What the producer committed the message with ({@link MessageFlag}). */
  get flags(): number {
    this.#requireInHand();
    return this.#registers.flags;
  }

  /**
   * Messages that this consumer could not read just before this one: 0 for a `sync` consumer of a sound
   * block.
   */
  get lost(): bigint {
    this.#requireInHand();
    return this.#registers.lost;
  }

  /** Participant id of the message's producer. */
  get writer(): number {
    this.#requireInHand();
    return this.#registers.writer;
  }

  /**
   * The message's bytes, as they lie in shared memory. Mapped **read-only: a write through this view ends the
   * whole process with SIGSEGV** (with option `checked` it is a private copy, which may be written to). Do
   * not keep it: after {@link release} the memory will be overwritten with another message; copy what you
   * need (`data.slice()`).
   */
  get data(): Uint8Array {
    this.#requireInHand();
    const view = this.#views.view(this.#slot, this.#registers.length);
    if (!this.#checked) return view;
    this.#copy ??= view.slice();
    return this.#copy;
  }

  /**
   * The message as a record of this schema: a view whose fields are read where they lie. The same object for each
   * message of this consumer; it throws NOTHING_IN_HAND once the message was released. Its arrays are views of
   * {@link data}, and what is said there goes for them.
   * @throws DataBlockError NO_SCHEMA; SCHEMA_MISMATCH unless it is the block's (or with `schemaMatch` of the consumer
   *   `compatible`); RECORD_INVALID when the message is too short.
   */
  as<S extends StructSpec>(schema: Schema<S>): ReadView<S> {
    this.#requireInHand();
    const view = this.#checked
      ? this.#records.over(schema, this.data)
      : this.#records.at(schema, this.#slot, this.#registers.length);
    return view as unknown as ReadView<S>;
  }

  /**
   * Writes part of the message to a file descriptor, straight from shared memory.
   * @throws DataBlockError IO, BROKEN_PIPE; INTERRUPTED when signals are caught and one came. The message
   *   stays in hand.
   */
  writeTo(fd: number, offset = 0, length = this.length - offset): void {
    this.#requireInHand();
    checkRange('writeTo', 'offset', offset, 0, this.#registers.length);
    checkRange('writeTo', 'length', length, 0, this.#registers.length - offset);
    const status = this.#native.writeTo(fd, this.#slot, offset, length);
    if (status < 0) throw fromStatus(status);
  }

  /**
   * Recomputes the message's checksum: for blocks that leave that to their users (policy `manual`). One that differs is
   * counted.
   */
  verifyChecksum(): ChecksumVerdict {
    this.#requireInHand();
    const verdict = this.#native.verifyChecksum(-1);
    if (verdict < 0) throw fromStatus(verdict);
    return checksumVerdicts[verdict] ?? 'absent';
  }

  /**
   * Lets the message go. To a `sync` consumer's producers this says that its slot may be written again.
   * @throws DataBlockError EVICTED or OVERRUN: what was read is not to be trusted. The message is let go all
   *   the same.
   */
  release(): void {
    this.#requireInHand();
    this.forget();
    const status = this.#native.release();
    if (status < 0) throw fromStatus(status);
  }

  /** Releases the message if that was not done: `using message = consumer.acquire()`. */
  [Symbol.dispose](): void {
    if (this.inHand) this.release();
  }

  /** @internal The consumer has let go of everything. */
  forget(): void {
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
