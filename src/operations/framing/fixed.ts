import type { LastRecord, PayloadSize, RecordSplitter } from './framing';

/** Every `size` bytes are a record; a shorter last one is bad data. */
export function fixedSplitter(size: number): RecordSplitter {
  return {
    lead: 0,
    tail: 0,
    flags: 0,

    split(_input: Buffer, from: number, to: number, ends: Uint32Array): number {
      const count = Math.min(ends.length, Math.floor((to - from) / size));
      for (let k = 0; k < count; k++) ends[k] = (k + 1) * size;
      return count;
    },

    incomplete(): PayloadSize {
      return { bytes: size, exact: true };
    },

    atEnd(_input: Buffer, from: number, to: number): LastRecord {
      return { missing: size - (to - from) };
    },
  };
}
