import {
  native,
  type ConsumerJoinOptions,
  type HandleStats,
  type NativeConsumer,
  type SegmentInfo,
  type Timeouts,
} from '../native';
import { DataBlockError, ErrorNumber, errorNamed, fromStatus, translated } from './errors';
import { MessageRegisters } from './message-registers';
import {
  checkCallback,
  checkConsumerOptions,
  checkIterationOptions,
  checkName,
  checkRange,
  checkTimeout,
  forAddon,
  type HandleOptions,
  type Given,
} from './options';
import { RecordViews, type SchemaMatch } from './record-views';
import { ReadBatch } from './read-batch';
import { ReadSlot } from './read-slot';
import { MessageReadStream } from './read-stream';
import { SharedMemory } from './shared-memory';
import type { SharedSpinLock } from './shared-spin-lock';
import { SlotViews } from './slot-views';
import { THREAD_BOUND } from './thread-bound';
import { timeouts } from './timeouts';
import { runTransaction } from './transaction';
import type { Zone } from './zone';
import { waitAsync, type WaitOptions } from './waiting';

export interface ConsumerOptions extends Given<ConsumerJoinOptions>, HandleOptions {
  /**
   * Called when messages were lost to this consumer, before the next message is handed over: how many, and
   * the number of that next message. The same figure is in {@link ReadSlot.lost}. Must not use the consumer.
   */
  onLoss?: (lost: bigint, nextSeq: bigint) => void;
  /** For calls that name no time-out of their own. Default: {@link timeouts}. */
  timeouts?: Partial<Timeouts>;
}

/** How {@link Consumer.messages} goes on. */
export interface IterationOptions extends WaitOptions {
  /** At the end of a stream wait for the next one instead of ending the loop. Default false. */
  follow?: boolean;
}

/** After this many messages that were ready at once, an iteration lets the event loop have its turn. */
const MESSAGES_PER_TURN = 256;

const MAX_BATCH = 65_536;

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Reads messages from a block.
 *
 * **Modes**: `sync` (default) gets every message from when it joins and holds producers back when it is slow;
 * `sequential` gets them in order but never holds anyone back, and is told how many it lost; `latest` gets
 * the newest message there is. A `latest` consumer skips by design.
 *
 * **Time-outs** are milliseconds on the monotonic clock: 0 tries once, -1 waits for ever. Calls that wait take
 * the option `timeouts` where they are given none: by default for ever. A call named `try...` and {@link withNextSlot} answer `undefined` when there is no message
 * within the time-out; every other call throws TIMEOUT. The end of a stream is END_OF_STREAM in all of them,
 * once per stream: calling again goes on with the next one.
 *
 * **Errors** are {@link DataBlockError} and nothing else. After CHECKSUM_MISMATCH the damaged message is
 * skipped; calling again goes on.
 *
 * **Threads**: a handle belongs to the thread that opened it. Calls without `Async` in their name block that
 * thread while they wait; the asynchronous ones (`for await` too) wait on a thread of the handle's own, one
 * at a time per handle.
 *
 * One message or batch is in hand at a time: another `acquire` before `release` throws NESTED_USE.
 */
export class Consumer {
  /** Identity and configuration of the block, as they were when it was joined. */
  readonly info: SegmentInfo;
  /** This consumer's id among the participants of the block, 1 to 64. */
  readonly participant: number;
  /** Keeps it from being sent to another thread. @internal */
  readonly threadBound: symbol = THREAD_BOUND;
  readonly #native: NativeConsumer;
  readonly #views: SlotViews;
  readonly #slot: ReadSlot;
  readonly #registers: MessageRegisters;
  readonly #checked: boolean;
  readonly #timeouts: Timeouts;
  readonly #schemaMatch: SchemaMatch;
  readonly #onLoss: ConsumerOptions['onLoss'];
  #batch: ReadBatch | undefined;
  readonly #shared: SharedMemory;
  #closed = false;

  private constructor(
    handle: NativeConsumer,
    checked: boolean,
    schemaMatch: SchemaMatch,
    onLoss: ConsumerOptions['onLoss'],
    waits: Timeouts,
  ) {
    this.#timeouts = waits;
    this.info = handle.info;
    this.participant = handle.participant;
    this.#native = handle;
    this.#checked = checked;
    this.#schemaMatch = schemaMatch;
    this.#onLoss = onLoss;
    this.#shared = new SharedMemory(handle, waits.lockMs);
    this.#views = new SlotViews(handle.payload, this.info);
    this.#registers = new MessageRegisters(handle.registers);
    this.#slot = new ReadSlot(handle, this.#registers, this.#views, this.#records(), checked);
  }

