import { setTimeout } from 'node:timers/promises';
import {
  native,
  type HandleStats,
  type NativeProducer,
  type ProducerJoinOptions,
  type SegmentInfo,
  type Timeouts,
} from '../native';
import { DataBlockError, ErrorNumber, errorNamed, fromStatus, translated } from './errors';
import { MessageRegisters } from './message-registers';
import {
  checkBytes,
  checkCallback,
  checkCreateConfig,
  checkFlags,
  checkMessages,
  checkName,
  checkProducerOptions,
  checkRange,
  checkTimeout,
  checkUint32,
  invalidArgument,
  forAddon,
  type CreateConfig,
  type ObserverOptions,
  type HandleOptions,
  type Given,
} from './options';
import { PackedMessages } from './packed-messages';
import { RecordViews } from './record-views';
import { Segment } from './segment';
import { SharedMemory } from './shared-memory';
import type { SharedSpinLock } from './shared-spin-lock';
import { SlotViews } from './slot-views';
import { THREAD_BOUND } from './thread-bound';
import { timeouts } from './timeouts';
import { runTransaction } from './transaction';
import type { Zone } from './zone';
import { waitAsync, type WaitOptions } from './waiting';
import { WriteSlot } from './write-slot';
import { MessageWriteStream } from './write-stream';
import type { RecordValues, StructSpec } from '../schema/record-types';
import type { Schema } from '../schema/schema';

export interface ProducerOptions extends Given<ProducerJoinOptions>, HandleOptions {
  /** For calls that name no time-out of their own, and for `standbyMs`. Default: {@link timeouts}. */
  timeouts?: Partial<Timeouts>;
}

/** How often open-or-create starts over when the block is removed or made by others at the same moment. */
const CREATE_ATTEMPTS = 100;

const MARK_END_RETRY_MS = 5;

/**
 * Writes messages into a block.
 *
 * **Time-outs** are milliseconds on the monotonic clock: 0 tries once, -1 waits for ever. Calls that wait take
 * the option `timeouts` where they are given none: by default for ever. A call named `try...` and {@link withNextSlot} answer `undefined` when there is no slot
 * within the time-out; every other call throws TIMEOUT (or WOULD_BLOCK, where the block's overflow policy is
 * to fail).
 *
 * **Errors** are {@link DataBlockError} and nothing else; an option or argument that cannot be right is
 * refused with code INVALID_ARGUMENT or CONFIG_INVALID before anything happens.
 *
 * **Threads**: a handle belongs to the thread that opened it. Calls without `Async` in their name block that
 * thread while they wait; the asynchronous ones wait on a thread of the handle's own, one at a time per
 * handle.
 *
 * One slot is in hand at a time: a second `acquire` before `commit` or `abort` throws NESTED_USE.
 */
export class Producer {
  /** Identity and configuration of the block, as they were when it was joined. */
  readonly info: SegmentInfo;
  /** This producer's id among the participants of the block, 1 to 64. */
  readonly participant: number;
  /** Keeps it from being sent to another thread. @internal */
  readonly threadBound: symbol = THREAD_BOUND;
  readonly #native: NativeProducer;
  readonly #views: SlotViews;
  readonly #slot: WriteSlot;
  readonly #registers: MessageRegisters;
  readonly #timeouts: Timeouts;
  #packed: PackedMessages | undefined;
  readonly #shared: SharedMemory;
  #closed = false;

  private constructor(handle: NativeProducer, checked: boolean, waits: Timeouts) {
    this.#timeouts = waits;
    this.info = handle.info;
    this.participant = handle.participant;
    this.#native = handle;
    this.#shared = new SharedMemory(handle, waits.lockMs);
    this.#views = new SlotViews(handle.payload, this.info);
    this.#registers = new MessageRegisters(handle.registers);
    const records = new RecordViews(handle.payload, this.info, true, 'exact');
    this.#slot = new WriteSlot(handle, this.#registers, this.#views, records, checked);
  }

  /**
   * Joins an existing block as a producer.
   * @throws SchemaValidationError SCHEMA_MISMATCH, NO_SCHEMA.
   * @throws DataBlockError NO_SUCH_BLOCK; SINGLE_PRODUCER when another one is alive (see `standbyMs`);
   *   PARTICIPANTS_FULL; PERMISSION; ...
   */
  static open(name: string, options: ProducerOptions = {}): Producer {
    checkName('Producer.open', name);
    checkProducerOptions('Producer.open', options);
    const { checked = false, timeouts: own, ...join } = options;
    const waits = timeouts(own);
    return new Producer(
      translated(() => native().openProducer(name, forAddon({ standbyMs: waits.standbyMs, ...join }))),
      checked,
      waits,
    );
  }

