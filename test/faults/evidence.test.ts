/** Who is alive? Made for real: zombies, other namespaces, no /proc, a lock that outlives its process, other clocks. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { blockDirectory } from '../support/block-directory';
import { bytesOf, makeBlock } from '../support/blocks';
import { killChildrenAfterEach, start, until } from '../support/child';
import { stateOf } from '../support/cleaner-watch';
import { leaveTraces, Participant } from '../support/participants';
import { admin, runAdmin, type Run } from '../support/program';
import { pidToldBy, signal } from '../support/signal';
import { pidNamespace, runBehind, runWithMounts, unshare } from '../support/unshare';

const dir = blockDirectory();
killChildrenAfterEach();

function tool(...args: string[]): Run {
  return runAdmin(args, { dir });
}

/** `produce`, with a slot in its hand, behind some words. */
async function startWriter(name: string, prefix: readonly string[]): Promise<ReturnType<typeof start>> {
  const words = [...prefix, process.execPath, admin, 'produce', name, '--size', '8', '--hold', '60s'];
  const writer = start(words[0]!, words.slice(1), { dir });
  await until('it has a slot', () => tool('diagnose', name).stdout.includes('WRITING'));
  return writer;
}

test('a zombie that its parent does not reap is dead', async () => {
  makeBlock('zombie', dir);
  // The shell becomes a program that knows of no children.
  const script = `"$0" "$1" produce zombie --size 8 --hold 60s & echo $!; exec sleep 60`;
  const parent = start('sh', ['-c', script, process.execPath, admin], { dir });
  await until('it has a slot', () => tool('diagnose', 'zombie').stdout.includes('WRITING'));
  const pid = await pidToldBy(parent);
  signal(pid, 'SIGKILL');
  await until('it is a zombie', () => stateOf(pid) === 'Z');
  const { exit, stdout } = tool('diagnose', 'zombie');
  expect(exit).toBe(2);
  expect(stdout).toMatch(/DEAD: lock byte free, process is a zombie: dead, and not reaped by its parent yet/);
  expect(tool('auto-recover', 'zombie').exit).toBe(1);
  expect(stateOf(pid)).toBe('Z');
});

test('writer and tool in two PID namespaces, both pid 1', async () => {
  makeBlock('both', dir);
  const writer = await startWriter('both', pidNamespace);
  const inside = (...args: string[]): Run => runBehind(pidNamespace, args, dir);
  const alive = inside('diagnose', 'both');
  expect(alive.exit).toBe(0);
  expect(alive.stdout).toMatch(/PID 1 of PID namespace \d+ produce .*\n +ALIVE: lock byte held/);
  expect(inside('auto-recover', 'both').stdout).toBe('both: nothing to recover\n');
  const refused = inside('force-reset-slot', 'both', '--slot', '0', '--kill', '--yes');
  expect(refused.exit).toBe(4);
  expect(refused.stderr).toMatch(/Code: DB0605 VERDICT_UNKNOWN/);

  writer.kill('SIGKILL');
  await writer.ended;
  expect(inside('diagnose', 'both').stdout).toMatch(/DEAD: lock byte free, last heartbeat/);
  expect(inside('auto-recover', 'both').exit).toBe(1);
  expect(tool('diagnose', 'both').exit).toBe(0);
});

test('a stopped writer of another namespace is named by the pid that it has here', async () => {
  makeBlock('foreign', dir);
  await startWriter('foreign', pidNamespace);
  const { stdout } = tool('diagnose', 'foreign');
  const pid = Number(/\(PID (\d+) here\)/.exec(stdout)?.[1]);
  signal(pid, 'SIGSTOP');
  const after = tool('diagnose', 'foreign');
  expect(after.exit).toBe(3);
  expect(after.stdout).toMatch(/STOPPED: lock byte held, process is stopped/);
  expect(after.stdout).toContain(`      kill -CONT ${pid}\n`);
  expect(tool('auto-recover', 'foreign').stdout).toBe('foreign: nothing to recover\n');
  signal(pid, 'SIGCONT');
});

test('no /proc: the dead are dead and the living alive all the same', async () => {
  makeBlock('blind', dir);
  await leaveTraces('attach', 'blind', dir);
  await Participant.start('write', 'blind', dir);
  const { exit, stdout } = runWithMounts('umount -l /proc', ['diagnose', 'blind'], dir);
  expect(exit).toBe(0);
  expect(stdout).toMatch(/ALIVE: lock byte held, \/proc cannot be asked/);
});

