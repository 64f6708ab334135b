/**
 * Framing: how a stream of bytes and messages are made of each other. Each kind is one file beside this one.
 * Nothing here reads, writes or keeps state, so that the pumps can hand in whatever piece of the stream they
 * have.
 */

/** Cuts a stream of bytes into records, without copying them. */
export interface RecordSplitter {
  /** Bytes of a record that come before its payload. */
  readonly lead: number;
  /** Bytes of a record that come after its payload. */
  readonly tail: number;
  /** Message flags of the records that {@link split} finds. */
  readonly flags: number;

  /**
   * Finds the complete records at the beginning of `input[from, to)`, at most `ends.length` of them, of
   * whatever size. `ends[k]` is set to the end of record k's payload, counted from `from + lead` (the begin
   * of the first record's payload).
   * @returns how many were found.
   */
  split(input: Buffer, from: number, to: number, ends: Uint32Array): number;

  /**
   * Payload size of the incomplete record that is all of `input[from, to)`, as far as it is known. Not called
   * with `from === to`.
   */
  incomplete(input: Buffer, from: number, to: number): PayloadSize;

  /**
   * What the stream's last bytes `input[from, to)`, in which {@link split} found no record, are. Not called
   * with `from === to`.
   */
  atEnd(input: Buffer, from: number, to: number): LastRecord;
}

export interface PayloadSize {
  bytes: number;
  /** False: there are at least so many. */
  exact: boolean;
}

/** A whole record (its payload's place in the input), or one that lacks so many bytes. */
export type LastRecord = { begin: number; end: number; flags: number } | { missing: number };

/** Makes a stream of bytes out of messages: head, body, tail of one message after another. */
export interface MessageEncoder {
  /**
   * Bytes of output that a byte of payload becomes. 1: the payload goes out as it is, so that it need not be
   * copied.
   */
  readonly expansion: 1 | 2;
  /** What comes before the first message. */
  readonly begin?: Uint8Array | undefined;
  /**
   * What goes out instead of the payload; undefined: the payload itself.
   * @throws DataBlockError RECORD_INVALID
   */
  readonly transform?: (payload: Uint8Array) => Uint8Array;
  /**
   * Each appends to `out` at `at` and returns the offset after it; head and tail take at most
   * {@link MAX_HEAD} and {@link MAX_TAIL} bytes.
   */
  head(out: Buffer, at: number, length: number): number;
  body(out: Buffer, at: number, payload: Uint8Array): number;
  tail(out: Buffer, at: number, flags: number): number;
}

export const MAX_HEAD = 4;
export const MAX_TAIL = 1;
