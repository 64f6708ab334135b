import type { Producer } from '../api/producer';
import type { WriteSlot } from '../api/write-slot';
import { Pacer } from './pacer';
import { sleep, throwIfSignalled } from './signals';

export interface PublishingOptions {
  /** Longest wait for a slot; milliseconds, -1 = for ever. */
  timeoutMs: number;
  /** Messages per second; undefined: as fast as it goes. */
  ratePerSecond?: number | undefined;
  /** Keep each slot open for so long before it is committed; milliseconds. */
  holdMs: number;
  /** Publish so many messages at most. */
  limit?: number | undefined;
  /** Called after each piece of work, often. */
  onProgress?: ((messages: number, bytes: number) => void) | undefined;
}

/**
 * Publishes what the sources of `produce` bring, at the rate, with the hold and up to the limit that were
 * asked for.
 */
export class Publisher {
  readonly slotSize: number;
  /** Nobody else publishes while this producer has a slot in hand, so that it stands in nobody's way. */
  readonly isAlone: boolean;
  readonly #producer: Producer;
  readonly #options: PublishingOptions;
  readonly #pacer: Pacer | undefined;
  #messages = 0;
  #bytes = 0;

  constructor(producer: Producer, options: PublishingOptions) {
    this.slotSize = producer.info.slotSize;
    this.isAlone = producer.info.producers === 'single';
    this.#producer = producer;
    this.#options = options;
    this.#pacer = options.ratePerSecond === undefined ? undefined : new Pacer(options.ratePerSecond);
  }

  /** Messages that were published. */
  get messages(): number {
    return this.#messages;
  }

  /** Their payload bytes. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Messages that may still be published; Infinity without a limit. */
  get remaining(): number {
    return (this.#options.limit ?? Infinity) - this.#messages;
  }

  /**
   * Publishes `count` messages that lie in one piece of memory, as {@link Producer.writePacked} takes them;
   * fewer when the limit is reached. Overwrites `ends`.
   * @throws DataBlockError TIMEOUT, INTERRUPTED, FENCED, ...
   */
  publish(source: Uint8Array, ends: Uint32Array, count: number, skip: number, flags: number): void {
    let left = Math.min(count, this.remaining);
    let rest = source;
    while (left > 0) {
      throwIfSignalled();
      const due = this.#due(left);
      const published =
        this.#options.holdMs > 0
          ? this.#publishHeld(rest, ends, flags)
          : this.#publishNow(rest, ends, due, skip, flags);
      const end = ends[published - 1] ?? 0;
      this.#count(published, end - skip * (published - 1));
      left -= published;
      if (left > 0) {
        rest = rest.subarray(end + skip);
        for (let k = 0; k < left; k++) ends[k] = (ends[k + published] ?? 0) - end - skip;
      }
    }
  }

  /**
   * Publishes one message that `fill` writes straight into the slot, and whose length it returns; nothing
   * when `fill` throws.
   */
  publishFilled(fill: (slot: WriteSlot) => number): void {
    throwIfSignalled();
    this.#due(1);
    const length = this.#producer.withWriteTransaction((slot) => {
      const filled = fill(slot);
      sleep(this.#options.holdMs);
      return filled;
    }, this.#options.timeoutMs);
    this.#count(1, length);
  }

  #publishNow(source: Uint8Array, ends: Uint32Array, count: number, skip: number, flags: number): number {
    return this.#producer.writePacked(source, ends, count, skip, flags, this.#options.timeoutMs);
  }

  /** One message, whose slot is kept open for a while. A signal ends the wait, and the message is finished. */
  #publishHeld(source: Uint8Array, ends: Uint32Array, flags: number): number {
    const length = ends[0] ?? 0;
    this.#producer.withWriteTransaction((slot) => {
      slot.buffer.set(source.subarray(0, length));
      sleep(this.#options.holdMs);
      slot.commit(length, flags);
    }, this.#options.timeoutMs);
    return 1;
  }

  /** Waits until at least one message is due; returns how many are, at most `wanted`. */
  #due(wanted: number): number {
    if (this.#pacer === undefined) return wanted;
    for (;;) {
      const due = this.#pacer.take(this.#options.holdMs > 0 ? 1 : wanted);
      if (due > 0) return due;
      sleep(this.#pacer.untilNext());
      throwIfSignalled();
    }
  }

  #count(messages: number, bytes: number): void {
    this.#messages += messages;
    this.#bytes += bytes;
    this.#options.onProgress?.(this.#messages, this.#bytes);
  }
}