  /**
   * Joins the block of that name, or makes it first when there is none. An existing block must have the same
   * configuration; its messages go on where they are.
   * @param options as for {@link open}; the directory is that of `config`.
   * @throws DataBlockError CONFIG_DIFFERS with the fields that differ; whatever {@link Segment.create} and
   *   {@link open} throw.
   */
  static create(
    name: string,
    config: CreateConfig,
    options: Omit<ProducerOptions, 'dir' | 'schema' | 'secret'> = {},
  ): Producer {
    checkName('Producer.create', name);
    checkCreateConfig(config);
    checkProducerOptions('Producer.create', options);
    for (const option of ['dir', 'schema', 'secret'])
      if (option in options)
        throw invalidArgument(`Producer.create: "${option}" belongs to the configuration.`);
    const { dir, secret } = config;
    const location: ObserverOptions = {
      ...(dir !== undefined && { dir }),
      ...(secret !== undefined && { secret }),
    };
    for (let attempt = 0; attempt < CREATE_ATTEMPTS; attempt++) {
      try {
        const wanted = Producer.#ensureBlock(name, config, location);
        const producer = Producer.open(name, { ...options, ...location });
        if (producer.info.instance === wanted) return producer;
        producer.close();
      } catch (error) {
        // Removed between the two steps: start over.
        if (!(error instanceof DataBlockError && error.code === 'NO_SUCH_BLOCK')) throw error;
      }
    }
    throw errorNamed('RECREATED', 'others keep removing it');
  }

