import * as fs from 'node:fs';
import * as path from 'node:path';
import { blockDirectory } from '../support/block-directory';
import { makeBlock } from '../support/blocks';
import { leaveTraces, Participant } from '../support/participants';
import { runAdmin, type Run } from '../support/program';

const parent = blockDirectory();
let dir = '';

beforeEach(async () => {
  dir = fs.mkdtempSync(path.join(parent, 'prune-'));
  for (const name of ['abandoned', 'idle', 'used', 'damaged']) makeBlock(name, dir);
  fs.truncateSync(path.join(dir, 'damaged'), 8192);
  fs.writeFileSync(path.join(dir, 'notes.txt'), 'not a block');
  await leaveTraces('write', 'abandoned', dir);
  await Participant.start('attach', 'used', dir);
});

function prune(...args: string[]): Run {
  return runAdmin(['prune', ...args], { dir });
}

const all = ['abandoned', 'damaged', 'idle', 'notes.txt', 'used'];

test('a dry run says what would go', () => {
  const { exit, stdout, stderr } = prune('--dry-run');
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  expect(stdout).toMatch(/^Would remove abandoned \(abandoned, .*\)\nWould remove idle \(idle, .*\)\n$/);
  expect(fs.readdirSync(dir).sort()).toEqual(all);
});

test('nobody confirms: refused', () => {
  const { exit, stderr } = prune();
  expect(exit).toBe(5);
  expect(stderr).toMatch(/^Error: Not done without confirmation: Remove 2 blocks \(abandoned, idle\)\?\n/);
  expect(fs.readdirSync(dir).sort()).toEqual(all);
});

test('--yes removes what nobody alive uses, and nothing else', () => {
  const { exit, stdout } = prune('--yes');
  expect(exit).toBe(0);
  expect(stdout).toMatch(/^\[OK\] Removed abandoned\n\[OK\] Removed idle\n2 blocks removed, .* freed\n$/);
  expect(fs.readdirSync(dir).sort()).toEqual(['damaged', 'notes.txt', 'used']);
  expect(prune('--yes').stdout).toBe('No stale blocks.\n');
});

test('--confirm NAME removes that one only, and never one in use', () => {
  expect(prune('--confirm', 'idle', '--confirm', 'used').exit).toBe(0);
  expect(fs.readdirSync(dir).sort()).toEqual(['abandoned', 'damaged', 'notes.txt', 'used']);
});

test('--json', () => {
  const { result } = JSON.parse(prune('--yes', '--json').stdout) as {
    result: { removed: { name: string }[]; kept: unknown[] };
  };
  expect(result.removed.map(({ name }) => name)).toEqual(['abandoned', 'idle']);
  expect(result.kept).toEqual([]);
});
