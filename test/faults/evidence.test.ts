/** Who is alive? Made for real: zombies, other namespaces, no /proc, execs and forks, clocks that differ, other users. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { blockDirectory } from '../support/block-directory';
import { bytesOf, makeBlock } from '../support/blocks';
import { killChildrenAfterEach, start, until, type Child } from '../support/child';
import { stateOf } from '../support/cleaner-watch';
import { leaveTraces, Participant } from '../support/participants';
import { admin, root, runAdmin, type Run } from '../support/program';
import { pidToldBy, signal } from '../support/signal';
import { exitsOfTwo, expectRepairByTwo, twice } from '../support/twice';
import { pidNamespace, runBehind, sharedPidNamespace, unshare, withMounts } from '../support/unshare';

const dir = blockDirectory();
killChildrenAfterEach();

function tool(...args: string[]): Run {
  return runAdmin(args, { dir });
}

/** `produce`, with a slot in its hand, behind some words. */
async function startWriter(name: string, prefix: readonly string[]): Promise<Child> {
  const words = [...prefix, process.execPath, admin, 'produce', name, '--size', '8', '--hold', '60s'];
  const writer = start(words[0]!, words.slice(1), { dir });
  await until('it has a slot', () => tool('diagnose', name).stdout.includes('WRITING'));
  return writer;
}

async function expectDiagnosisByTwo(
  name: string,
  exit: number,
  text: RegExp,
  behind: readonly string[] = [],
): Promise<void> {
  for (const one of await twice(['diagnose', name], dir, behind)) {
    expect(one.exit).toBe(exit);
    expect(one.stdout).toMatch(text);
  }
}

/** Nobody is dead: two recoveries find nothing, and change no byte. */
async function expectNothingToRecoverByTwo(name: string, behind: readonly string[] = []): Promise<void> {
  const before = bytesOf(name, dir);
  const both = await twice(['auto-recover', name], dir, behind);
  expect(both.map(({ stdout }) => stdout)).toEqual(both.map(() => `${name}: nothing to recover\n`));
  expect(bytesOf(name, dir).equals(before)).toBe(true);
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
  await expectDiagnosisByTwo(
    'zombie',
    2,
    /DEAD: lock byte free, process is a zombie: dead, and not reaped by its parent yet/,
  );
  await expectRepairByTwo('zombie', dir);
  expect(stateOf(pid)).toBe('Z');
});

test('pid reuse: a dead writer, and somebody else with its pid', async () => {
  makeBlock('reused', dir);
  const inside = await sharedPidNamespace(dir);
  const writer = await startWriter('reused', inside);
  const [, pid, here] = /PID (\d+) of .*\(PID (\d+) here\)/.exec(tool('diagnose', 'reused').stdout) ?? [];
  signal(Number(here), 'SIGKILL');
  await writer.ended;
  const script = `echo ${Number(pid) - 1} > /proc/sys/kernel/ns_last_pid; sleep 60 & echo $!; wait`;
  const taker = start(inside[0]!, [...inside.slice(1), 'sh', '-c', script], { dir });
  await until('the pid is taken', () => taker.stdout.trim() === pid);
  await expectDiagnosisByTwo(
    'reused',
    2,
    new RegExp(`DEAD: lock byte free, pid ${pid!} now belongs to sleep, started later`),
    inside,
  );
  await expectRepairByTwo('reused', dir, inside);
  expect(runBehind(inside, ['diagnose', 'reused'], dir).exit).toBe(0);
});

test('writer and tool in two PID namespaces, both pid 1', async () => {
  makeBlock('both', dir);
  const writer = await startWriter('both', pidNamespace);
  await expectDiagnosisByTwo(
    'both',
    0,
    /PID 1 of PID namespace \d+ produce .*\n +ALIVE: lock byte held/,
    pidNamespace,
  );
  await expectNothingToRecoverByTwo('both', pidNamespace);
  const refused = runBehind(
    pidNamespace,
    ['force-reset-slot', 'both', '--slot', '0', '--kill', '--yes'],
    dir,
  );
  expect(refused.exit).toBe(4);
  expect(refused.stderr).toMatch(/Code: DB0605 VERDICT_UNKNOWN/);

  writer.kill('SIGKILL');
  await writer.ended;
  await expectDiagnosisByTwo('both', 2, /DEAD: lock byte free, last heartbeat/, pidNamespace);
  await expectRepairByTwo('both', dir, pidNamespace);
});