test('no /proc: recovery works', async () => {
  makeBlock('dark', dir);
  await leaveTraces('write', 'dark', dir);
  const blind = (...args: string[]): Run => runWithMounts('umount -l /proc', args, dir);
  expect(blind('diagnose', 'dark').stdout).toMatch(/DEAD: lock byte free, .*\/proc cannot be asked/);
  expect(blind('auto-recover', 'dark').exit).toBe(1);
  expect(tool('diagnose', 'dark').exit).toBe(0);
});

test('the lock byte outlives the process (a child of a fork kept it): unknown, and nothing is done', async () => {
  makeBlock('kept', dir);
  const writer = await Participant.start('write', 'kept', dir);
  await writer.kill();
  // perl takes the byte of participant 1, as a forked child would still have it: F_OFD_SETLK with struct flock.
  const script = `open(F, "+<", $ARGV[0]) or die; my $l = pack("ssx4qqix4", 1, 0, (1 << 62) + 1, 1, 0); fcntl(F, 37, $l) or die; $| = 1; print "held\\n"; sleep 60;`;
  const child = start('perl', ['-e', script, path.join(dir, 'kept')], { dir });
  await until('the byte is held', () => child.stdout.includes('held'));
  const before = bytesOf('kept', dir);
  const { exit, stdout } = tool('diagnose', 'kept');
  expect(exit).toBe(4);
  expect(stdout).toMatch(/UNKNOWN \(lock-held-process-gone\): lock byte held, process gone/);
  expect(stdout).toContain('a child that it forked may live on');
  expect(tool('auto-recover', 'kept').stdout).toBe('kept: nothing to recover\n');
  expect(bytesOf('kept', dir).equals(before)).toBe(true);
  child.kill('SIGKILL');
  await child.ended;
  expect(tool('auto-recover', 'kept').exit).toBe(1);
});

test('clocks of a time namespace: said, and not trusted', async () => {
  makeBlock('clock', dir);
  await startWriter('clock', unshare('--time', '--monotonic', '1000000', '--fork', '--kill-child'));
  const { exit, stdout } = tool('diagnose', 'clock');
  expect(exit).toBe(0);
  expect(stdout).toMatch(/ALIVE: .*last heartbeat 11d .* in the future: the clocks cannot be compared/);
  expect(stdout).toMatch(/^Slot 0: WRITING \(for a time unknown: the clocks differ\) \.\.\. BUSY$/m);
  expect(tool('check', 'clock', '--max-stuck', '1s').exit).toBe(0);
});

test('a read-only mount: looking works, repairing says why not', async () => {
  makeBlock('frozen', dir);
  await leaveTraces('write', 'frozen', dir);
  const readOnly = `mount --bind "${dir}" "${dir}" && mount -o remount,bind,ro "${dir}"`;
  expect(runWithMounts(readOnly, ['diagnose', 'frozen'], dir).exit).toBe(2);
  expect(runWithMounts(readOnly, ['auto-recover', 'frozen', '--dry-run'], dir).exit).toBe(2);
  const { exit, stdout, stderr } = runWithMounts(readOnly, ['auto-recover', 'frozen'], dir);
  expect({ exit, stdout }).toEqual({ exit: 77, stdout: '' });
  expect(stderr).toMatch(/Read-only file system.*\nCode: DB0508 PERMISSION\n/);
});

test('pids of other users hidden, another user without permission to kill', async () => {
  if (process.getuid!() !== 0) return;
  makeBlock('shared', dir, { mode: 0o666 });
  fs.chmodSync(dir, 0o755);
  await Participant.start('write', 'shared', dir);
  const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
  const hide = [
    ...unshare('--mount'),
    'sh',
    '-c',
    'mount -t proc -o hidepid=2 proc /proc && exec "$@"',
    'sh',
  ];
  const hidden = runBehind([...hide, ...nobody], ['diagnose', 'shared'], dir);
  expect(hidden.exit).toBe(0);
  expect(hidden.stdout).toMatch(/ALIVE: lock byte held, process hidden from this user/);
  const kill = runBehind(nobody, ['force-reset-slot', 'shared', '--slot', '0', '--kill', '--yes'], dir);
  expect(kill.exit).toBe(77);
  expect(tool('diagnose', 'shared').stdout).toContain('ALIVE');
});
