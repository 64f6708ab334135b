import { DataBlockError, errorNamed } from '../api/errors';
import type { Consumer } from '../api/consumer';
import type { ReadBatch } from '../api/read-batch';
import type { ConsumerMode } from '../native';
import { MAX_HEAD, MAX_TAIL, type MessageEncoder } from './framing/framing';
import type { Output } from './output';
import { throwIfSignalled } from './signals';
import { StreamVerifier, type Verification } from './stream-verifier';

export interface ConsumingOptions {
  mode: ConsumerMode;
  /** Longest wait for a message; milliseconds, -1 = for ever. */
  timeoutMs: number;
  /** Read so many messages at most. */
  limit?: number | undefined;
  /** At the end of a stream go on with the next. */
  follow: boolean;
  /** Check order, gaps and content. */
  verify: boolean;
  /** A message that does not match its checksum: leave it out, or end with CHECKSUM_MISMATCH. */
  onCorrupt: 'skip' | 'fail';
  /** Called after each piece of work, often. */
  onProgress?: ((messages: number, bytes: number) => void) | undefined;
  /** Something that the user should know now. */
  onNotice: (notice: string) => void;
}

/** While it waits, dead producers are looked for this often. */
const LOOK_MS = 500;

/** From this size on a message is written straight from its slot. */
const MIN_DIRECT = 32 * 1024;

const MAX_BATCH = 4096;

/**
 * Puts the messages of a block out, one after another. A `sync` consumer lets a message go only when it was
 * written out, and then at once, so that a consumer that is killed loses nothing that it had not written. A
 * lossy one copies it and lets it go, since it may hold only one.
 */
export class ConsumingPump {
  readonly #consumer: Consumer;
  readonly #output: Output;
  readonly #encoder: MessageEncoder;
  readonly #options: ConsumingOptions;
  readonly #verifier: StreamVerifier | undefined;
  readonly #verifiesChecksums: boolean;
  readonly #maxBatch: number;
  #copy: Uint8Array | undefined;
  #messages = 0;
  #bytes = 0;
  #lost = 0n;
  #damaged = 0;
  #streams = 0;
  #deadProducers = 0;

  constructor(consumer: Consumer, output: Output, encoder: MessageEncoder, options: ConsumingOptions) {
    this.#consumer = consumer;
    this.#output = output;
    this.#encoder = encoder;
    this.#options = options;
    this.#verifier = options.verify ? new StreamVerifier(options.mode === 'latest') : undefined;
    this.#verifiesChecksums =
      options.verify && consumer.info.checksum !== 'none' && consumer.info.checksumPolicy === 'manual';
    // Half of the ring, so that producers fill one half while the other is written out.
    this.#maxBatch = Math.min(MAX_BATCH, Math.ceil(consumer.info.slots / 2));
  }

  /** Messages that were read. */
  get messages(): number {
    return this.#messages;
  }

  /** Their payload bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Messages that this consumer could not read, and was told about. */
  get lost(): bigint {
    return this.#lost;
  }

  /** Messages that did not match their checksum, and were left out. */
  get damaged(): number {
    return this.#damaged;
  }

  /** Streams that were read to their end. */
  get streams(): number {
    return this.#streams;
  }

  /** Producers that died without ending their stream. */
  get deadProducers(): number {
    return this.#deadProducers;
  }

  /** undefined when it was not asked for. */
  verification(): Verification | undefined {
    return this.#verifier?.result();
  }