test('a stopped writer of another namespace is named by the pid that it has here', async () => {
  makeBlock('foreign', dir);
  await startWriter('foreign', pidNamespace);
  const { stdout } = tool('diagnose', 'foreign');
  const pid = Number(/\(PID (\d+) here\)/.exec(stdout)?.[1]);
  signal(pid, 'SIGSTOP');
  await until('it is stopped', () => stateOf(pid) === 'T');
  await expectDiagnosisByTwo('foreign', 3, /STOPPED: lock byte held, process is stopped/);
  expect(tool('diagnose', 'foreign').stdout).toContain(`      kill -CONT ${pid}\n`);
  await expectNothingToRecoverByTwo('foreign');
  signal(pid, 'SIGCONT');
});

test('a writer of a namespace below is ended by --kill, and nobody else', async () => {
  makeBlock('below', dir, { producers: 'single' });
  const writer = await startWriter('below', pidNamespace);
  const command = ['force-reset-slot', 'below', '--slot', '0', '--kill', '--confirm', 'below'];
  expect(tool('why', 'below', '--stuck-after', '1ms').stdout).toContain(
    `datablock-admin ${command.join(' ')}\n`,
  );
  const { exit, stdout } = tool(...command);
  expect(exit).toBe(1);
  expect(stdout).toMatch(
    /^\[OK\] PID 1 of PID namespace \d+ \(PID \d+ here\) \(produce\) ended\n\[OK\] Slot 0 reset to FREE\n/,
  );
  await writer.ended;
  expect(tool('diagnose', 'below').exit).toBe(0);
});

/** Where cgroups of version 2 are; undefined: nowhere, or not for us. */
function cgroups(): string | undefined {
  const line = fs
    .readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .find((one) => one.split(' ')[2] === 'cgroup2');
  const place = line?.split(' ')[1];
  try {
    fs.accessSync(place ?? '', fs.constants.W_OK);
    return place;
  } catch {
    return undefined;
  }
}

test('a writer in a container that is paused is stopped', async () => {
  const place = cgroups();
  if (place === undefined || process.getuid!() !== 0) return;
  makeBlock('paused', dir);
  const looking = withMounts('mount -t cgroup2 none /sys/fs/cgroup');
  const group = fs.mkdtempSync(path.join(place, 'datablock-test-'));
  const freeze = (on: 0 | 1): void => {
    fs.writeFileSync(path.join(group, 'cgroup.freeze'), String(on));
  };
  const writer = await startWriter('paused', pidNamespace);
  try {
    const [, here] = /\(PID (\d+) here\)/.exec(tool('diagnose', 'paused').stdout) ?? [];
    fs.writeFileSync(path.join(group, 'cgroup.procs'), here!);
    freeze(1);
    const isFrozen = (): boolean =>
      fs.readFileSync(path.join(group, 'cgroup.events'), 'utf8').includes('frozen 1');
    await until('it is frozen', isFrozen);
    await expectDiagnosisByTwo('paused', 3, /STOPPED: lock byte held, .*cgroup frozen/, looking);
    await expectNothingToRecoverByTwo('paused', looking);
  } finally {
    freeze(0);
    writer.kill('SIGKILL');
    await writer.ended;
    const isEmpty = (): boolean =>
      fs.readFileSync(path.join(group, 'cgroup.events'), 'utf8').includes('populated 0');
    await until('it is empty', isEmpty);
    fs.rmdirSync(group);
  }
});

test('a /proc of another namespace speaks of others by the same pids, and is not believed', async () => {
  makeBlock('mistaken', dir);
  // As pidNamespace, without a /proc of its own: pid 1 is the tool, and in /proc it is init.
  const script = `
    "$0" "$1" produce mistaken --size 8 --hold 60s &
    until "$0" "$1" diagnose mistaken | grep -q WRITING; do sleep 0.1; done
    "$0" "$1" diagnose mistaken
    echo "exit $?"`;
  const [program, ...words] = unshare('--pid', '--fork', '--kill-child');
  const inside = start(program!, [...words, 'sh', '-c', script, process.execPath, admin], { dir });
  await inside.ended;
  expect(inside.stdout).toMatch(/ALIVE: lock byte held, process hidden from this user/);
  expect(inside.stdout).toMatch(/exit 0\n$/);
});

const noProc = withMounts('umount -l /proc');

test('no /proc: the dead are dead and the living alive all the same', async () => {
  makeBlock('blind', dir);
  await leaveTraces('attach', 'blind', dir);
  await Participant.start('write', 'blind', dir);
  await expectDiagnosisByTwo('blind', 0, /ALIVE: lock byte held, \/proc cannot be asked/, noProc);
  await expectNothingToRecoverByTwo('blind', noProc);
});

test('no /proc: recovery works', async () => {
  makeBlock('dark', dir);
  await leaveTraces('write', 'dark', dir);
  await expectDiagnosisByTwo('dark', 2, /DEAD: lock byte free, .*\/proc cannot be asked/, noProc);
  await expectRepairByTwo('dark', dir, noProc);
});

