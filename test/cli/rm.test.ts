import * as fs from 'node:fs';
import * as path from 'node:path';
import { blockDirectory } from '../support/block-directory';
import { makeBlock } from '../support/blocks';
import { leaveTraces, Participant } from '../support/participants';
import { admin, runAdmin, runShell, type Run } from '../support/program';

const dir = blockDirectory();

function rm(...args: string[]): Run {
  return runAdmin(['rm', ...args], { dir });
}

function isThere(name: string): boolean {
  return fs.existsSync(path.join(dir, name));
}

test('nobody confirms: refused', () => {
  makeBlock('kept', dir);
  const { exit, stdout, stderr } = rm('kept');
  expect({ exit, stdout }).toEqual({ exit: 5, stdout: '' });
  expect(stderr).toMatch(
    /^Error: Not done without confirmation: Remove the block kept and the messages in it\?\nCode: DB0705 REFUSED\n/,
  );
  expect(stderr).toContain('--confirm kept');
  expect(rm('kept', '--confirm', 'other').exit).toBe(5);
  expect(isThere('kept')).toBe(true);
});

test.each([['--yes'], ['--confirm=gone']])('confirmed by %s', (flag) => {
  makeBlock('gone', dir);
  expect(rm('gone', flag)).toEqual({ exit: 0, stdout: '[OK] Removed gone\n', stderr: '' });
  expect(isThere('gone')).toBe(false);
});

/** Runs `rm` at a terminal of its own, where `answer` is typed. */
function rmAtTerminal(name: string, answer: string): Run {
  const command = `${process.execPath} ${admin} rm ${name}`;
  return runShell(`printf '%s\\n' '${answer}' | script --quiet --return --command '${command}' /dev/null`, {
    dir,
  });
}

test('at a terminal the name is asked for; an empty answer is No', () => {
  makeBlock('asked', dir);
  const refused = rmAtTerminal('asked', '');
  expect(refused.exit).toBe(5);
  expect(refused.stdout).toContain('Type asked to go on:');
  expect(rmAtTerminal('asked', 'y').exit).toBe(5);
  expect(isThere('asked')).toBe(true);
  expect(rmAtTerminal('asked', 'asked').exit).toBe(0);
  expect(isThere('asked')).toBe(false);
});

test('somebody is attached: refused, unless forced', async () => {
  makeBlock('used', dir);
  await Participant.start('attach', 'used', dir);
  const { exit, stderr } = rm('used', '--yes');
  expect(exit).toBe(5);
  expect(stderr).toMatch(/^Error: .*\nCode: DB0510 IN_USE\nTry this: datablock-admin diagnose used /);
  expect(rm('used', '--yes', '--force').exit).toBe(0);
  expect(isThere('used')).toBe(false);
});

test('the dead are not in the way', async () => {
  makeBlock('abandoned', dir);
  await leaveTraces('write', 'abandoned', dir);
  expect(rm('abandoned', '--yes').exit).toBe(0);
});

test('a damaged block can be removed', () => {
  makeBlock('damaged', dir);
  fs.truncateSync(path.join(dir, 'damaged'), 8192);
  expect(rm('damaged', '--yes').exit).toBe(0);
  expect(isThere('damaged')).toBe(false);
});

test('a file that is no block is never removed', () => {
  fs.writeFileSync(path.join(dir, 'notes.txt'), 'precious');
  expect(rm('notes.txt', '--yes', '--force').exit).toBe(65);
  expect(fs.readFileSync(path.join(dir, 'notes.txt'), 'utf8')).toBe('precious');
});
