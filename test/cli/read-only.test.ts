/** Commands that only look open the block read-only, and leave every byte of it as it was. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { blockDirectory } from '../support/block-directory';
import { bytesOf, makeBlock, publish } from '../support/blocks';
import { Participant } from '../support/participants';
import { admin, run } from '../support/program';

const dir = blockDirectory();
const name = 'foo';

const commands: string[][] = [
  ['diagnose', name],
  ['why', name, '--watch', '1ms'],
  ['validate', name],
  ['inspect', name],
  ['inspect', name, '--schema'],
  ['schema', 'show', name],
  ['schema', 'hash', name],
  ['history', name],
  ['check', name],
  ['snapshot', name, '-o', 'copy.snap'],
  ['list'],
  ['doctor'],
  ['auto-recover', name, '--dry-run'],
  ['auto-recover', '--all', '--dry-run'],
  ['release-zombie-readers', name, '--dry-run'],
  ['release-zombie-writer', name, '--dry-run'],
  ['cleanup-heartbeats', name, '--dry-run'],
  ['prune', '--dry-run'],
];

/** Lines of the trace in which the block's file is opened. */
function openings(trace: string): string[] {
  return fs
    .readFileSync(trace, 'utf8')
    .split('\n')
    .filter((line) => /\bopen(at2?)?\(/.test(line) && line.includes(`"${path.join(dir, name)}"`));
}

/** Runs a command, and returns how it opened the block. */
function traced(words: readonly string[]): string[] {
  const trace = path.join(dir, 'trace.txt');
  const copy = path.join(dir, 'copy.snap');
  const command = words.map((word) => (word === 'copy.snap' ? copy : word));
  const strace = ['-f', '--seccomp-bpf', '-e', 'trace=open,openat,openat2,creat', '-o', trace];
  run('strace', [...strace, process.execPath, admin, ...command], { dir });
  fs.rmSync(copy, { force: true });
  return openings(trace);
}

test('every command that only looks', async () => {
  makeBlock(name, dir, { slots: 8, checksum: 'xxh3', checksumPolicy: 'enforced' });
  publish(name, dir, 2);
  // Of the living, all are stopped, so that every byte that changes is the tool's doing; one is dead.
  for (const act of ['write', 'follow', 'peek'] as const) (await Participant.start(act, name, dir)).stop();
  await (await Participant.start('write', name, dir)).kill();
  const before = bytesOf(name, dir);
  for (const words of commands) {
    const opened = traced(words);
    expect({ words, openings: opened.length }).not.toMatchObject({ openings: 0 });
    for (const line of opened) {
      expect(line).toMatch(/O_RDONLY/);
      expect(line).not.toMatch(/O_RDWR|O_WRONLY|O_TRUNC|O_CREAT/);
    }
    expect({ words, unchanged: bytesOf(name, dir).equals(before) }).toEqual({ words, unchanged: true });
  }
}, 90_000);
