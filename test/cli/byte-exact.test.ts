/** What goes into `produce` comes out of `consume`, byte for byte. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Segment } from '../../src';
import { blockDirectory } from '../support/block-directory';
import { killChildrenAfterEach, startAdmin, type Child } from '../support/child';
import { freshName } from '../support/names';
import { Random } from '../support/random';

jest.setTimeout(120_000);

const dir = blockDirectory();
killChildrenAfterEach();

interface Pipeline {
  slots: number;
  slotSize: number;
  input: Buffer;
  produce?: string[];
  consume?: string[];
  /** By standard input as a pipe, as a redirected file, or with --input. */
  by?: 'pipe' | 'redirection' | 'option';
}

/** Sends `input` through a block of its own, and returns what the consumer put out. */
async function through({
  slots,
  slotSize,
  input,
  produce = [],
  consume = [],
  by = 'pipe',
}: Pipeline): Promise<Buffer> {
  const name = freshName();
  const file = path.join(dir, 'input.data');
  if (by !== 'pipe') fs.writeFileSync(file, input);
  const consumer = startAdmin(['consume', name, '--wait', '60s', '--timeout', '60s', ...consume], { dir });
  const producer = startAdmin(
    [
      ...['produce', name, '--create', '--slots', String(slots), '--slot-size', String(slotSize)],
      ...[
        '--wait-consumers',
        '1',
        '--timeout',
        '60s',
        ...produce,
        ...(by === 'option' ? ['--input', file] : []),
      ],
    ],
    { dir, ...(by === 'pipe' ? { input } : by === 'redirection' ? { inputFile: file } : {}) },
  );
  await expectSuccess(producer);
  const output = await expectSuccess(consumer);
  Segment.unlink(name, { dir });
  return output;
}

async function expectSuccess(child: Child): Promise<Buffer> {
  const { exit, stdout, stderr } = await child.ended;
  if (exit !== 0) throw new Error(`exit ${String(exit)}: ${stderr}`);
  return stdout;
}

const random = new Random(20261120);

/** Lines of all lengths up to `longest`, of any bytes but the newline; the last one without a newline. */
function lines(total: number, longest: number): Buffer {
  const pieces: Buffer[] = [];
  for (let length = 0; length < total;) {
    const line = random
      .bytes(Math.min(random.integer(0, longest), total - length))
      .map((b) => (b === 10 ? 11 : b));
    pieces.push(Buffer.from(line), Buffer.from('\n'));
    length += line.length + 1;
  }
  pieces.push(Buffer.from('the end'));
  return Buffer.concat(pieces);
}

/** Records with their length in front. */
function prefixed(sizes: readonly number[]): Buffer {
  return Buffer.concat(
    sizes.flatMap((size) => {
      const prefix = Buffer.alloc(4);
      prefix.writeUInt32LE(size);
      return [prefix, random.bytes(size)];
    }),
  );
}

const MiB = 1024 * 1024;

describe('lines', () => {
  test.each([
    [1, 100, 20_000],
    [2, 100, 50_000],
    [3, 8, 50_000],
    [1000, 256, 1_000_000],
    [64, MiB, 5 * MiB],
  ])('%i slots of %i bytes', async (slots, slotSize, total) => {
    const input = lines(total, slotSize);
    expect((await through({ slots, slotSize, input })).equals(input)).toBe(true);
  });

  test.each([
    ['nothing', ''],
    ['one newline', '\n'],
    ['empty lines', '\n\n\n'],
    ['no final newline', 'a\nb'],
    ['CRLF', 'a\r\n\r\nb\r\n'],
  ])('%s', async (_, text) => {
    expect((await through({ slots: 2, slotSize: 16, input: Buffer.from(text) })).toString()).toBe(text);
  });

  test('a file that is redirected or named', async () => {
    const input = lines(300_000, 200);
    expect((await through({ slots: 100, slotSize: 256, input, by: 'redirection' })).equals(input)).toBe(true);
    expect((await through({ slots: 100, slotSize: 256, input, by: 'option' })).equals(input)).toBe(true);
  });
});

describe('fixed', () => {
  test.each([
    [1, 1, 300],
    [2, 7, 7 * 999],
    [3, 4096, 4096 * 50],
    [1000, 64, 64 * 20_000],
    [4, MiB, 8 * MiB],
    [1, MiB, 3 * MiB],
  ])('%i slots, records of %i bytes', async (slots, size, total) => {
    const input = random.bytes(total);
    const framing = ['--framing', `fixed:${size}`];
    expect((await through({ slots, slotSize: size, input, produce: framing })).equals(input)).toBe(true);
  });

  test('straight from a file into the slots', async () => {
    const input = random.bytes(5 * 300_000);
    const produce = ['--framing', 'fixed:300000'];
    for (const by of ['redirection', 'option'] as const) {
      expect((await through({ slots: 2, slotSize: 500_000, input, produce, by })).equals(input)).toBe(true);
    }
  });
});

describe('length', () => {
  const sizes = [0, 1, 0, 2, 3, 255, 256, 1000, 70_000, 0, MiB, 5, MiB, 1];
  test.each([1, 2, 3, 1000])('%i slots, messages from 0 bytes to 1 MiB', async (slots) => {
    const input = prefixed(sizes);
    const framing = ['--framing', 'length'];
    const output = await through({ slots, slotSize: MiB, input, produce: framing, consume: framing });
    expect(output.equals(input)).toBe(true);
  });
});

describe('raw', () => {
  test.each(['pipe', 'redirection', 'option'] as const)('by %s', async (by) => {
    const input = random.bytes(3 * MiB + 12_345);
    const raw = ['--framing', 'raw'];
    for (const [slots, slotSize] of [
      [1, 1000],
      [8, 100_000],
    ] as const) {
      expect((await through({ slots, slotSize, input, produce: raw, consume: raw, by })).equals(input)).toBe(
        true,
      );
    }
  });
});

test('hex', async () => {
  const input = Buffer.concat([random.bytes(300_000), Buffer.from([0, 255])]);
  const produce = ['--framing', 'fixed:150001'];
  const output = await through({
    slots: 2,
    slotSize: 200_000,
    input,
    produce,
    consume: ['--framing', 'hex'],
  });
  expect(output.toString()).toBe(`${input.toString('hex', 0, 150_001)}\n${input.toString('hex', 150_001)}\n`);
});

test('lines on the way out, whatever went in', async () => {
  const input = Buffer.from('abcdef');
  const output = await through({
    slots: 4,
    slotSize: 8,
    input,
    produce: ['--framing', 'fixed:2'],
    consume: ['--framing', 'lines'],
  });
  expect(output.toString()).toBe('ab\ncd\nef\n');
});

test('--output makes or empties a file', async () => {
  const file = path.join(dir, 'output.data');
  fs.writeFileSync(file, 'something longer that was there before');
  const input = lines(1000, 50);
  expect((await through({ slots: 4, slotSize: 64, input, consume: ['--output', file] })).length).toBe(0);
  expect(fs.readFileSync(file).equals(input)).toBe(true);
});

test('with every checksum', async () => {
  for (const checksum of ['xxh3', 'blake2b']) {
    const input = lines(200_000, 1000);
    const produce = ['--checksum', checksum, '--checksum-policy', 'enforced'];
    expect((await through({ slots: 16, slotSize: 1024, input, produce })).equals(input)).toBe(true);
  }
});
