import * as fs from 'node:fs';
import * as path from 'node:path';
import { blockDirectory } from '../support/block-directory';
import { bytesOf, makeBlock, publish } from '../support/blocks';
import { killChildrenAfterEach, startAdmin, until } from '../support/child';
import { leaveTraces } from '../support/participants';
import { runAdmin, type Run } from '../support/program';

const dir = blockDirectory();
killChildrenAfterEach();
const file = path.join(dir, 'evidence.snap');

function admin(...args: string[]): Run {
  return runAdmin(args, { dir });
}

test('a copy says what the block said, after the block is gone', async () => {
  makeBlock('foo', dir, { checksum: 'xxh3', checksumPolicy: 'enforced' });
  publish('foo', dir, 1);
  const pid = await leaveTraces('write', 'foo', dir);
  const before = bytesOf('foo', dir);
  const { exit, stdout } = admin('snapshot', 'foo', '-o', file);
  expect(exit).toBe(0);
  expect(stdout).toMatch(/^\[OK\] Copied foo with its messages to .*evidence\.snap, \d/);
  expect(bytesOf('foo', dir).equals(before)).toBe(true);
  const live = { history: admin('history', 'foo'), validate: admin('validate', 'foo') };
  admin('rm', 'foo', '--yes');

  const diagnosis = admin('diagnose', 'foo', '--from', file);
  expect(diagnosis.exit).toBe(2);
  expect(diagnosis.stdout).toMatch(
    /^foo: .*evidence\.snap\nAs it was at 20.*; commands are for where the block lives\n/,
  );
  expect(diagnosis.stdout).toMatch(/^Slot 1: WRITING \(stuck \S+\) \.\.\. STUCK$/m);
  expect(diagnosis.stdout).toContain(`PID ${pid} is DEAD, safe to reset\n`);
  expect(diagnosis.stdout).toContain('      datablock-admin auto-recover foo\n');

  expect(admin('why', '--from', file).stdout).toMatch(/^Nobody waits yet, but producer 1 .* is DEAD/);
  expect(admin('check', '--from', file).stdout).toMatch(/^DATABLOCK WARNING - foo: /);
  expect(admin('inspect', '--from', file).stdout).toMatch(/total_slots_written +1\n/);
  expect(admin('history', '--from', file)).toEqual(live.history);
  const validation = admin('validate', 'foo', '--from', file);
  expect(validation.exit).toBe(live.validate.exit);
  expect(validation.stdout).toContain('4 slots checked, 1 checksum verified\n');
});

test('it knows which block it is of, and is not taken for another', () => {
  expect(admin('diagnose', '--from', file).stdout).toContain('      datablock-admin auto-recover foo\n');
  const { exit, stderr } = admin('diagnose', 'bar', '--from', file);
  expect(exit).toBe(64);
  expect(stderr).toMatch(/evidence\.snap is a snapshot of foo\n/);
});

test('of a block in full flow: nothing in it is called corrupt', async () => {
  makeBlock('flow', dir, { slots: 8, producers: 'single', checksum: 'xxh3' });
  const producer = startAdmin(['produce', 'flow', '--size', '64', '--count', '1000000000'], { dir });
  await until('it flows', () => admin('why', 'flow').stdout.startsWith('Messages flow'));
  for (let i = 0; i < 12; i++) {
    const copy = path.join(dir, `flow-${i}.snap`);
    expect(admin('snapshot', 'flow', '-o', copy).exit).toBe(0);
    expect(admin('diagnose', '--from', copy).exit).toBe(0);
    expect(admin('validate', '--from', copy)).toMatchObject({ exit: 0, stderr: '' });
  }
  producer.kill('SIGKILL');
  await producer.ended;
});

test('without the messages', () => {
  makeBlock('bare', dir, { slotSize: 4096 });
  publish('bare', dir, 1, 4096);
  const bare = path.join(dir, 'bare.snap');
  expect(admin('snapshot', 'bare', '-o', bare, '--no-payload').stdout).toMatch(/without its messages/);
  expect(fs.readFileSync(bare).includes(Buffer.alloc(64, 1))).toBe(false);
  expect(admin('diagnose', '--from', bare).exit).toBe(0);
});

test('what is there is never overwritten, and no bad advice is given', () => {
  makeBlock('again', dir);
  const taken = path.join(dir, 'taken');
  fs.writeFileSync(taken, 'precious');
  const { exit, stderr } = admin('snapshot', 'again', '-o', taken);
  expect(exit).toBe(74);
  expect(stderr).toMatch(/^Error: .*the snapshot: .*\nCode: DB0703 IO\n/);
  expect(stderr).not.toContain('rm ');
  expect(fs.readFileSync(taken, 'utf8')).toBe('precious');
  expect(admin('snapshot', 'again', '-o', path.join(dir, 'no', 'folder')).exit).toBe(74);
});

test('a file that is no snapshot, a cut one, none at all', () => {
  const cut = path.join(dir, 'cut.snap');
  fs.writeFileSync(cut, fs.readFileSync(file).subarray(0, 200_000));
  expect(admin('diagnose', '--from', cut).stderr).toMatch(
    /is not a whole snapshot\.\nCode: DB0502 NOT_A_BLOCK\n/,
  );
  expect(admin('diagnose', '--from', '/etc/passwd').exit).toBe(65);
  expect(admin('diagnose', '--from', path.join(dir, 'none')).exit).toBe(74);
});
