import { blockDirectory } from '../support/block-directory';
import { bytesOf, makeBlock, publish } from '../support/blocks';
import { leaveAllTraces, Participant } from '../support/participants';
import { runAdmin, type Run } from '../support/program';

const dir = blockDirectory();

function admin(...args: string[]): Run {
  return runAdmin(args, { dir });
}

test('each step cleans up its own, and leaves the rest', async () => {
  makeBlock('steps', dir);
  publish('steps', dir, 1);
  const dead = await leaveAllTraces(['write', 'follow', 'peek', 'attach'], 'steps', dir);
  const [writer, follower, peeker, attached] = dead.map(String);
  const before = bytesOf('steps', dir);

  const dry = admin('release-zombie-writer', 'steps', '--dry-run');
  expect(dry.exit).toBe(2);
  expect(dry.stdout).toContain(`Would release zombie writer on slot 1 (PID ${writer!})\n`);
  expect(dry.stdout).not.toContain('reader');
  expect(bytesOf('steps', dir).equals(before)).toBe(true);

  const entries = admin('cleanup-heartbeats', '--shm-name', 'steps');
  expect(entries).toEqual({
    exit: 1,
    stdout: `steps: 1 done\n[OK] Freed entry 4 of dead producer (PID ${attached!})\n`,
    stderr: '',
  });
  const readers = admin('release-zombie-readers', 'steps');
  expect(readers.exit).toBe(1);
  expect(readers.stdout).toContain(`[OK] Released zombie reader at message 2 (PID ${follower!})\n`);
  expect(readers.stdout).toContain(`[OK] Released zombie reader on slot 0 (PID ${peeker!})\n`);
  expect(readers.stdout).not.toContain('writer');
  expect(admin('diagnose', 'steps').exit).toBe(2);

  expect(admin('release-zombie-writer', 'steps').stdout).toContain(
    `[OK] Released zombie writer on slot 1 (PID ${writer!})\n`,
  );
  expect(admin('diagnose', 'steps').exit).toBe(0);
  expect(admin('release-zombie-writer', 'steps')).toEqual({
    exit: 0,
    stdout: 'steps: nothing to recover\n',
    stderr: '',
  });
});

test('the living are left alone', async () => {
  makeBlock('living', dir);
  publish('living', dir, 1);
  const participants = [];
  for (const act of ['write', 'follow', 'peek'] as const) {
    participants.push(await Participant.start(act, 'living', dir));
  }
  for (const participant of participants) participant.stop();
  for (const step of ['release-zombie-writer', 'release-zombie-readers', 'cleanup-heartbeats']) {
    expect(admin(step, 'living')).toEqual({ exit: 0, stdout: 'living: nothing to recover\n', stderr: '' });
  }
});
