import { blockDirectory } from '../support/block-directory';
import { makeBlock, publish } from '../support/blocks';
import { killChildrenAfterEach, startAdmin, until } from '../support/child';
import { leaveTraces, Participant } from '../support/participants';
import { runAdmin, type Run } from '../support/program';

const dir = blockDirectory();
killChildrenAfterEach();

function admin(...args: string[]): Run {
  return runAdmin(args, { dir });
}

test('the slot of a killed writer: the words of the brief', async () => {
  makeBlock('foo', dir);
  publish('foo', dir, 1);
  const pid = await leaveTraces('write', 'foo', dir);
  expect(admin('force-reset-slot', '--shm-name', 'foo', '--slot', '1')).toEqual({
    exit: 1,
    stdout: `[INFO] PID ${pid} is DEAD, safe to reset\n[OK] Slot 1 reset to FREE\n`,
    stderr: '',
  });
  expect(admin('diagnose', 'foo', '--slot', '1').stdout).toContain('Slot 1: FREE ... OK\n');
});

test('force-reset is the same command', async () => {
  makeBlock('alias', dir);
  await leaveTraces('write', 'alias', dir);
  expect(admin('force-reset', '--shm-name', 'alias', '--slot', '0').exit).toBe(1);
});

test('a slot without an owner: nothing to do', () => {
  makeBlock('free', dir);
  expect(admin('force-reset-slot', 'free', '--slot', '3')).toEqual({
    exit: 0,
    stdout: '[INFO] Slot 3 is FREE, nothing to reset\n',
    stderr: '',
  });
});

test('a live owner: refused; with --force the slot is quarantined', async () => {
  makeBlock('alive', dir);
  const { pid } = await Participant.start('write', 'alive', dir);
  const refused = admin('force-reset-slot', 'alive', '--slot', '0');
  expect({ exit: refused.exit, stdout: refused.stdout }).toEqual({ exit: 5, stdout: '' });
  expect(refused.stderr).toMatch(
    new RegExp(`^Error: .*slot 0: PID ${pid} \\(.*\\) is ALIVE\\nCode: DB0601 OWNER_ALIVE\\nTry this: `),
  );

  const forced = admin('force-reset-slot', 'alive', '--slot', '0', '--force');
  expect(forced.exit).toBe(1);
  expect(forced.stdout).toMatch(/\[OK\] Slot 0 reset to QUARANTINED\n$/);
  expect(admin('diagnose', 'alive').stdout).toMatch(/^Slot 0: QUARANTINED.* QUARANTINED$/m);
});

test('the live producer of a block with one producer is never fenced off', async () => {
  makeBlock('single', dir, { producers: 'single' });
  await Participant.start('write', 'single', dir);
  const { exit, stderr } = admin('force-reset-slot', 'single', '--slot', '0', '--force');
  expect(exit).toBe(5);
  expect(stderr).toMatch(/^Error: .*\nCode: DB0604 SINGLE_PRODUCER_ALIVE\n/);
});

test('--json has one document, also when refused', async () => {
  makeBlock('json', dir);
  await Participant.start('write', 'json', dir);
  const { exit, stdout, stderr } = admin('force-reset-slot', 'json', '--slot', '0', '--json');
  expect({ exit, stderr }).toEqual({ exit: 5, stderr: '' });
  expect(JSON.parse(stdout)).toMatchObject({
    status: 'error',
    exit: 5,
    target: 'json',
    error: { code: 'OWNER_ALIVE', number: 'DB0601' },
  });
});

test('a slot that does not exist, and none given', () => {
  makeBlock('few', dir);
  expect(admin('force-reset-slot', 'few', '--slot', '4').stderr).toMatch(
    /there is no slot 4; few has slots 0 to 3/,
  );
  const { exit, stderr } = admin('force-reset-slot', 'few');
  expect(exit).toBe(64);
  expect(stderr).toMatch(/^Error: The command line is not right: .*slot/);
});

test('all: the dead ones are reset, the live one is refused', async () => {
  makeBlock('all', dir);
  const dead = await Participant.start('write', 'all', dir);
  const live = await Participant.start('write', 'all', dir);
  await dead.kill();
  const { exit, stdout, stderr } = admin('force-reset-all', 'all');
  expect({ exit, stderr }).toEqual({ exit: 5, stderr: '' });
  expect(stdout).toBe(
    `[INFO] PID ${dead.pid} is DEAD, safe to reset\n[OK] Slot 0 reset to FREE\n` +
      `[REFUSED] Slot 1 stays WRITING: OWNER_ALIVE, PID ${live.pid} is ALIVE\n`,
  );
  expect(admin('force-reset-all', 'all', '--force').stdout).toContain('[OK] Slot 1 reset to QUARANTINED\n');
});

test('all: nobody owns anything', () => {
  makeBlock('none', dir);
  expect(admin('force-reset-all', 'none')).toEqual({
    exit: 0,
    stdout: 'No slot has an owner, nothing to reset\n',
    stderr: '',
  });
});

test('a live owner that has not touched the slot yet: it is given back, and nothing is called quarantined', async () => {
  makeBlock('drain', dir, { slots: 1 });
  publish('drain', dir, 1);
  const reader = await Participant.start('peek', 'drain', dir);
  const producer = startAdmin(['produce', 'drain', '--count', '1', '--size', '8', '--timeout', '60s'], {
    dir,
  });
  await until('it waits for the reader', () => admin('diagnose', 'drain').stdout.includes('DRAINING'));
  const { exit, stdout } = admin('force-reset-slot', 'drain', '--slot', '0', '--force');
  expect(exit).toBe(1);
  expect(stdout).toMatch(
    /^\[INFO\] PID \d+ is ALIVE; it had not touched the slot yet\n\[OK\] Slot 0 reset to COMMITTED\n$/,
  );
  expect(admin('history', 'drain').stdout).toMatch(/ give-back-slot .* forced-by-operator /);
  await reader.kill();
  admin('auto-recover', 'drain');
  expect((await producer.ended).exit).toBe(0);
});
