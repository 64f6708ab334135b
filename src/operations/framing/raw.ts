import type { LastRecord, MessageEncoder, PayloadSize, RecordSplitter } from './framing';

/**
 * Whatever there is becomes messages of up to `slotSize` bytes: the stream is kept, its boundaries are
 * nobody's business.
 */
export function rawSplitter(slotSize: number): RecordSplitter {
  return {
    lead: 0,
    tail: 0,
    flags: 0,

    split(_input: Buffer, from: number, to: number, ends: Uint32Array): number {
      let count = 0;
      for (let end = 0; end < to - from && count < ends.length; count++) {
        end = Math.min(end + slotSize, to - from);
        ends[count] = end;
      }
      return count;
    },

    incomplete(_input: Buffer, from: number, to: number): PayloadSize {
      return { bytes: to - from, exact: true };
    },

    atEnd(_input: Buffer, from: number, to: number): LastRecord {
      return { begin: from, end: to, flags: 0 };
    },
  };
}

export function noHead(_out: Buffer, at: number): number {
  return at;
}

export function appendVerbatim(out: Buffer, at: number, payload: Uint8Array): number {
  out.set(payload, at);
  return at + payload.length;
}

/** Payload bytes only. */
export const rawEncoder: MessageEncoder = {
  expansion: 1,
  head: noHead,
  body: appendVerbatim,
  tail: (_out, at) => at,
};