  /**
   * Ends at the end of the stream (unless it follows), or when the limit is reached.
   * @throws DataBlockError TIMEOUT, INTERRUPTED, BROKEN_PIPE, IO, EVICTED, ... What was read by then is
   *   written out as far as that is possible.
   */
  run(): void {
    if (this.#encoder.begin !== undefined) this.#appendPayload(this.#encoder.begin);
    while (this.#remaining() > 0) {
      throwIfSignalled();
      const batch = this.#nextBatch();
      if (batch === undefined) break;
      if (this.#options.mode === 'sync') this.#putOutInHand(batch);
      else this.#putOutCopy(batch);
      this.#options.onProgress?.(this.#messages, this.#bytes);
    }
    this.#output.flush();
    this.#noteLossAtEnd();
  }

  /** Messages that were lost after the last one that was read, and so were not told of with a message. */
  #noteLossAtEnd(): void {
    const untold = this.#consumer.stats().lost - this.#lost;
    if (untold <= 0n) return;
    this.#lost += untold;
    this.#verifier?.lostAtEnd(untold);
  }

  #remaining(): number {
    return (this.#options.limit ?? Infinity) - this.#messages;
  }

  /**
   * The next messages; undefined at the end of the stream. Nothing that was read stays unwritten while it
   * waits.
   */
  #nextBatch(): ReadBatch | undefined {
    const max = Math.min(this.#maxBatch, this.#remaining());
    const { timeoutMs, follow } = this.#options;
    let deadline: number | undefined;
    let stepMs = 0;
    for (;;) {
      const batch = this.#tryBatch(max, stepMs);
      if (batch !== 'none' && batch !== 'end') return batch;
      this.#output.flush();
      if (batch === 'end') {
        if (!follow) return undefined;
        deadline = undefined;
      } else if (stepMs > 0) {
        this.#lookForDead();
      }
      const now = performance.now();
      deadline ??= timeoutMs < 0 ? Infinity : now + timeoutMs;
      if (now >= deadline) throw errorNamed('TIMEOUT', `no message came for ${timeoutMs} ms`);
      stepMs = Math.min(LOOK_MS, Math.ceil(deadline - now));
    }
  }

  #tryBatch(max: number, timeoutMs: number): ReadBatch | 'none' | 'end' {
    for (;;) {
      try {
        return this.#consumer.tryAcquireMany(max, timeoutMs) ?? 'none';
      } catch (error) {
        const code = error instanceof DataBlockError ? error.code : '';
        if (code === 'END_OF_STREAM') {
          this.#streams++;
          return 'end';
        }
        if (code !== 'CHECKSUM_MISMATCH') throw error;
        this.#noteDamage(error);
      }
    }
  }

  #noteDamage(error: unknown): void {
    this.#damaged++;
    if (this.#options.onCorrupt === 'fail') {
      this.#output.flush();
      throw error;
    }
    if (this.#damaged === 1) this.#options.onNotice('a message does not match its checksum and is left out');
  }

  /** Where the block leaves checksums to its users, they are looked at when all is to be verified. */
  #isDamaged(batch: ReadBatch, k: number): boolean {
    if (!this.#verifiesChecksums || batch.verifyChecksum(k) !== 'differs') return false;
    this.#noteDamage(errorNamed('CHECKSUM_MISMATCH', `message ${batch.seq(k)}`));
    return true;
  }