  /** Identity of the block of that name with that configuration, which is made if there is none. */
  static #ensureBlock(name: string, config: CreateConfig, location: ObserverOptions): string {
    try {
      return Segment.create(name, config).instance;
    } catch (error) {
      if (!(error instanceof DataBlockError && error.code === 'EXISTS')) throw error;
    }
    using segment = Segment.open(name, location);
    const info = segment.info();
    const differences = translated(() => native().differences(info, forAddon(config)));
    if (differences.length > 0) throw errorNamed('CONFIG_DIFFERS', differences.join('; '));
    return info.instance;
  }

  /**
   * Takes the next message's slot in hand.
   * @returns the handle's one slot object; valid until it is committed or aborted.
   * @throws DataBlockError TIMEOUT, WOULD_BLOCK, NESTED_USE, INTERRUPTED, LOCK_LOST, CLOSED, CORRUPT,
   *   ALL_SLOTS_QUARANTINED.
   */
  acquire(timeoutMs = this.#timeouts.writeMs): WriteSlot {
    checkTimeout('acquire', timeoutMs);
    const slot = this.#native.acquire(timeoutMs);
    if (slot < 0) throw fromStatus(slot);
    return this.#slot.take(slot);
  }

  /**
   * Like {@link acquire}, but answers `undefined` when there is no slot within the time-out, by default at
   * once.
   */
  tryAcquire(timeoutMs = 0): WriteSlot | undefined {
    checkTimeout('tryAcquire', timeoutMs);
    const slot = this.#native.acquire(timeoutMs);
    if (slot >= 0) return this.#slot.take(slot);
    if (slot === -ErrorNumber.TIMEOUT || slot === -ErrorNumber.WOULD_BLOCK) return undefined;
    throw fromStatus(slot);
  }

  /** Like {@link acquire}, without blocking the event loop. */
  async acquireAsync(options: WaitOptions = {}): Promise<WriteSlot> {
    this.#requireOpen();
    const slot = await waitAsync(
      'acquireAsync',
      (timeoutMs) => this.#native.acquireAsync(timeoutMs),
      options,
      this.#timeouts.writeMs,
    );
    // What arrives after close() is no longer this handle's.
    this.#requireOpen();
    if (slot < 0) throw fromStatus(slot);
    return this.#slot.take(slot);
  }

  /**
   * Publishes a copy of `data` as one message.
   * @throws DataBlockError MESSAGE_TOO_LARGE before anything happens; else as {@link acquire} and
   *   {@link WriteSlot.commit}.
   */
  write(data: Uint8Array, timeoutMs = this.#timeouts.writeMs, flags = 0): void {
    checkBytes('write', data);
    checkFlags('write', flags);
    this.#requireFits(data.length);
    const slot = this.acquire(timeoutMs);
    slot.buffer.set(data);
    slot.commit(data.length, flags);
  }

  /**
   * Publishes one record: all its values, as a plain object. To write in place instead, see {@link WriteSlot.as}.
   * @throws DataBlockError RECORD_INVALID when a value is missing, unknown or does not fit: nothing is published;
   *   else as {@link acquire}, {@link WriteSlot.as} and {@link WriteSlot.commit}.
   */
  writeRecord<S extends StructSpec>(
    schema: Schema<S>,
    record: RecordValues<S>,
    timeoutMs = this.#timeouts.writeMs,
  ): void {
    this.withWriteTransaction((slot) => {
      const view = slot.as(schema);
      slot.buffer.fill(0, 0, schema.size);
      schema.assign(view, record);
      return schema.size;
    }, timeoutMs);
  }

  /**
   * Publishes copies of all `messages`, in order, with the same flags.
   * @returns how many were published: fewer than all when the time-out, which is for the whole call, ran out
   *   in between.
   * @throws DataBlockError TIMEOUT when none was published; MESSAGE_TOO_LARGE before anything is published.
   */
  writeMany(messages: readonly Uint8Array[], timeoutMs = this.#timeouts.writeMs, flags = 0): number {
    checkMessages('writeMany', messages);
    checkTimeout('writeMany', timeoutMs);
    checkFlags('writeMany', flags);
    for (const message of messages) this.#requireFits(message.length);
    const deadline = timeoutMs < 0 ? Infinity : performance.now() + timeoutMs;
    const packed = (this.#packed ??= new PackedMessages());
    let published = 0;
    while (published < messages.length) {
      packed.clear();
      let next = published;
      for (
        let message = messages[next];
        message !== undefined && packed.add(message);
        message = messages[next]
      )
        next++;
      const left = timeoutMs < 0 ? -1 : Math.max(0, Math.ceil(deadline - performance.now()));
      const status =
        packed.count > 0
          ? this.#native.writeMany(packed.bytes, packed.ends, packed.count, 0, flags, left)
          : this.#writeLarge(messages[next] ?? packed.bytes, left, flags);
      if (status < 0) {
        if (published > 0 && status === -ErrorNumber.TIMEOUT) return published;
        throw fromStatus(status);
      }
      published += status;
      if (published < next) return published;
    }
    return published;
  }

  /**
   * Publishes messages that lie in one piece of memory: message k ends just before `ends[k]`, message k+1
   * begins at `ends[k] + skip`, message 0 at 0. The fastest way to publish many small messages: one call into
   * the addon, one copy.
   * @param count how many entries of `ends` count.
   * @returns how many were published: fewer than `count` when the time-out ran out in between.
   * @throws DataBlockError TIMEOUT when none was published; MESSAGE_TOO_LARGE when the first one is too large
   *   (those before a message that is too large are published, and counted).
   */
  writePacked(
    source: Uint8Array,
    ends: Uint32Array,
    count: number,
    skip = 0,
    flags = 0,
    timeoutMs = this.#timeouts.writeMs,
  ): number {
    checkBytes('writePacked', source);
    if (!(ends instanceof Uint32Array)) throw invalidArgument('writePacked: "ends" must be a Uint32Array.');
    checkRange('writePacked', 'count', count, 0, ends.length);
    checkUint32('writePacked', 'skip', skip);
    checkFlags('writePacked', flags);
    checkTimeout('writePacked', timeoutMs);
    const status = this.#native.writeMany(source, ends, count, skip, flags, timeoutMs);
    if (status < 0) throw fromStatus(status);
    return status;
  }

  /**
   * Acquires a slot, runs `body`, and publishes the message when it returns: `body` returns the message's
   * length in bytes, or commits or aborts the slot itself and returns what it likes. When it throws, nothing
   * is published, the slot is released, and its error goes on. When it returns a promise, that decides.
   * @returns what `body` returned.
   * @throws DataBlockError as {@link acquire} and {@link WriteSlot.commit}; INVALID_ARGUMENT when `body` neither
   *   returned a length nor let the slot go.
   */
  withWriteTransaction<T>(body: (slot: WriteSlot) => T, timeoutMs = this.#timeouts.writeMs): T {
    checkCallback('withWriteTransaction', body);
    return this.#transact(this.acquire(timeoutMs), body);
  }

  /** Like {@link withWriteTransaction}, and waits for the slot without blocking the event loop. */
  async withWriteTransactionAsync<T>(
    body: (slot: WriteSlot) => T | PromiseLike<T>,
    options: WaitOptions = {},
  ): Promise<T> {
    checkCallback('withWriteTransactionAsync', body);
    const slot = await this.acquireAsync(options);
    return this.#transact(slot, body);
  }

  /**
   * Like {@link withWriteTransaction}, but answers `undefined`, without running `body`, when there is no slot
   * within the time-out.
   */
  withNextSlot<T>(body: (slot: WriteSlot) => T, timeoutMs = 0): T | undefined {
    checkCallback('withNextSlot', body);
    const slot = this.tryAcquire(timeoutMs);
    return slot === undefined ? undefined : this.#transact(slot, body);
  }

  /**
   * A Node stream that publishes each chunk as one message, and an end-of-stream mark at its end. Errors of the
   * producer (MESSAGE_TOO_LARGE, ...) are those of the stream. `options` are for each wait for a slot.
   * Destroying the stream leaves the producer open; both belong to this thread.
   */
  createWriteStream(options: WaitOptions = {}): MessageWriteStream {
    return new MessageWriteStream(this, options);
  }

  /**
   * Publishes an end-of-stream mark: consumers that have read everything before it learn that this producer
   * has ended its stream. The producer may go on afterwards, with a new stream.
   * @throws DataBlockError as {@link acquire}.
   */
  markEnd(timeoutMs = this.#timeouts.writeMs): void {
    checkTimeout('markEnd', timeoutMs);
    const status = this.#native.markEnd(timeoutMs);
    if (status < 0) throw fromStatus(status);
  }

  /** Like {@link markEnd}, without blocking the event loop. */
  async markEndAsync(options: WaitOptions = {}): Promise<void> {
    const status = await waitAsync(
      'markEndAsync',
      (timeoutMs) => this.#markEndWithin(timeoutMs),
      options,
      this.#timeouts.writeMs,
    );
    if (status < 0) throw fromStatus(status);
  }

  /** The addon waits for slots that are to be written, not for this: so it is tried now and then. */
  async #markEndWithin(timeoutMs: number): Promise<number> {
    const deadline = timeoutMs < 0 ? Infinity : performance.now() + timeoutMs;
    for (;;) {
      const status = this.#native.markEnd(0);
      if (status !== -ErrorNumber.TIMEOUT || performance.now() >= deadline) return status;
      await setTimeout(MARK_END_RETRY_MS);
    }
  }

  /** How many sync consumers are attached now. */
  syncConsumers(): number {
    return translated(() => this.#native.syncConsumers());
  }

  /**
   * Tells operators that this producer's program is making progress. Every message does so too. Never waits.
   * @throws DataBlockError LOCK_LOST, CLOSED.
   */
  heartbeat(): void {
    const status = this.#native.heartbeat();
    if (status < 0) throw fromStatus(status);
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

  /** Leaves the block; a slot in hand is aborted. Publishes no end-of-stream mark. Idempotent. */
  close(): void {
    this.#closed = true;
    this.#shared.close();
    this.#slot.forget();
    this.#native.close();
  }

  /** `using producer = Producer.open(...)` closes it at the end of the scope. */
  [Symbol.dispose](): void {
    this.close();
  }

  #requireOpen(): void {
    if (this.#closed) throw errorNamed('CLOSED');
  }

  #requireFits(length: number): void {
    const { slotSize } = this.info;
    if (length > slotSize)
      throw errorNamed('MESSAGE_TOO_LARGE', `${length} bytes, and a slot has ${slotSize}`);
  }

  /** One message that {@link PackedMessages} has no room for. Returns 1, or the negated error. */
  #writeLarge(data: Uint8Array, timeoutMs: number, flags: number): number {
    const slot = this.#native.acquire(timeoutMs);
    if (slot < 0) return slot;
    this.#views.view(slot, data.length).set(data);
    const status = this.#native.commit(data.length, flags);
    return status < 0 ? status : 1;
  }

  #transact<T>(slot: WriteSlot, body: (slot: WriteSlot) => T): T {
    const abort = (): void => {
      if (slot.inHand) slot.abort();
    };
    const finish = (result: Awaited<T>): void => {
      if (!slot.inHand) return;
      if (typeof result !== 'number') {
        abort();
        throw invalidArgument(
          'A write transaction must return the length of its message, or commit or abort the slot; nothing was published.',
        );
      }
      try {
        slot.commit(result);
      } catch (error) {
        abort();
        throw error;
      }
    };
    return runTransaction(() => body(slot), finish, abort);
  }
}
