import { Writable } from 'node:stream';
import { DataBlockError } from './errors';
import { checkWaitOptions } from './options';
import type { Producer } from './producer';
import type { WaitOptions } from './waiting';

/** What `writev` is given. */
interface Piece {
  chunk: Buffer;
}
type Done = (error?: Error | null) => void;

/**
 * A producer as a Node stream: each chunk is one message, and the end of the stream is marked. A chunk that is
 * longer than a slot is an error of the stream (MESSAGE_TOO_LARGE). Destroying it leaves the producer open.
 * Meanwhile nothing else may be done with the producer.
 */
export class MessageWriteStream extends Writable {
  readonly #producer: Producer;
  readonly #wait: WaitOptions;
  readonly #stop = new AbortController();

  /** Use {@link Producer.createWriteStream}. @internal */
  constructor(producer: Producer, options: WaitOptions) {
    checkWaitOptions('createWriteStream', options);
    super();
    const { signal } = options;
    const signals = signal === undefined ? [this.#stop.signal] : [this.#stop.signal, signal];
    this.#producer = producer;
    this.#wait = { ...options, signal: AbortSignal.any(signals) };
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#finish(this.#publish([chunk]), done);
  }

  /** What was written while there was no slot goes out at once. */
  override _writev(pieces: Piece[], done: Done): void {
    this.#finish(this.#publish(pieces.map(({ chunk }) => chunk)), done);
  }

  override _final(done: Done): void {
    this.#finish(this.#producer.markEndAsync(this.#wait), done);
  }

  override _destroy(error: Error | null, done: Done): void {
    this.#stop.abort();
    done(error);
  }

  async #publish(messages: readonly Buffer[]): Promise<void> {
    for (let published = 0; published < messages.length;) {
      const left = messages.slice(published);
      const [next] = left;
      const count = this.#writeNow(left);
      published += count;
      if (count > 0 || next === undefined) continue;
      const slot = await this.#producer.acquireAsync(this.#wait);
      slot.buffer.set(next);
      slot.commit(next.length);
      published++;
    }
  }

  /** How many there was room for. */
  #writeNow(messages: readonly Buffer[]): number {
    try {
      return this.#producer.writeMany(messages, 0);
    } catch (error) {
      if (error instanceof DataBlockError && error.code === 'TIMEOUT') return 0;
      throw error;
    }
  }

  #finish(work: Promise<void>, done: Done): void {
    work.then(
      () => {
        done();
      },
      (error: unknown) => {
        done(error as Error);
      },
    );
  }
}
