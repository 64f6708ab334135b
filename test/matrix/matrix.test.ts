/** Every language as producer, with every language as consumer: README.md says what the actors do. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { blockDirectory } from '../support/block-directory';
import { killChildrenAfterEach, start as startChild, until, type Child } from '../support/child';
import { freshName } from '../support/names';
import { root } from '../support/program';

const dir = blockDirectory();
const here = path.join(root, 'test', 'matrix');

const COUNT = 3000;
const FEW = 10;
const DAMAGED = 4;

const programs: Record<string, readonly string[]> = {
  'C++': [path.join(root, 'build', 'test', 'matrix', 'datablock-matrix-actor')],
  Node: [process.execPath, path.join(here, 'actor.js')],
  Python: ['python3', path.join(here, 'actor.py')],
};
const languages = Object.keys(programs);
const pairs = languages.flatMap((from) => languages.map((to) => [from, to] as const));

killChildrenAfterEach();

process.env.PYTHONPATH = path.join(root, 'python');
process.env.PYTHONDONTWRITEBYTECODE = '1';
process.env.DATABLOCK_LIBRARY = path.join(root, 'build', 'native', 'c_abi', 'libdatablock.so.1');

function start(language: string, ...args: string[]): Child {
  const [program = '', ...first] = programs[language]!;
  return startChild(program, [...first, ...args], { dir });
}

interface Outcome {
  exit: number | null;
  stdout: string;
  stderr: string;
}

async function outcomeOf(child: Child): Promise<Outcome> {
  const { exit, stdout, stderr } = await child.ended;
  return { exit, stdout: stdout.toString(), stderr };
}

const play = (language: string, ...args: string[]): Promise<Outcome> => outcomeOf(start(language, ...args));

const done = { exit: 0, stdout: '', stderr: '' };
const refused = { exit: 3, stdout: '', stderr: 'SCHEMA_MISMATCH\n' };

interface Summary {
  count: number;
  damaged: number;
  lost: number;
}

function expectRead({ exit, stdout, stderr }: Outcome, summary: Summary): void {
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  expect(stdout).toMatch(/^attached\n/);
  expect(JSON.parse(stdout.replace('attached\n', ''))).toEqual(summary);
}

describe.each(pairs)('%s to %s', (from, to) => {
  test.each(['xxh3', 'blake2b'])(`${COUNT} records, checksums of %s`, async (checksum) => {
    const name = freshName();
    expect(await play(from, 'create', name, checksum)).toEqual(done);
    const consumer = start(to, 'consume', name, 'latest', 'reading');
    await until('the consumer is attached', () => consumer.stdout.includes('attached\n'));
    expect(await play(from, 'produce', name, String(COUNT), 'reading')).toEqual(done);
    expectRead(await outcomeOf(consumer), { count: COUNT, damaged: 0, lost: 0 });
  });

  test('another schema is refused on either side', async () => {
    const name = freshName();
    expect(await play(from, 'create', name, 'xxh3')).toEqual(done);
    expect(await play(to, 'consume', name, 'latest', 'other')).toEqual(refused);
    const back = freshName();
    expect(await play(to, 'create', back, 'xxh3')).toEqual(done);
    expect(await play(from, 'produce', back, '1', 'other')).toEqual(refused);
  });

  test('a message that was damaged in between is noticed, and only that', async () => {
    const name = freshName();
    expect(await play(from, 'create', name, 'xxh3')).toEqual(done);
    expect(await play(from, 'produce', name, String(FEW), 'reading')).toEqual(done);
    damage(path.join(dir, name), Buffer.from(`ü${DAMAGED}\0`));
    const outcome = await play(to, 'consume', name, 'oldest', 'reading');
    expectRead(outcome, { count: FEW - 1, damaged: 1, lost: 1 });
  });
});

/** Flips one bit of the only place in a file that holds `text`. */
function damage(file: string, text: Buffer): void {
  const bytes = fs.readFileSync(file);
  const place = bytes.indexOf(text);
  expect(place).toBeGreaterThan(0);
  expect(bytes.indexOf(text, place + 1)).toBe(-1);
  const descriptor = fs.openSync(file, 'r+');
  try {
    fs.writeSync(descriptor, Buffer.of((bytes[place] ?? 0) ^ 1), 0, 1, place);
  } finally {
    fs.closeSync(descriptor);
  }
}
