/** Where the record in hand lies. All views on it share this: to let the record go, one number is changed. */
export class RecordPlace {
  readonly bytes: Uint8Array;
  readonly data: DataView;
  /** Byte of the buffer at which the record begins; negative: it was let go. */
  base = -1;
  /** Which of the places it is that the same memory has records at: views of arrays are kept by it. */
  slot = 0;
  /** Views of arrays are kept for as many slots. */
  readonly keptSlots: number;

  /** @param bytes - all the memory that records may lie in. */
  constructor(bytes: Uint8Array, keptSlots: number) {
    this.bytes = bytes;
    this.data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.keptSlots = keptSlots;
  }

  begin(base: number, slot: number): void {
    this.base = base;
    this.slot = slot;
  }

  end(): void {
    this.base = -1;
  }
}
