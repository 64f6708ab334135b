/** `--all`, with bad blocks among good ones: all are reported, the worst decides, the good ones are repaired. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { blockDirectory } from '../support/block-directory';
import { makeBlock } from '../support/blocks';
import { killChildrenAfterEach } from '../support/child';
import { leaveTraces, Participant } from '../support/participants';
import { admin, runAdmin, runShell } from '../support/program';
import { twice } from '../support/twice';

const parent = blockDirectory();
let dir = '';
killChildrenAfterEach();

beforeEach(async () => {
  dir = fs.mkdtempSync(path.join(parent, 'all-'));
  for (const name of ['a-good', 'b-cut', 'c-good', 'd-living', 'e-scribbled']) makeBlock(name, dir);
  for (const name of ['a-good', 'b-cut', 'c-good']) await leaveTraces('write', name, dir);
  await Participant.start('write', 'd-living', dir);
  fs.truncateSync(path.join(dir, 'b-cut'), 70_000);
  const file = fs.openSync(path.join(dir, 'e-scribbled'), 'r+');
  fs.writeSync(file, Buffer.alloc(64, 0xff), 0, 64, 200);
  fs.closeSync(file);
  fs.writeFileSync(path.join(dir, 'notes.txt'), 'no block');
});

test('a dry run tells of all', () => {
  const { exit, stdout, stderr } = runAdmin(['auto-recover', '--all', '--dry-run'], { dir });
  expect({ exit, stderr }).toEqual({ exit: 6, stderr: '' });
  for (const line of [
    'a-good: dry run, nothing was changed',
    'c-good: dry run, nothing was changed',
    'd-living: nothing to recover',
  ])
    expect(stdout.split('\n')).toContain(line);
  expect(stdout).toMatch(/^\[ERROR\] b-cut: .* \(DB0503 TRUNCATED\)$/m);
  expect(stdout).toMatch(/^\[ERROR\] e-scribbled: .* \(DB0506 HEADER_CORRUPT\)$/m);
});

test('two at once', async () => {
  for (const { exit, stdout, stderr } of await twice(['auto-recover', '--all'], dir)) {
    expect({ exit, stderr }).toEqual({ exit: 6, stderr: '' });
    for (const name of ['a-good', 'b-cut', 'c-good', 'd-living', 'e-scribbled'])
      expect(stdout).toContain(name);
    expect(stdout).not.toContain('notes.txt');
    expect(stdout).not.toContain('[REFUSED]');
  }
  for (const name of ['a-good', 'c-good', 'd-living'])
    expect({ name, exit: runAdmin(['diagnose', name], { dir }).exit }).toEqual({ name, exit: 0 });
});

test('nobody reads what they say: they do their work all the same, and end quietly', () => {
  const recover = `"${process.execPath}" "${admin}" auto-recover --all`;
  const { stdout, stderr } = runShell(
    `{ ${recover}; echo "$?" >&2; } | true & { ${recover} >&-; echo "$?" >&2; } & wait`,
    { dir },
  );
  expect(stdout).toBe('');
  for (const line of stderr.trim().split('\n')) expect(['0', '6']).toContain(line);
  for (const name of ['a-good', 'c-good'])
    expect({ name, exit: runAdmin(['diagnose', name], { dir }).exit }).toEqual({ name, exit: 0 });
});