  /**
   * Joins an existing block as a consumer. Without a schema it sees bytes, also where the block has one.
   * @throws SchemaValidationError SCHEMA_MISMATCH, NO_SCHEMA. @throws DataBlockError NO_SUCH_BLOCK, SYNC_FORBIDDEN, PARTICIPANTS_FULL, PERMISSION, ...
   */
  static open(name: string, options: ConsumerOptions = {}): Consumer {
    checkName('Consumer.open', name);
    checkConsumerOptions('Consumer.open', options);
    const { checked = false, onLoss, timeouts: own, ...join } = options;
    const waits = timeouts(own);
    return new Consumer(
      translated(() => native().openConsumer(name, forAddon(join))),
      checked,
      join.schemaMatch ?? 'exact',
      onLoss,
      waits,
    );
  }

  #records(): RecordViews {
    return new RecordViews(this.#native.payload, this.info, false, this.#schemaMatch);
  }

  /**
   * Takes the next message in hand.
   * @returns the handle's one slot object; valid until it is released.
   * @throws DataBlockError TIMEOUT, END_OF_STREAM, EVICTED, CHECKSUM_MISMATCH, NESTED_USE, INTERRUPTED,
   *   LOCK_LOST, CLOSED, CORRUPT.
   */
  acquire(timeoutMs = this.#timeouts.readMs): ReadSlot {
    checkTimeout('acquire', timeoutMs);
    const slot = this.#native.acquire(timeoutMs);
    if (slot < 0) throw fromStatus(slot);
    return this.#take(slot);
  }

  /**
   * Like {@link acquire}, but answers `undefined` when there is no message within the time-out, by default at
   * once.
   */
  tryAcquire(timeoutMs = 0): ReadSlot | undefined {
    checkTimeout('tryAcquire', timeoutMs);
    const slot = this.#native.acquire(timeoutMs);
    if (slot >= 0) return this.#take(slot);
    if (slot === -ErrorNumber.TIMEOUT) return undefined;
    throw fromStatus(slot);
  }

  /** Like {@link acquire}, without blocking the event loop. */
  async acquireAsync(options: WaitOptions = {}): Promise<ReadSlot> {
    this.#requireOpen();
    const slot = await waitAsync(
      'acquireAsync',
      (timeoutMs) => this.#native.acquireAsync(timeoutMs),
      options,
      this.#timeouts.readMs,
    );
    // What arrives after close() is no longer this handle's.
    this.#requireOpen();
    if (slot < 0) throw fromStatus(slot);
    return this.#take(slot);
  }

  /**
   * Takes up to `max` messages that are ready in hand together; waits for the first one only. A `sequential`
   * or `latest` consumer gets one.
   * @returns the handle's one batch object; valid until all of it is released.
   * @throws DataBlockError as {@link acquire}.
   */
  acquireMany(max: number, timeoutMs = this.#timeouts.readMs): ReadBatch {
    const status = this.#acquireMany('acquireMany', max, timeoutMs);
    if (typeof status === 'number') throw fromStatus(status);
    return status;
  }

  /**
   * Like {@link acquireMany}, but answers `undefined` when there is no message within the time-out, by
   * default at once.
   */
  tryAcquireMany(max: number, timeoutMs = 0): ReadBatch | undefined {
    const status = this.#acquireMany('tryAcquireMany', max, timeoutMs);
    if (typeof status !== 'number') return status;
    if (status === -ErrorNumber.TIMEOUT) return undefined;
    throw fromStatus(status);
  }