describe('a writer that', () => {
  const actor = path.join(root, 'build', 'test', 'faults', 'datablock_fault_actor');

  /** @returns the writer, and the pid of its child */
  async function act(name: string, deed: 'exec' | 'fork' | 'raw-fork'): Promise<[Child, number]> {
    makeBlock(name, dir);
    const writer = start(actor, [name, deed], { dir });
    return [writer, await pidToldBy(writer)];
  }

  test('execs another program is dead, although the process lives', async () => {
    const [writer] = await act('execs', 'exec');
    const { pid } = writer.process;
    await until('it has become sleep', () => /^sleep$/m.test(nameOf(pid!)));
    await expectDiagnosisByTwo('execs', 2, /DEAD: lock byte free, process is sleeping/);
    await expectRepairByTwo('execs', dir);
    // Its process is somebody else now, and none of our business.
    expect(stateOf(pid!)).toBe('S');
  });

  test('forks and dies is dead, although its child lives', async () => {
    const [writer, child] = await act('forks', 'fork');
    await expectDiagnosisByTwo('forks', 0, /ALIVE: lock byte held, process is sleeping/);
    await expectNothingToRecoverByTwo('forks');
    writer.kill('SIGKILL');
    await writer.ended;
    try {
      await expectDiagnosisByTwo('forks', 2, /DEAD: lock byte free, process gone/);
      await expectRepairByTwo('forks', dir);
      expect(stateOf(child)).toBe('S');
    } finally {
      signal(child, 'SIGKILL');
    }
  });

  test('is copied behind the back of the library: its byte outlives it, unknown, and nothing is done', async () => {
    const [writer, child] = await act('copied', 'raw-fork');
    writer.kill('SIGKILL');
    await writer.ended;
    try {
      await expectDiagnosisByTwo(
        'copied',
        4,
        /UNKNOWN \(lock-held-process-gone\): lock byte held, process gone/,
      );
      const { stdout } = tool('diagnose', 'copied');
      expect(stdout).toContain('a child that it forked may live on');
      await expectNothingToRecoverByTwo('copied');
    } finally {
      signal(child, 'SIGKILL');
    }
    await until('the child is gone', () => ['', 'Z'].includes(stateOf(child)));
    await expectRepairByTwo('copied', dir);
  });

  function nameOf(pid: number): string {
    return fs.readFileSync(`/proc/${pid}/comm`, 'utf8');
  }
});

describe('clocks', () => {
  const ahead = unshare(
    '--time',
    '--monotonic',
    '1000000',
    '--boottime',
    '2000000',
    '--fork',
    '--kill-child',
  );
  const durationOfSlot = /^Slot 0: WRITING \((\d+(ms|s)|\d\.\ds|\d+m \d+s)\) \.\.\. BUSY$/m;

  test('of a time namespace: everybody means the time of the machine', async () => {
    makeBlock('clock', dir);
    await startWriter('clock', ahead);
    const seen = /ALIVE: lock byte held, process is \w+, last heartbeat \d+m?s ago|ALIVE: .*ago/;
    await expectDiagnosisByTwo('clock', 0, seen);
    await expectDiagnosisByTwo('clock', 0, durationOfSlot);
    // The other way round, and from one such namespace into another.
    const behind = unshare('--time', '--monotonic', '5000000', '--boottime', '1', '--fork', '--kill-child');
    await expectDiagnosisByTwo('clock', 0, durationOfSlot, behind);
    await expectNothingToRecoverByTwo('clock', behind);
    expect(tool('check', 'clock', '--max-stuck', '1h').exit).toBe(0);
    const { exit, stdout } = runBehind(
      behind,
      ['force-reset-slot', 'clock', '--slot', '0', '--kill', '--yes'],
      dir,
    );
    expect({ exit, stdout }).toEqual({
      exit: 1,
      stdout: expect.stringMatching(/\(produce\) ended\n/) as string,
    });
    expect(tool('diagnose', 'clock').exit).toBe(0);
  });

  test('that cannot be told apart (no /proc either): alive by its lock, but never fresh', async () => {
    makeBlock('future', dir);
    const writer = await startWriter('future', [...ahead, ...noProc]);
    await expectDiagnosisByTwo(
      'future',
      4,
      /ALIVE: lock byte held, .*last heartbeat UNKNOWN \(clock\): 11d .* in the future$/m,
    );
    const { stdout } = tool('diagnose', 'future');
    expect(stdout).toMatch(
      /^Slot 0: WRITING \(for a time unknown: the clocks differ\) \.\.\. UNKNOWN \(clock\)$/m,
    );
    expect(stdout).toContain('If it still is at message 0 when you look again, it hangs:\n');
    const check = tool('check', 'future', '--max-stuck', '1s');
    expect(check.exit).toBe(3);
    expect(check.stdout).toMatch(/^DATABLOCK UNKNOWN - /);
    await expectNothingToRecoverByTwo('future');
    writer.kill('SIGKILL');
    await writer.ended;
    await until('it is dead', () => tool('diagnose', 'future').stdout.includes('DEAD'));
    await expectRepairByTwo('future', dir);
  });

  // CLOCK_REALTIME has no namespace: to step it would step it for everybody on this machine. So the tools see it stepped.
  test.each(['-31536000', '31536000'])('that were stepped by %s s since', async (step) => {
    const name = `stepped${step}`;
    makeBlock(name, dir);
    const preload = path.join(root, 'build', 'test', 'faults', 'datablock_stepped_clock.so');
    const stepped = ['env', `LD_PRELOAD=${preload}`, `DATABLOCK_STEP=${step}`];
    const writer = await startWriter(name, []);
    const follower = await Participant.start('follow', name, dir);
    await expectDiagnosisByTwo(name, 0, durationOfSlot, stepped);
    await expectNothingToRecoverByTwo(name, stepped);
    const uptime = /uptime_seconds +(\S+)/.exec(runBehind(stepped, ['inspect', name], dir).stdout)?.[1];
    expect(uptime).toMatch(step.startsWith('-') ? /^0s$/ : /^(365|364)d$/);
    writer.kill('SIGKILL');
    await writer.ended;
    await follower.kill();
    await expectDiagnosisByTwo(name, 2, /^Slot 0: WRITING \(stuck \S+( \d+s)?\) \.\.\. STUCK$/m, stepped);
    await expectRepairByTwo(name, dir, stepped);
    const year = new Date(Date.now() + Number(step) * 1000).getUTCFullYear();
    expect(tool('history', name).stdout).toContain(`${year}-`);
  });
});

