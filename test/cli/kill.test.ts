/** `--kill`: ends live owners, those that were shown and no others. */
import { blockDirectory } from '../support/block-directory';
import { makeBlock } from '../support/blocks';
import { Participant } from '../support/participants';
import { runAdmin, type Run } from '../support/program';

const dir = blockDirectory();

function admin(...args: string[]): Run {
  return runAdmin(args, { dir });
}

test('nobody confirms: refused, and everybody lives', async () => {
  makeBlock('asked', dir);
  const { pid } = await Participant.start('write', 'asked', dir);
  const { exit, stderr } = admin('force-reset-slot', 'asked', '--slot', '0', '--kill');
  expect(exit).toBe(5);
  expect(stderr).toContain(`End producer 1, PID ${pid} (node), ALIVE, and reset what it has of asked?`);
  expect(admin('diagnose', 'asked').stdout).toContain('ALIVE');
});

test('the one producer of its block: --force is refused and --kill offered, which works', async () => {
  makeBlock('single', dir, { producers: 'single' });
  const writer = await Participant.start('write', 'single', dir);
  writer.stop();
  const refused = admin('force-reset-slot', 'single', '--slot', '0', '--force');
  expect(refused.exit).toBe(5);
  expect(refused.stderr).toMatch(
    /Code: DB0604 SINGLE_PRODUCER_ALIVE\nTry this: datablock-admin force-reset-slot single --slot 0 --kill --confirm single {3}# ends that process first\n/,
  );
  const { exit, stdout } = admin(
    'force-reset-slot',
    'single',
    '--slot',
    '0',
    '--kill',
    '--confirm',
    'single',
  );
  expect(exit).toBe(1);
  expect(stdout).toBe(
    `[OK] PID ${writer.pid} (node) ended\n[OK] Slot 0 reset to FREE\nsingle: 1 done\n[OK] Freed entry 1 of dead producer (PID ${writer.pid})\n`,
  );
  expect(admin('diagnose', 'single').exit).toBe(0);
  expect(admin('history', 'single').stdout).toContain('kill-participant');
});

test('a dead owner, or none, needs no confirmation and ends nobody', async () => {
  makeBlock('dead', dir);
  const writer = await Participant.start('write', 'dead', dir);
  await writer.kill();
  expect(admin('force-reset-slot', 'dead', '--slot', '0', '--kill').stdout).toBe(
    `[INFO] PID ${writer.pid} is DEAD, safe to reset\n[OK] Slot 0 reset to FREE\n`,
  );
  expect(admin('force-reset-slot', 'dead', '--slot', '1', '--kill').exit).toBe(0);
});

test('all: the dead are reset, the living ended', async () => {
  makeBlock('all', dir);
  const dead = await Participant.start('write', 'all', dir);
  const live = await Participant.start('write', 'all', dir);
  const bystander = await Participant.start('attach', 'all', dir);
  await dead.kill();
  const { exit, stdout } = admin('force-reset-all', 'all', '--kill', '--yes', '--json');
  expect(exit).toBe(1);
  const { result } = JSON.parse(stdout) as { result: { resets: { slot: number; killed: boolean }[] } };
  expect(result.resets).toMatchObject([
    { slot: 0, killed: false, applied: true, phaseAfter: 'FREE', owner: { pid: dead.pid } },
    { slot: 1, killed: true, applied: true, phaseAfter: 'FREE', owner: { pid: live.pid } },
  ]);
  expect(admin('diagnose', 'all').stdout).toContain(`PID ${bystander.pid} node  0 written\n      ALIVE`);
});

test('--force and --kill exclude each other', () => {
  makeBlock('both', dir);
  expect(admin('force-reset-all', 'both', '--force', '--kill').exit).toBe(64);
});