  #lookForDead(): void {
    const dead = this.#consumer.deadProducers();
    if (dead > this.#deadProducers) {
      this.#options.onNotice('a producer died without ending its stream; waiting for another one to go on');
    }
    this.#deadProducers = dead;
  }

  /** Of a sync consumer: each message is released after it was written. */
  #putOutInHand(batch: ReadBatch): void {
    this.#lost += batch.lost;
    let released = 0;
    const flushAndRelease = (count: number): void => {
      this.#output.flush();
      batch.release(count - released);
      released = count;
    };
    for (let k = 0; k < batch.count; k++) {
      const length = batch.length(k);
      if (this.#isDamaged(batch, k)) continue;
      this.#verifier?.check(batch.seq(k), k === 0 ? batch.lost : 0n, batch.flags(k), batch.data(k));
      if (this.#encoder.transform !== undefined) {
        this.#putOutTransformed(batch, k, this.#encoder.transform, flushAndRelease);
        this.#messages++;
        this.#bytes += length;
        continue;
      }
      const direct = length >= MIN_DIRECT && this.#encoder.expansion === 1;
      if (direct || this.#spaceFor(length) > this.#output.room) flushAndRelease(k);
      if (direct) this.#writeDirect(batch, k);
      else if (this.#spaceFor(length) > this.#output.room)
        this.#appendInPieces(batch.data(k), batch.flags(k));
      else this.#append(batch, k);
      this.#messages++;
      this.#bytes += length;
    }
    flushAndRelease(batch.count);
  }

  /** A message that makes no sense is told of when those before it are written out. It stays in hand. */
  #putOutTransformed(
    batch: ReadBatch,
    k: number,
    transform: (payload: Uint8Array) => Uint8Array,
    flushAndRelease: (count: number) => void,
  ): void {
    let text: Uint8Array;
    try {
      text = transform(batch.data(k));
    } catch (error) {
      flushAndRelease(k);
      throw ofMessage(batch.seq(k), error);
    }
    if (this.#spaceFor(text.length) > this.#output.room) flushAndRelease(k);
    this.#appendInPieces(text, batch.flags(k));
  }

  /** Of a lossy consumer: its one message is copied, and put out only when it turned out to be sound. */
  #putOutCopy(batch: ReadBatch): void {
    const { lost } = batch;
    const seq = batch.seq(0);
    const flags = batch.flags(0);
    const copy = this.#copyOf(batch);
    const isDamaged = this.#isDamaged(batch, 0);
    this.#lost += lost;
    try {
      batch.release();
    } catch (error) {
      if (!(error instanceof DataBlockError && error.code === 'OVERRUN')) throw error;
      this.#lost++;
      return;
    }
    if (isDamaged) return;
    this.#verifier?.check(seq, lost, flags, copy);
    this.#appendInPieces(this.#transformed(seq, copy), flags);
    this.#messages++;
    this.#bytes += copy.length;
  }

  #transformed(seq: bigint, payload: Uint8Array): Uint8Array {
    try {
      return this.#encoder.transform?.(payload) ?? payload;
    } catch (error) {
      this.#output.flush();
      throw ofMessage(seq, error);
    }
  }

  #copyOf(batch: ReadBatch): Uint8Array {
    const length = batch.length(0);
    this.#copy ??= new Uint8Array(this.#consumer.info.slotSize);
    batch.copyTo(0, this.#copy, 0);
    return this.#copy.subarray(0, length);
  }

  /** Bytes of output that a message may take. */
  #spaceFor(length: number): number {
    return MAX_HEAD + length * this.#encoder.expansion + MAX_TAIL;
  }

  #append(batch: ReadBatch, k: number): void {
    const out = this.#output.buffer;
    const begin = this.#encoder.head(out, this.#output.length, batch.length(k));
    const end =
      this.#encoder.expansion === 1
        ? batch.copyTo(k, out, begin)
        : this.#encoder.body(out, begin, batch.data(k));
    this.#output.length = this.#encoder.tail(out, end, batch.flags(k));
  }

  #writeDirect(batch: ReadBatch, k: number): void {
    const length = batch.length(k);
    this.#appendHead(length);
    this.#output.writeThrough(length, (fd) => {
      batch.writeTo(fd, k);
    });
    this.#appendTail(batch.flags(k));
  }

  /** A message of any size. */
  #appendInPieces(payload: Uint8Array, flags: number): void {
    this.#appendHead(payload.length);
    this.#appendPayload(payload);
    this.#appendTail(flags);
  }

  #appendPayload(payload: Uint8Array): void {
    for (let at = 0; at < payload.length;) {
      if (this.#output.room < this.#encoder.expansion) this.#output.flush();
      const piece = payload.subarray(at, at + Math.floor(this.#output.room / this.#encoder.expansion));
      this.#output.length = this.#encoder.body(this.#output.buffer, this.#output.length, piece);
      at += piece.length;
    }
  }

  #appendHead(length: number): void {
    if (this.#output.room < MAX_HEAD) this.#output.flush();
    this.#output.length = this.#encoder.head(this.#output.buffer, this.#output.length, length);
  }

  #appendTail(flags: number): void {
    if (this.#output.room < MAX_TAIL) this.#output.flush();
    this.#output.length = this.#encoder.tail(this.#output.buffer, this.#output.length, flags);
  }
}

/** Says which message it was that makes no sense. */
function ofMessage(seq: bigint, error: unknown): unknown {
  if (!(error instanceof DataBlockError && error.code === 'RECORD_INVALID')) return error;
  return errorNamed('RECORD_INVALID', `message ${seq}: ${error.detail ?? error.message}`, { cause: error });
}
