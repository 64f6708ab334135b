import { MessageFlag } from '../native';
import { HEADER_BYTES, bodyMatches, readPatternHeader, type PatternHeader } from './pattern';

/** What the verification of a stream came to. */
export interface Verification {
  /** No failure of any kind. */
  passed: boolean;
  /**
   * Messages whose content says what it should be, and that were compared with it. Those of others have their
   * order and gaps checked only.
   */
  contentChecked: bigint;
  /** Messages that came later than one that was published after them, or twice. */
  order: bigint;
  /** Messages that are missing in between. */
  gaps: bigint;
  /** Messages with wrong content. */
  content: bigint;
  /** What the first failure was; null when there is none. */
  first: string | null;
}

/** Checks messages as they come: order, gaps and, of generated ones, content. */
export class StreamVerifier {
  readonly #skips: boolean;
  #contentChecked = 0;
  #order = 0;
  #gaps = 0n;
  #content = 0;
  #first: string | null = null;
  #lastSeq = -1n;
  /** Index that comes next in each stream of generated messages. */
  readonly #next = new Map<number, number>();
  #nextShort: number | undefined;

  /** @param skips - the consumer leaves messages out by design (`latest`), so that gaps are no failure. */
  constructor(skips: boolean) {
    this.#skips = skips;
  }

  check(seq: bigint, lost: bigint, flags: number, data: Uint8Array): void {
    if (lost > 0n && !this.#skips) this.#missing(lost, `${lost} messages before message ${seq} were lost`);
    if (seq <= this.#lastSeq) {
      this.#order++;
      this.#fail(`message ${seq} came after message ${this.#lastSeq}`);
    }
    this.#lastSeq = seq;
    if ((flags & MessageFlag.Pattern) === 0) return;
    this.#contentChecked++;
    if (data.length < HEADER_BYTES) this.#checkShort(seq, lost, data);
    else this.#checkLong(seq, lost, data);
  }

  /** Messages were lost after the last one that came. */
  lostAtEnd(lost: bigint): void {
    if (!this.#skips) this.#missing(lost, `${lost} messages before the end of the stream were lost`);
  }

  result(): Verification {
    return {
      passed: this.#first === null,
      contentChecked: BigInt(this.#contentChecked),
      order: BigInt(this.#order),
      gaps: this.#gaps,
      content: BigInt(this.#content),
      first: this.#first,
    };
  }

  #checkLong(seq: bigint, lost: bigint, data: Uint8Array): void {
    const words = wordsOf(data);
    const header = readPatternHeader(words, data.length);
    if (header?.length !== data.length || !bodyMatches(header, words, data)) {
      this.#content++;
      this.#fail(`message ${seq} has not the content that was generated`);
      return;
    }
    this.#checkIndex(seq, lost, header);
  }

  #checkIndex(seq: bigint, lost: bigint, { stream, index }: PatternHeader): void {
    const expected = this.#next.get(stream);
    this.#next.set(stream, index + 1);
    if (expected === undefined || index === expected) return;
    if (index < expected) {
      this.#order++;
      this.#fail(`message ${seq} is number ${index} of its producer, after number ${expected - 1}`);
    } else if (lost === 0n && !this.#skips) {
      this.#missing(
        BigInt(index - expected),
        `message ${seq} is number ${index} of its producer, and number ${expected} is missing`,
      );
    }
  }

  /** A short message is its index, cut to its length. A new producer begins with 0. */
  #checkShort(seq: bigint, lost: bigint, data: Uint8Array): void {
    if (data.length === 0) return;
    let index = 0;
    for (let i = Math.min(data.length, 6) - 1; i >= 0; i--) index = index * 256 + (data[i] ?? 0);
    const modulus = 256 ** Math.min(data.length, 6);
    const expected = this.#nextShort;
    this.#nextShort = (index + 1) % modulus;
    if (data.subarray(6).some((byte) => byte !== 0)) {
      this.#content++;
      this.#fail(`message ${seq} has not the content that was generated`);
    } else if (expected !== undefined && index !== expected && index !== 0 && lost === 0n && !this.#skips) {
      this.#content++;
      this.#fail(`message ${seq} has the content of another: ${index} where ${expected} comes next`);
    }
  }

  #missing(count: bigint, what: string): void {
    this.#gaps += count;
    this.#fail(what);
  }

  #fail(what: string): void {
    this.#first ??= what;
  }
}

/** The whole words of a message. */
function wordsOf(data: Uint8Array): Uint32Array {
  const aligned = data.byteOffset % 4 === 0 ? data : data.slice();
  return new Uint32Array(aligned.buffer, aligned.byteOffset, Math.floor(aligned.length / 4));
}
