import * as fs from 'node:fs';
import * as path from 'node:path';
import { blockDirectory } from '../support/block-directory';
import { makeBlock, scribble } from '../support/blocks';
import { entryOf } from '../support/cleaner-watch';
import { documentOf } from '../support/json';
import { Participant } from '../support/participants';
import { runAdmin } from '../support/program';

const dir = blockDirectory();

/** Offset of the version in a participant's entry (docs/layout.md). */
const VERSION = 176;

interface Result {
  attached: { block: string; participant: number; pid: number; name: string; version: string }[];
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

test('the library of everybody who is attached is told, and one of another version is noted', async () => {
  makeBlock('mixed', dir);
  const old = await Participant.start('attach', 'mixed', dir);
  const current = await Participant.start('follow', 'mixed', dir);
  const entry = entryOf('mixed', dir, old.pid);
  const version = Buffer.alloc(16);
  version.write('0.0.9');
  scribble('mixed', dir, entry + VERSION, version);
  const { result } = documentOf(runAdmin(['doctor', '--json'], { dir }));
  const tools = /\d+\.\d+\.\d+/.exec(runAdmin(['--version'], { dir }).stdout)![0];
  expect((result as Result).attached).toEqual([
    { block: 'mixed', participant: 1, pid: old.pid, name: 'node', version: '0.0.9' },
    { block: 'mixed', participant: 2, pid: current.pid, name: 'node', version: tools },
  ]);
  expect(runAdmin(['doctor'], { dir }).stdout).toContain(
    `[NOTE] versions: producer 1 of mixed, PID ${old.pid} (node), runs DataBlock 0.0.9, these tools are ${tools}\n`,
  );
  await old.kill();
  expect(runAdmin(['doctor'], { dir }).stdout).toMatch(
    /^\[OK\] versions: 1 block and 1 participant, all of DataBlock \S+ like these tools$/m,
  );
});
