/** Recoveries that are stopped, killed or interrupted in the middle: named, and finished by another one. */
import { blockDirectory } from '../support/block-directory';
import { makeBlock } from '../support/blocks';
import { killChildrenAfterEach, start, startAdmin, until, type Child } from '../support/child';
import { stateOf, whenCleaning } from '../support/cleaner-watch';
import { freshName } from '../support/names';
import { leaveAllTraces } from '../support/participants';
import { admin as adminProgram, runAdmin, type Run } from '../support/program';
import { expectNothingDoneTwice, twice } from '../support/twice';

const dir = blockDirectory();
killChildrenAfterEach();

function admin(...args: string[]): Run {
  return runAdmin(args, { dir });
}

interface Caught {
  name: string;
  recovery: Child;
  /** Those that were dead before. */
  dead: number[];
}

/** Starts auto-recover, which gets a signal while it cleans up. */
async function caughtRecovery(signal: NodeJS.Signals, writers: number): Promise<Caught> {
  const name = freshName();
  makeBlock(name, dir, { slots: 16 });
  const dead = await leaveAllTraces(
    Array.from({ length: writers }, () => 'write'),
    name,
    dir,
  );
  const [program, ...words] = whenCleaning(signal, name, dir, dead[0]!);
  const recovery = start(program!, [...words, process.execPath, adminProgram, 'auto-recover', name], { dir });
  if (signal === 'SIGSTOP') await until('it is stopped', () => stateOf(recovery.process.pid!) === 'T');
  return { name, recovery, dead };
}

test('stopped in the middle: it is named, keeps others out, can be ended, and another one finishes', async () => {
  const { name, recovery, dead } = await caughtRecovery('SIGSTOP', 1);
  const { pid } = recovery.process;
  const diagnosis = admin('diagnose', name);
  expect(diagnosis.exit).toBe(3);
  expect(diagnosis.stdout).toMatch(
    new RegExp(
      `DEAD: lock byte held by who cleans up, .*\n +being cleaned up after by PID ${pid!}, since .*, which is STOPPED\n`,
    ),
  );
  expect(diagnosis.stdout).toContain(
    `datablock-admin auto-recover ${name} --kill-cleaner --confirm ${name}\n`,
  );
  expect(admin('why', name).stdout).toMatch(new RegExp(`is DEAD.*\n[^]*--kill-cleaner`));

  // Nobody else can act for the dead one meanwhile, however many try at once.
  const others = [1, 2].map(() => startAdmin(['auto-recover', name], { dir }));
  for (const other of others)
    expect((await other.ended).stdout.toString()).toBe(`${name}: nothing to recover\n`);
  const refused = admin('auto-recover', name, '--kill-cleaner');
  expect(refused.exit).toBe(5);
  expect(refused.stderr).toContain(`End PID ${pid!}, which was stopped while it cleaned up ${name}?`);

  const both = await twice(['auto-recover', name, '--kill-cleaner', '--confirm', name], dir);
  expect(both.map(({ exit }) => exit).sort()).toEqual([expect.any(Number), 1]);
  for (const { exit, stderr } of both)
    expect({ exit: [0, 1].includes(exit!), stderr }).toEqual({ exit: true, stderr: '' });
  expect(both.map(({ stdout }) => stdout).join('')).toContain(`(PID ${dead[0]!})\n`);
  expect((await recovery.ended).signal).toBe('SIGKILL');
  expect(admin('diagnose', name).exit).toBe(0);
  expect(admin('history', name).stdout).toContain('kill-cleaner');
  admin('rm', name, '--yes');
});

test('killed half-way: the next one finishes', async () => {
  const { name, recovery } = await caughtRecovery('SIGKILL', 1);
  expect((await recovery.ended).signal).toBe('SIGKILL');
  expect(admin('diagnose', name).stdout).toMatch(/ began to clean up, and died: anyone may finish it\n/);
  for (const { exit, stderr } of await twice(['auto-recover', name], dir))
    expect({ exit: [0, 1].includes(exit!), stderr }).toEqual({ exit: true, stderr: '' });
  expectNothingDoneTwice(name, dir);
  expect(admin('diagnose', name).exit).toBe(0);
  expect(admin('validate', name, '--no-checksums').exit).toBe(0);
  admin('rm', name, '--yes');
});

test('Ctrl-C: the step in hand is finished, what was done is said, the next one finishes', async () => {
  const { name, recovery, dead } = await caughtRecovery('SIGINT', 8);
  const { exit, stdout, stderr } = await recovery.ended;
  expect({ exit, stderr }).toEqual({ exit: 130, stderr: '' });
  const text = stdout.toString();
  expect(text).toMatch(new RegExp(`^${name}: \\d+ done, \\d+ not\n`));
  expect(text).toMatch(/\[REFUSED\] Did not .*: INTERRUPTED\n/);
  const done = (text.match(/^\[OK\]/gm) ?? []).length;
  const next = await twice(['auto-recover', name], dir);
  const then = next.map(({ stdout: told }) => told).join('');
  expect(done + (then.match(/^\[OK\]/gm) ?? []).length).toBe(2 * dead.length);
  expect(admin('diagnose', name).exit).toBe(0);
  admin('rm', name, '--yes');
});
