/** After a hold-up at most this much time's worth of messages follows at once. */
const MAX_BURST_MS = 100;

/** Spaces messages out in time: which are due is counted from the beginning, so that no error adds up. */
export class Pacer {
  readonly #perMs: number;
  readonly #now: () => number;
  /** When message 0 would have been due for the messages taken so far to be on time. */
  #begin: number | undefined;
  #taken = 0;

  constructor(perSecond: number, now: () => number = () => performance.now()) {
    this.#perMs = perSecond / 1000;
    this.#now = now;
  }

  /** Takes up to `wanted` of the messages that are due now, and returns how many. */
  take(wanted: number): number {
    const now = this.#now();
    this.#begin ??= now;
    const behind = now - MAX_BURST_MS - (this.#begin + this.#taken / this.#perMs);
    if (behind > 0) this.#begin += behind;
    const due = Math.floor((now - this.#begin) * this.#perMs) + 1 - this.#taken;
    const taken = Math.max(0, Math.min(wanted, due));
    this.#taken += taken;
    return taken;
  }

  /** Milliseconds until the next message is due. */
  untilNext(): number {
    if (this.#begin === undefined) return 0;
    return Math.max(0, this.#begin + this.#taken / this.#perMs - this.#now());
  }
}
