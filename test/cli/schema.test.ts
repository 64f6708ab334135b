/** The commands `schema show|hash|diff|from-header`, at blocks and files. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { parseSchemaFile, Segment } from '../../src';
import { blockDirectory } from '../support/block-directory';
import { documentOf } from '../support/json';
import { runAdmin, type Run } from '../support/program';

const dir = blockDirectory();

const fields = [
  { name: 'time', type: 'u64', unit: 'ns' },
  { name: 'x', type: 'f64' },
];
const one = { name: 'Point', version: '1.0.0', fields };
const grown = { ...one, version: '1.1.0', fields: [...fields, { name: 'y', type: 'f64' }] };
const other = { ...one, fields: [fields[0], { name: 'x', type: 'f32' }] };

function fileOf(name: string, content: unknown): string {
  const file = path.join(dir, name);
  fs.writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

const oneFile = fileOf('one.schema.json', one);
const grownFile = fileOf('grown.schema.json', grown);
const otherFile = fileOf('other.schema.json', other);
const schema = parseSchemaFile(JSON.stringify(one));

const admin = (...args: string[]): Run => runAdmin(['schema', ...args], { dir });

beforeAll(() => {
  Segment.create('points', { dir, slots: 4, slotSize: schema.size, schema });
  Segment.create('bytes', { dir, slots: 4, slotSize: 8 });
});

test.each(['points', oneFile])('show %s', (subject) => {
  const { exit, stdout } = admin('show', subject);
  expect(exit).toBe(0);
  expect(stdout).toMatch(/^Point 1\.0\.0, 16 B, aligned to 8 bytes, id [0-9a-f]{32}\n/);
  expect(stdout).toMatch(/^0 +8 +u64 +time +ns$/m);
  expect(documentOf(admin('show', subject, '--json'))).toMatchObject({
    schema: 'datablock.schema-show.v1',
    result: { name: 'Point', text: schema.text, hash: schema.hash, id: schema.id },
  });
});

test.each(['points', oneFile])('hash %s', (subject) => {
  expect(admin('hash', subject)).toMatchObject({ exit: 0, stdout: `${schema.hash}\n`, stderr: '' });
});

test('a snapshot has its block’s schema', () => {
  const copy = path.join(dir, 'points.snap');
  runAdmin(['snapshot', 'points', '-o', copy], { dir });
  expect(admin('hash', '--from', copy).stdout).toBe(`${schema.hash}\n`);
});

describe('diff', () => {
  test('the same', () => {
    const { exit, stdout } = admin('diff', 'points', oneFile);
    expect({ exit, stdout }).toEqual({ exit: 0, stdout: '[OK] The schemas are the same.\n' });
  });

  test('a field more: a compatible reader of the older one can read it', () => {
    const { exit, stdout } = admin('diff', grownFile, oneFile);
    expect(exit).toBe(78);
    expect(stdout).toContain('  field y: is f64 at 16, not asked for\n');
    expect(stdout).toContain(`[OK] A compatible reader of ${oneFile} can read ${grownFile}.\n`);
    expect(admin('diff', grownFile, oneFile, '--compatible').exit).toBe(0);
    expect(admin('diff', oneFile, grownFile, '--compatible').exit).toBe(78);
  });

  test('another type: nobody can', () => {
    const { exit, stdout } = admin('diff', 'points', otherFile, '--compatible');
    expect(exit).toBe(78);
    expect(stdout).toContain('! field x: is f64 at 8, asked for f32 at 8\n');
    expect(stdout).toContain(`[NO] No reader of ${otherFile} can read points`);
    const { result } = documentOf(admin('diff', 'points', otherFile, '--json'));
    expect(result).toMatchObject({ written: 'points', equal: false, compatible: false });
  });
});

describe('from-header', () => {
  const header = fileOf('point.h', 'struct Point { unsigned long time; double x; };\n');

  test('what it prints is a schema file', () => {
    const { exit, stdout } = admin('from-header', header, '--record-version', '1.2.3');
    expect(exit).toBe(0);
    const made = parseSchemaFile(stdout);
    expect(made.text).toBe(
      parseSchemaFile(
        JSON.stringify({ ...one, version: '1.2.3', fields: [{ name: 'time', type: 'u64' }, fields[1]] }),
      ).text,
    );
    const file = fileOf('made.schema.json', stdout);
    expect(admin('hash', file).stdout).toBe(`${made.hash}\n`);
    expect(runAdmin(['create', 'made', '--slots', '2', '--schema', file], { dir }).exit).toBe(0);
    expect(admin('diff', 'made', file).exit).toBe(0);
  });

  test('a header from a pipe', () => {
    const run = runAdmin(['schema', 'from-header', '-'], { dir, input: 'struct A { float x; };' });
    expect(parseSchemaFile(run.stdout).name).toBe('A');
  });

  test('what it cannot tell is refused, with its line', () => {
    const bad = fileOf('bad.h', 'struct A {\n  int *next;\n};\n');
    const { exit, stdout, stderr } = admin('from-header', bad);
    expect({ exit, stdout }).toEqual({ exit: 65, stdout: '' });
    expect(stderr).toContain('line 2: a pointer means nothing in another process');
  });
});

test('what is missing or wrong', () => {
  expect(admin('show', 'bytes')).toMatchObject({ exit: 78, stdout: '' });
  expect(admin('show', 'bytes').stderr).toMatch(/Code: DB0522 NO_SCHEMA/);
  expect(admin('show', path.join(dir, 'nowhere.json')).exit).toBe(74);
  expect(admin('show', 'pints').stderr).toMatch(
    /datablock-admin schema show points .* did you mean points\?/,
  );
  expect(admin('diff', 'points').exit).toBe(64);
  expect(admin('from-header').exit).toBe(64);
  expect(admin('shwo', 'points').stderr).toMatch(/did you mean schema show\?/i);
});
