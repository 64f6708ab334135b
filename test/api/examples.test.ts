/** The examples in TypeScript, compiled and run as their readers would. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import ts from 'typescript';
import { blockDirectory } from '../support/block-directory';
import { killChildrenAfterEach, start, type Ended } from '../support/child';
import { root } from '../support/program';

const dir = blockDirectory();
killChildrenAfterEach();

/** Inside the package, where "datablock" is found by its own name. */
const compiled = path.join(root, 'build', 'examples-typescript');

function run(example: string, ...args: string[]): Promise<Ended> {
  const source = fs.readFileSync(path.join(root, 'examples', 'typescript', `${example}.ts`), 'utf8');
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS },
  });
  fs.mkdirSync(compiled, { recursive: true });
  const program = path.join(compiled, `${example}.js`);
  fs.writeFileSync(program, outputText);
  return start(process.execPath, [program, ...args], { dir }).ended;
}

afterEach(() => {
  expect(fs.readdirSync(dir)).toEqual([]);
});

test('sensor: records between threads', async () => {
  const { exit, stdout, stderr } = await run('sensor');
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  expect(stdout.toString()).toBe(
    '1000 readings, on average 20.45 degrees\n0 participants left, 64 checksums verified, 0 violations\n',
  );
});

test('streams: a file through a block', async () => {
  const file = path.join(root, 'examples', 'data', 'sensors.csv');
  const { exit, stdout, stderr } = await run('streams', file);
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  expect(stdout.equals(fs.readFileSync(file))).toBe(true);
});
