import { Readable } from 'node:stream';
import type { Consumer, IterationOptions } from './consumer';
import { DataBlockError } from './errors';
import { checkIterationOptions } from './options';

/** Messages that are copied ahead of the reader, at most. */
const READ_AHEAD = 16;

/**
 * The messages of a consumer as a Node stream: one Buffer, a copy, for each of them. It ends with the stream
 * of messages. Up to 16 messages are taken before they are asked for; destroying the stream drops them, and
 * leaves the consumer open. Meanwhile nothing else may be done with the consumer.
 */
export class MessageReadStream extends Readable {
  readonly #consumer: Consumer;
  readonly #follow: boolean;
  readonly #wait: { timeoutMs?: number; signal: AbortSignal };
  readonly #stop = new AbortController();
  #pumping = false;

  /** Use {@link Consumer.createReadStream}. @internal */
  constructor(consumer: Consumer, options: IterationOptions) {
    checkIterationOptions('createReadStream', options);
    super({ objectMode: true, highWaterMark: READ_AHEAD });
    const { follow = false, signal, ...wait } = options;
    const signals = signal === undefined ? [this.#stop.signal] : [this.#stop.signal, signal];
    this.#consumer = consumer;
    this.#follow = follow;
    this.#wait = { ...wait, signal: AbortSignal.any(signals) };
  }

  override _read(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    this.#pump().then(
      () => {
        this.#pumping = false;
        this.emit('idle');
      },
      (error: unknown) => {
        this.#pumping = false;
        this.emit('idle');
        this.destroy(error as Error);
      },
    );
  }

  /** Waits until the consumer is no longer in use, so that who hears of the end may go on with it. */
  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    this.#stop.abort();
    if (!this.#pumping) callback(error);
    else
      this.once('idle', () => {
        callback(error);
      });
  }

  async #pump(): Promise<void> {
    for (;;) {
      const message = await this.#next();
      if (this.destroyed || !this.push(message) || message === null) return;
    }
  }

  /** A copy of the next message; null at the end. */
  async #next(): Promise<Buffer | null> {
    for (;;) {
      try {
        const slot = this.#consumer.tryAcquire() ?? (await this.#consumer.acquireAsync(this.#wait));
        const copy = Buffer.from(slot.data);
        slot.release();
        return copy;
      } catch (error) {
        if (!(error instanceof DataBlockError && error.code === 'END_OF_STREAM')) throw error;
        if (!this.#follow) return null;
      }
    }
  }
}
