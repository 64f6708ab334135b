const CAPACITY_BYTES = 256 * 1024;
const CAPACITY_MESSAGES = 4096;

/** Gathers small messages one after another, in the form in which the addon publishes many at once. */
export class PackedMessages {
  readonly bytes = new Uint8Array(CAPACITY_BYTES);
  /** `ends[k]` is the offset just past message k. */
  readonly ends = new Uint32Array(CAPACITY_MESSAGES);
  #count = 0;
  #length = 0;

  /** Messages that are gathered now. */
  get count(): number {
    return this.#count;
  }

  /** Appends a copy of `message`; false when there is no room for it. */
  add(message: Uint8Array): boolean {
    if (this.#count === CAPACITY_MESSAGES || message.length > CAPACITY_BYTES - this.#length) return false;
    this.bytes.set(message, this.#length);
    this.#length += message.length;
    this.ends[this.#count++] = this.#length;
    return true;
  }

  clear(): void {
    this.#count = 0;
    this.#length = 0;
  }
}