  #acquireMany(what: string, max: number, timeoutMs: number): ReadBatch | number {
    checkRange(what, 'max', max, 1, MAX_BATCH);
    checkTimeout(what, timeoutMs);
    this.#batch ??= new ReadBatch(this.#native, this.#registers, this.#views, this.#records(), this.#checked);
    const status = this.#batch.acquire(max, timeoutMs);
    if (status < 0) return status;
    this.#announceLoss();
    return this.#batch;
  }

  /**
   * All messages from here on, to the end of the stream. Each one is released when the loop goes on to the
   * next, or ends in any way; do not keep the message object or its data. An aborted signal, a time-out (of
   * the wait for one message), and every other error end the loop by throwing; iterating again goes on where
   * it ended.
   */
  async *messages(options: IterationOptions = {}): AsyncGenerator<ReadSlot, void, undefined> {
    checkIterationOptions('messages', options);
    const { follow = false, ...wait } = options;
    const slot = this.#slot;
    try {
      for (let ready = 1; ; ready++) {
        if (ready % MESSAGES_PER_TURN === 0) await nextTurn();
        try {
          const atOnce = wait.signal?.aborted === true ? undefined : this.tryAcquire(0);
          if (atOnce === undefined) {
            ready = 0;
            await this.acquireAsync(wait);
          }
        } catch (error) {
          if (!(error instanceof DataBlockError && error.code === 'END_OF_STREAM')) throw error;
          if (follow) continue;
          return;
        }
        yield slot;
        if (slot.inHand) slot.release();
      }
    } finally {
      if (slot.inHand) slot.release();
    }
  }

  /** `for await (const message of consumer)`: {@link messages} with its defaults. */
  [Symbol.asyncIterator](): AsyncGenerator<ReadSlot, void, undefined> {
    return this.messages();
  }

  /**
   * {@link messages} as a Node stream in object mode: one Buffer, a copy, for each message, which is let go
   * before the stream hands it on. Errors of the consumer are those of the stream. Destroying the stream
   * leaves the consumer open; both belong to this thread.
   */
  createReadStream(options: IterationOptions = {}): MessageReadStream {
    return new MessageReadStream(this, options);
  }

  /**
   * Acquires the next message, runs `body`, and releases the message when it returns or throws, or when the
   * promise that it returned has settled. The message counts as read either way. The error of `body` goes on.
   * @returns what `body` returned.
   * @throws DataBlockError as {@link acquire}; EVICTED or OVERRUN when what was read is not to be trusted.
   */
  withReadTransaction<T>(body: (message: ReadSlot) => T, timeoutMs = this.#timeouts.readMs): T {
    checkCallback('withReadTransaction', body);
    return this.#transact(this.acquire(timeoutMs), body);
  }

  /** Like {@link withReadTransaction}, and waits for the message without blocking the event loop. */
  async withReadTransactionAsync<T>(
    body: (message: ReadSlot) => T | PromiseLike<T>,
    options: WaitOptions = {},
  ): Promise<T> {
    checkCallback('withReadTransactionAsync', body);
    const slot = await this.acquireAsync(options);
    return this.#transact(slot, body);
  }

  /**
   * Like {@link withReadTransaction}, but answers `undefined`, without running `body`, when there is no
   * message within the time-out.
   */
  withNextSlot<T>(body: (message: ReadSlot) => T, timeoutMs = 0): T | undefined {
    checkCallback('withNextSlot', body);
    const slot = this.tryAcquire(timeoutMs);
    return slot === undefined ? undefined : this.#transact(slot, body);
  }

  #transact<T>(slot: ReadSlot, body: (message: ReadSlot) => T): T {
    const release = (): void => {
      if (slot.inHand) slot.release();
    };
    return runTransaction(() => body(slot), release, release);
  }

  /**
   * How many producers died without ending their stream since this consumer joined, those that nobody has
   * cleaned up after yet included. Asks the kernel about each participant: call it at human pace.
   */
  deadProducers(): number {
    return translated(() => this.#native.deadProducers());
  }

  /**
   * Tells operators that this consumer's program is making progress. Every message does so too. Never waits.
   * @throws DataBlockError LOCK_LOST, CLOSED.
   */
  heartbeat(): void {
    const status = this.#native.heartbeat();
    if (status < 0) throw fromStatus(status);
  }

  /**
   * For those who pass messages on, to a socket or a file: one could not be sent. Counted in the block's metrics
   * (`zmq_send_failures`, whose name is historical).
   */
  noteSendFailure(): void {
    this.#native.noteSendFailure();
  }

  /** One of the block's zones, by its name. @throws DataBlockError NO_SUCH_ZONE, CLOSED, PAYLOAD_TOO_LARGE. */
  zone(name: string): Zone {
    return this.#shared.zone(name);
  }

  /** One of the block's spinlocks, 0 to 31. @throws DataBlockError CONFIG_INVALID, CLOSED. */
  spinlock(index: number): SharedSpinLock {
    return this.#shared.spinlock(index);
  }

  /** Counters of this handle. */
  stats(): HandleStats {
    return translated(() => this.#native.stats());
  }

  /** Leaves the block; what is in hand is let go. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#shared.close();
    this.#slot.forget();
    this.#batch?.forget();
    this.#native.close();
  }

  /** `using consumer = Consumer.open(...)` closes it at the end of the scope. */
  [Symbol.dispose](): void {
    this.close();
  }

  #requireOpen(): void {
    if (this.#closed) throw errorNamed('CLOSED');
  }

  #take(slot: number): ReadSlot {
    this.#slot.take(slot);
    this.#announceLoss();
    return this.#slot;
  }

  #announceLoss(): void {
    if (this.#onLoss !== undefined && this.#registers.anyLost)
      this.#onLoss(this.#registers.lost, this.#registers.seq);
  }
}
