import type { LastRecord, MessageEncoder, RecordSplitter } from '../../../src/operations/framing/framing';
import { fixedSplitter } from '../../../src/operations/framing/fixed';
import { encoderFor, byteFramings } from '../../../src/operations/framing/output-framing';
import { lengthSplitter } from '../../../src/operations/framing/length-prefixed';
import { lineSplitter } from '../../../src/operations/framing/lines';
import { rawSplitter } from '../../../src/operations/framing/raw';
import { MessageFlag } from '../../../src/native';

interface Message {
  payload: string;
  flags: number;
}

/**
 * Cuts a text that arrives in pieces of `piece` bytes, as the producing pump does; `missing` says what the
 * last record lacks.
 */
function cut(
  splitter: RecordSplitter,
  text: string,
  piece: number,
  maxAtOnce = 8192,
): { messages: Message[]; missing: number } {
  const input = Buffer.from(text, 'latin1');
  const ends = new Uint32Array(maxAtOnce);
  const messages: Message[] = [];
  let from = 0;
  for (let to = Math.min(piece, input.length); ; to = Math.min(to + piece, input.length)) {
    for (
      let count = splitter.split(input, from, to, ends);
      count > 0;
      count = splitter.split(input, from, to, ends)
    ) {
      let begin = from + splitter.lead;
      for (let k = 0; k < count; k++) {
        const end = from + splitter.lead + ends[k]!;
        messages.push({ payload: input.toString('latin1', begin, end), flags: splitter.flags });
        begin = end + splitter.tail + splitter.lead;
      }
      from += splitter.lead + ends[count - 1]! + splitter.tail;
    }
    if (to === input.length) break;
  }
  if (from === input.length) return { messages, missing: 0 };
  const last: LastRecord = splitter.atEnd(input, from, input.length);
  if ('missing' in last) return { messages, missing: last.missing };
  messages.push({ payload: input.toString('latin1', last.begin, last.end), flags: last.flags });
  return { messages, missing: 0 };
}

function encoded(encoder: MessageEncoder, messages: readonly Message[]): string {
  const out = Buffer.alloc(1 << 16);
  let at = 0;
  for (const { payload, flags } of messages) {
    const bytes = Buffer.from(payload, 'latin1');
    at = encoder.tail(out, encoder.body(out, encoder.head(out, at, bytes.length), bytes), flags);
  }
  return out.toString('latin1', 0, at);
}

const binary = Array.from({ length: 1000 }, (_, i) => String.fromCharCode((i * 37) % 256)).join('');

const texts: Record<string, string> = {
  nothing: '',
  'one newline': '\n',
  'empty lines': '\n\n\n',
  'one line': 'hello\n',
  'no final newline': 'a\nbc\ndef',
  'an empty line last': 'a\n\n',
  CRLF: 'a\r\nb\r\n',
  'a lone CR': 'a\rb\n',
  binary,
  'many lines': Array.from({ length: 500 }, (_, i) => 'x'.repeat(i % 70)).join('\n'),
};

describe('lines', () => {
  test.each(Object.entries(texts))(
    '%s comes out of the default framings as it went in, however it is cut',
    (_, text) => {
      for (const piece of [1, 2, 3, 7, 64, 4096]) {
        for (const maxAtOnce of [1, 2, 8192]) {
          const { messages } = cut(lineSplitter, text, piece, maxAtOnce);
          expect(encoded(encoderFor('auto'), messages)).toBe(text);
        }
      }
    },
  );

  test('a line is published without its newline, and says that one followed', () => {
    expect(cut(lineSplitter, 'a\n\nb', 64).messages).toEqual([
      { payload: 'a', flags: MessageFlag.Line },
      { payload: '', flags: MessageFlag.Line },
      { payload: 'b', flags: 0 },
    ]);
  });

  test('does not look beyond the bytes that are filled in', () => {
    const ends = new Uint32Array(4);
    expect(lineSplitter.split(Buffer.from('ab\ncd\n'), 0, 2, ends)).toBe(0);
    expect(lineSplitter.split(Buffer.from('ab\ncd\n'), 0, 4, ends)).toBe(1);
  });

  test('an incomplete line has at least the bytes that are there', () => {
    expect(lineSplitter.incomplete(Buffer.from('abc'), 1, 3)).toEqual({ bytes: 2, exact: false });
  });
});

describe('fixed', () => {
  test('cuts records of one size', () => {
    for (const piece of [1, 2, 3, 5, 64]) {
      const { messages, missing } = cut(fixedSplitter(3), 'abcdefghi', piece);
      expect(messages.map(({ payload }) => payload)).toEqual(['abc', 'def', 'ghi']);
      expect(missing).toBe(0);
    }
  });

  test('says what a shorter last record lacks', () => {
    expect(cut(fixedSplitter(4), 'abcdef', 5)).toEqual({
      messages: [{ payload: 'abcd', flags: 0 }],
      missing: 2,
    });
  });

  test('no input is no record', () => {
    expect(cut(fixedSplitter(4), '', 5)).toEqual({ messages: [], missing: 0 });
  });
});

describe('length', () => {
  const records = ['', 'a', '', binary, 'xyz'].map((payload) => ({ payload, flags: 0 }));
  const stream = encoded(encoderFor('length'), records);

  test('is read as it is written, however it is cut', () => {
    expect(stream).toHaveLength(5 * 4 + 1 + 1000 + 3);
    for (const piece of [1, 2, 3, 5, 1024, 4096]) {
      expect(cut(lengthSplitter, stream, piece, 2)).toEqual({ messages: records, missing: 0 });
    }
  });

  test('says what a record that is cut off lacks, in its length or its data', () => {
    expect(cut(lengthSplitter, stream + '\x05\0', 64).missing).toBe(2);
    expect(cut(lengthSplitter, stream + '\x05\0\0\0ab', 64).missing).toBe(3);
  });

  test('a length is known before its data is there', () => {
    const huge = Buffer.from([0xff, 0xff, 0xff, 0xff]);
    expect(lengthSplitter.incomplete(huge, 0, 4)).toEqual({ bytes: 2 ** 32 - 1, exact: true });
    expect(lengthSplitter.incomplete(huge, 0, 3)).toEqual({ bytes: 0, exact: false });
  });
});

describe('raw', () => {
  test('keeps the stream, in pieces that fit', () => {
    for (const piece of [1, 3, 64]) {
      const { messages } = cut(rawSplitter(4), binary, piece, 5);
      expect(messages.map(({ payload }) => payload).join('')).toBe(binary);
      expect(Math.max(...messages.map(({ payload }) => payload.length))).toBe(Math.min(piece, 4));
    }
  });
});

describe('output', () => {
  const messages = [
    { payload: 'a', flags: MessageFlag.Line },
    { payload: '\xff\0', flags: 0 },
    { payload: '', flags: 0 },
  ];
  test.each([
    ['auto', 'a\n\xff\0'],
    ['raw', 'a\xff\0'],
    ['lines', 'a\n\xff\0\n\n'],
    ['length', '\x01\0\0\0a\x02\0\0\0\xff\0\0\0\0\0'],
    ['hex', '61\nff00\n\n'],
  ] as const)('%s', (framing, expected) => {
    expect(byteFramings).toContain(framing);
    expect(encoded(encoderFor(framing), messages)).toBe(expected);
  });
});
