/**
 * Generated messages, whose content says what it should be, so that a reader can check it without being told
 * anything else.
 *
 * A message of at least {@link HEADER_BYTES} bytes is, in little-endian 32-bit words:
 *
 *     0     "DBP" and the kind: 1 seq, 2 random
 *     1     stream: which run of which producer wrote it
 *     2-3   index: 0, 1, 2, ... within the stream
 *     4     length of the message
 *     5...  body: seq counts up by one from the low word of the index; random is xorshift32, seeded with stream and index
 *
 * The last word is cut where the length is no multiple of 4. A shorter message is its index in little-endian,
 * cut to its length or followed by zeros; it says nothing about its stream.
 */
export const patternKinds = ['seq', 'random'] as const;
export type PatternKind = (typeof patternKinds)[number];

export const HEADER_BYTES = 20;
const HEADER_WORDS = HEADER_BYTES / 4;
const MAGIC = 0x00504244; // "DBP" in the low three bytes
const WORD = 2 ** 32;

/** What the header of a generated message says. */
export interface PatternHeader {
  kind: PatternKind;
  stream: number;
  index: number;
  length: number;
}

/** A seed that is never 0, which xorshift could not leave. */
function seedOf(stream: number, indexLow: number): number {
  return Math.imul(stream ^ Math.imul(indexLow + 1, 0x9e3779b1), 0x85ebca6b) | 1;
}

/** xorshift32. */
function nextRandom(x: number): number {
  x ^= x << 13;
  x ^= x >>> 17;
  return x ^ (x << 5);
}

/** Words that a message takes up: the last one may be part of it only in part. */
export function wordsFor(length: number): number {
  return Math.ceil(length / 4);
}

/** Writes a message into `words`, {@link wordsFor} its length of them from `at`. */
export function writePattern(words: Uint32Array, at: number, header: PatternHeader): void {
  const { kind, stream, index, length } = header;
  const end = at + wordsFor(length);
  const low = index % WORD;
  const high = Math.floor(index / WORD);
  if (length < HEADER_BYTES) {
    words.fill(0, at, end);
    if (length > 0) words[at] = low;
    if (length > 4) words[at + 1] = high;
    return;
  }
  words[at] = MAGIC | ((patternKinds.indexOf(kind) + 1) << 24);
  words[at + 1] = stream;
  words[at + 2] = low;
  words[at + 3] = high;
  words[at + 4] = length;
  if (kind === 'seq') {
    for (let i = at + HEADER_WORDS, value = low; i < end; i++) words[i] = value++;
  } else {
    let x = seedOf(stream, low);
    for (let i = at + HEADER_WORDS; i < end; i++) words[i] = x = nextRandom(x);
  }
}

/** The header of a generated message; undefined when it has none. */
export function readPatternHeader(words: Uint32Array, length: number): PatternHeader | undefined {
  const first = words[0] ?? 0;
  const kind = patternKinds[(first >>> 24) - 1];
  if (length < HEADER_BYTES || (first & 0xffffff) !== MAGIC || kind === undefined) return undefined;
  return {
    kind,
    stream: words[1] ?? 0,
    index: (words[2] ?? 0) + (words[3] ?? 0) * WORD,
    length: words[4] ?? 0,
  };
}

/**
 * Whether the body of a message with this header, whose whole words are `words` and whose bytes are `bytes`,
 * is right.
 */
export function bodyMatches(header: PatternHeader, words: Uint32Array, bytes: Uint8Array): boolean {
  const whole = Math.floor(header.length / 4);
  let value = header.kind === 'seq' ? (header.index % WORD) | 0 : seedOf(header.stream, header.index % WORD);
  const random = header.kind === 'random';
  let difference = 0;
  for (let i = HEADER_WORDS; i < whole; i++) {
    if (random) value = nextRandom(value);
    difference |= (words[i] ?? 0) ^ value;
    if (!random) value = (value + 1) | 0;
  }
  if (random) value = nextRandom(value);
  for (let i = whole * 4; i < header.length; i++)
    difference |= (bytes[i] ?? 0) ^ ((value >>> (8 * (i % 4))) & 0xff);
  return difference === 0;
}
