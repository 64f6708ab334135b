import * as fs from 'node:fs';
import * as path from 'node:path';
import { blockDirectory } from '../support/block-directory';
import { makeBlock } from '../support/blocks';
import { documentOf } from '../support/json';
import { runAdmin } from '../support/program';

const dir = blockDirectory();

interface Result {
  symptoms: { topic: string; level: string; text: string; command: string | null }[];
}

test('finds what works here, and leaves nothing behind', () => {
  const { exit, stdout, stderr } = runAdmin(['doctor'], { dir });
  expect(stderr).toBe('');
  expect([0, 2]).toContain(exit);
  for (const topic of [
    'file system',
    'room',
    'locks',
    'membarrier',
    'O_TMPFILE',
    '/proc',
    'RemoveIPC',
    'versions',
  ])
    expect(stdout).toMatch(new RegExp(`^\\[(OK|NOTE|PROBLEM)\\] ${topic}: `, 'm'));
  expect(stdout).toMatch(/^\[OK\] locks: a live participant is told from a dead one$/m);
  expect(fs.readdirSync(dir)).toEqual([]);
});

test('a damaged block, a directory that is not there: exit 2, with a command', () => {
  makeBlock('cut', dir);
  fs.truncateSync(path.join(dir, 'cut'), 8192);
  const damaged = runAdmin(['doctor', '--json'], { dir });
  expect(damaged.exit).toBe(2);
  const { symptoms } = documentOf(damaged).result as Result;
  expect(symptoms.find(({ topic }) => topic === 'blocks')).toMatchObject({
    level: 'problem',
    command: 'datablock-admin diagnose cut',
  });
  const nowhere = runAdmin(['doctor', '--dir', path.join(dir, 'nowhere')]);
  expect(nowhere.exit).toBe(2);
  expect(nowhere.stdout).toMatch(/^\[PROBLEM\] directory: .*nowhere.*\n {4}mkdir -p /m);
});