test('a read-only mount: looking works, repairing says why not', async () => {
  makeBlock('frozen', dir);
  await leaveTraces('write', 'frozen', dir);
  const readOnly = withMounts(`mount --bind "${dir}" "${dir}" && mount -o remount,bind,ro "${dir}"`);
  expect(await exitsOfTwo(['diagnose', 'frozen'], dir, readOnly)).toEqual([2, 2]);
  expect(await exitsOfTwo(['auto-recover', 'frozen', '--dry-run'], dir, readOnly)).toEqual([2, 2]);
  for (const { exit, stdout, stderr } of await twice(['auto-recover', 'frozen'], dir, readOnly)) {
    expect({ exit, stdout }).toEqual({ exit: 77, stdout: '' });
    expect(stderr).toMatch(/Read-only file system.*\nCode: DB0508 PERMISSION\n/);
  }
});

describe('another user', () => {
  const isRoot = process.getuid!() === 0;
  const nobody = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];

  test('whom pids are hidden from, and who may not kill', async () => {
    if (!isRoot) return;
    makeBlock('shared', dir, { mode: 0o666 });
    fs.chmodSync(dir, 0o755);
    await Participant.start('write', 'shared', dir);
    const hidden = [...withMounts('mount -t proc -o hidepid=2 proc /proc'), ...nobody];
    await expectDiagnosisByTwo('shared', 0, /ALIVE: lock byte held, process hidden from this user/, hidden);
    const kill = ['force-reset-slot', 'shared', '--slot', '0', '--kill', '--yes'];
    expect(await exitsOfTwo(kill, dir, nobody)).toEqual([77, 77]);
    expect(tool('diagnose', 'shared').stdout).toContain('ALIVE');
  });

  test('who may not open the block, or not write to it', async () => {
    if (!isRoot) return;
    fs.chmodSync(dir, 0o755);
    makeBlock('private', dir);
    makeBlock('readable', dir, { mode: 0o644 });
    for (const name of ['private', 'readable']) await leaveTraces('write', name, dir);
    for (const command of ['diagnose', 'auto-recover', 'validate', 'why', 'history'])
      for (const { exit, stderr } of await twice([command, 'private'], dir, nobody)) {
        expect({ command, exit }).toEqual({ command, exit: 77 });
        expect(stderr).toMatch(/Code: DB0508 PERMISSION\nTry this: /);
      }
    expect(await exitsOfTwo(['diagnose', 'readable'], dir, nobody)).toEqual([2, 2]);
    expect(await exitsOfTwo(['auto-recover', 'readable'], dir, nobody)).toEqual([77, 77]);
    expect(tool('diagnose', 'readable').exit).toBe(2);
  });
});
