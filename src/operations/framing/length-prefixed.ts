import type { LastRecord, MessageEncoder, PayloadSize, RecordSplitter } from './framing';
import { appendVerbatim } from './raw';

/** Bytes of the length in front of each record: an unsigned 32-bit number, little-endian. */
const PREFIX = 4;

/** A record is its length, then so many bytes. */
export const lengthSplitter: RecordSplitter = {
  lead: PREFIX,
  tail: 0,
  flags: 0,

  split(input: Buffer, from: number, to: number, ends: Uint32Array): number {
    let count = 0;
    let begin = from;
    while (count < ends.length && to - begin >= PREFIX) {
      const end = begin + PREFIX + input.readUInt32LE(begin);
      if (end > to) break;
      ends[count++] = end - from - PREFIX;
      begin = end;
    }
    return count;
  },

  incomplete(input: Buffer, from: number, to: number): PayloadSize {
    return to - from < PREFIX ? { bytes: 0, exact: false } : { bytes: input.readUInt32LE(from), exact: true };
  },

  atEnd(input: Buffer, from: number, to: number): LastRecord {
    if (to - from < PREFIX) return { missing: PREFIX - (to - from) };
    return { missing: input.readUInt32LE(from) + PREFIX - (to - from) };
  },
};

/** The length, then the payload. */
export const lengthEncoder: MessageEncoder = {
  expansion: 1,
  head: (out, at, length) => out.writeUInt32LE(length, at),
  body: appendVerbatim,
  tail: (_out, at) => at,
};
