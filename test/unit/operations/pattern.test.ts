import { MessageFlag } from '../../../src/native';
import {
  bodyMatches,
  readPatternHeader,
  wordsFor,
  writePattern,
  type PatternHeader,
} from '../../../src/operations/pattern';
import { StreamVerifier, type Verification } from '../../../src/operations/stream-verifier';

function generate(header: PatternHeader): Uint8Array {
  const words = new Uint32Array(wordsFor(header.length) + 4);
  writePattern(words, 2, header);
  return new Uint8Array(words.buffer, 8, header.length);
}

function parse(data: Uint8Array): { header: PatternHeader | undefined; matches: boolean } {
  const words = new Uint32Array(data.buffer, data.byteOffset, Math.floor(data.length / 4));
  const header = readPatternHeader(words, data.length);
  return { header, matches: header !== undefined && bodyMatches(header, words, data) };
}

const kinds = ['seq', 'random'] as const;

describe.each(kinds)('pattern %s', (kind) => {
  test.each([20, 21, 22, 23, 24, 63, 64, 65, 4096, 1_000_001])(
    'a message of %i bytes says what it is',
    (length) => {
      for (const index of [0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 40 + 5]) {
        const header = { kind, stream: 0xfedcba98, index, length };
        expect(parse(generate(header))).toEqual({ header, matches: true });
      }
    },
  );

  test('is the same every time, and another for another index or stream', () => {
    const header = { kind, stream: 7, index: 3, length: 64 };
    expect(generate(header)).toEqual(generate(header));
    const body = (h: PatternHeader): Uint8Array => generate(h).subarray(20);
    expect(body(header)).not.toEqual(body({ ...header, index: 4 }));
    if (kind === 'random') expect(body(header)).not.toEqual(body({ ...header, stream: 8 }));
  });

  test('any wrong bit of the body is found', () => {
    for (const length of [21, 23, 24, 40]) {
      for (let i = 20; i < length; i++) {
        const data = generate({ kind, stream: 1, index: 9, length });
        data[i]! ^= 0x10;
        expect(parse(data).matches).toBe(false);
      }
    }
  });

  test('a short message is its index', () => {
    expect([...generate({ kind, stream: 1, index: 0x1234, length: 1 })]).toEqual([0x34]);
    expect([...generate({ kind, stream: 1, index: 0x1234, length: 3 })]).toEqual([0x34, 0x12, 0]);
    expect([...generate({ kind, stream: 1, index: 2 ** 32 + 2, length: 10 })]).toEqual([
      2, 0, 0, 0, 1, 0, 0, 0, 0, 0,
    ]);
    expect(generate({ kind, stream: 1, index: 5, length: 0 })).toHaveLength(0);
  });
});

test('other data has no header', () => {
  expect(readPatternHeader(new Uint32Array(8), 32)).toBeUndefined();
  expect(readPatternHeader(new Uint32Array([0x09504244, 0, 0, 0, 32, 0, 0, 0]), 32)).toBeUndefined();
});

describe('verifier', () => {
  interface Arrival {
    index: number;
    seq?: bigint;
    lost?: bigint;
    stream?: number;
    length?: number;
    damage?: number;
  }

  function verify(arrivals: readonly Arrival[], skips = false): Verification {
    const verifier = new StreamVerifier(skips);
    arrivals.forEach(({ index, seq, lost = 0n, stream = 1, length = 64, damage }, k) => {
      const data = generate({ kind: 'random', stream, index, length });
      if (damage !== undefined) data[damage]! ^= 1;
      verifier.check(seq ?? BigInt(k), lost, MessageFlag.Pattern, data);
    });
    return verifier.result();
  }

  const count = (indices: readonly number[], length = 64): Arrival[] =>
    indices.map((index) => ({ index, length }));

  test.each([1, 2, 3, 7, 12, 19, 20, 64])('passes %i-byte messages in order', (length) => {
    const indices = Array.from({ length: 600 }, (_, i) => i);
    expect(verify(count(indices, length))).toEqual({
      passed: true,
      contentChecked: 600n,
      order: 0n,
      gaps: 0n,
      content: 0n,
      first: null,
    });
  });

  test('passes a stream that is joined in the middle, and streams of several producers, each in its order', () => {
    expect(verify(count([5, 6, 7])).passed).toBe(true);
    const two = [0, 0, 1, 1, 2, 2].map((index, k) => ({ index, stream: k % 2 }));
    expect(verify(two).passed).toBe(true);
  });

  test('finds a gap, an older message, a repeated one', () => {
    expect(verify(count([0, 1, 4]))).toMatchObject({ passed: false, gaps: 2n, order: 0n });
    expect(verify(count([0, 2, 1]))).toMatchObject({ passed: false, order: 1n });
    expect(verify(count([0, 0]))).toMatchObject({ passed: false, order: 1n });
    expect(
      verify([
        { index: 0, seq: 4n },
        { index: 1, seq: 4n },
      ]),
    ).toMatchObject({ passed: false, order: 1n });
  });

  test('counts a declared loss once', () => {
    expect(verify([{ index: 0 }, { index: 3, seq: 3n, lost: 2n }])).toMatchObject({
      passed: false,
      gaps: 2n,
    });
  });

  test('gaps are no failure of a consumer that skips by design, but order is', () => {
    expect(verify([{ index: 0 }, { index: 3, seq: 3n, lost: 2n }], true).passed).toBe(true);
    expect(verify(count([0, 5]), true).passed).toBe(true);
    expect(verify(count([5, 0]), true).passed).toBe(false);
  });

  test('finds damage anywhere in a message', () => {
    for (const damage of [0, 3, 16, 20, 63]) {
      expect(verify([{ index: 0, damage }])).toMatchObject({ passed: false, content: 1n });
    }
    expect(verify([...count([0, 1], 3), { index: 2, length: 3, damage: 1 }])).toMatchObject({
      passed: false,
      content: 1n,
    });
  });

  test('counts what was lost at the end', () => {
    const verifier = new StreamVerifier(false);
    verifier.lostAtEnd(3n);
    expect(verifier.result()).toMatchObject({ passed: false, gaps: 3n });
  });

  test('of messages that were not generated, order and gaps are checked', () => {
    const verifier = new StreamVerifier(false);
    verifier.check(0n, 0n, 0, Buffer.from('anything'));
    verifier.check(3n, 0n, 0, Buffer.from('anything'));
    expect(verifier.result()).toMatchObject({ passed: true, contentChecked: 0n });
    verifier.check(9n, 5n, 0, Buffer.from('anything'));
    expect(verifier.result()).toMatchObject({
      passed: false,
      gaps: 5n,
      first: '5 messages before message 9 were lost',
    });
  });
});
