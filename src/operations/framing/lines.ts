import { MessageFlag } from '../../native';
import type { LastRecord, MessageEncoder, PayloadSize, RecordSplitter } from './framing';
import { appendVerbatim, noHead } from './raw';

const NEWLINE = 0x0a;

/**
 * A record is a line without its newline; only the newline (LF) ends a line, so a CR stays in the payload.
 * The flag says that a newline followed, so that a text without a final newline comes out as it went in.
 */
export const lineSplitter: RecordSplitter = {
  lead: 0,
  tail: 1,
  flags: MessageFlag.Line,

  split(input: Buffer, from: number, to: number, ends: Uint32Array): number {
    const filled = input.subarray(0, to);
    let count = 0;
    let begin = from;
    while (count < ends.length) {
      const newline = filled.indexOf(NEWLINE, begin);
      if (newline < 0) break;
      ends[count++] = newline - from;
      begin = newline + 1;
    }
    return count;
  },

  incomplete(_input: Buffer, from: number, to: number): PayloadSize {
    return { bytes: to - from, exact: false };
  },

  atEnd(_input: Buffer, from: number, to: number): LastRecord {
    return { begin: from, end: to, flags: 0 };
  },
};

export function appendNewline(out: Buffer, at: number): number {
  out[at] = NEWLINE;
  return at + 1;
}

/** A newline after each message. */
export const lineEncoder: MessageEncoder = {
  expansion: 1,
  head: noHead,
  body: appendVerbatim,
  tail: appendNewline,
};

/** A newline after each message that was a line, so that `produce | consume` gives back what it was given. */
export const autoEncoder: MessageEncoder = {
  expansion: 1,
  head: noHead,
  body: appendVerbatim,
  tail(out: Buffer, at: number, flags: number): number {
    return (flags & MessageFlag.Line) === 0 ? at : appendNewline(out, at);
  },
};
