import type { SegmentInfo } from '../native';

/** Blocks with more slots than this get a fresh view per message: a million cached views would cost 100 MB. */
export const MAX_CACHED_VIEWS = 16_384;

/** Views over the slots of a mapped payload ring, made once per slot and length. */
export class SlotViews {
  readonly #payload: ArrayBuffer;
  readonly #stride: number;
  readonly #cache: (Uint8Array | undefined)[] | undefined;

  constructor(payload: ArrayBuffer, info: SegmentInfo) {
    this.#payload = payload;
    this.#stride = info.stride;
    this.#cache = info.slots <= MAX_CACHED_VIEWS ? [] : undefined;
  }

  /**
   * The first `length` bytes of a slot. Messages of one length use the same view each time the slot comes
   * round.
   */
  view(slot: number, length: number): Uint8Array {
    const cached = this.#cache?.[slot];
    if (cached?.length === length) return cached;
    const view = new Uint8Array(this.#payload, slot * this.#stride, length);
    if (this.#cache !== undefined) this.#cache[slot] = view;
    return view;
  }
}

/** Makes every view of this memory empty; used on private copies in checked mode. */
export function detach(view: Uint8Array): void {
  if (view.buffer.byteLength > 0) structuredClone(view.buffer, { transfer: [view.buffer as ArrayBuffer] });
}
