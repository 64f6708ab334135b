import * as fs from 'node:fs';
import * as path from 'node:path';
import { ZoneUser } from '../../src';
import { blockDirectory } from '../support/block-directory';
import { makeBlock } from '../support/blocks';
import { killChildrenAfterEach, startAdmin, until } from '../support/child';
import { documentOf } from '../support/json';
import { leaveTraces, Participant } from '../support/participants';
import { runAdmin, runShell, type Run } from '../support/program';

const dir = blockDirectory();
killChildrenAfterEach();

const zones = [
  { name: 'calibration', size: 4096 },
  { name: 'tiny', size: 8 },
];

function zone(...args: string[]): Run {
  return runAdmin(['zone', ...args], { dir });
}

function put(input: string, ...args: string[]): Run {
  return runAdmin(['zone', 'put', ...args], { dir, input });
}

test('content goes in and comes out, byte for byte', () => {
  makeBlock('bytes', dir, { zones });
  const file = path.join(dir, 'input');
  const bytes = Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7) % 256));
  fs.writeFileSync(file, bytes);
  const output = path.join(dir, 'output');
  expect(zone('put', 'bytes', 'calibration', '--input', file)).toEqual({
    exit: 0,
    stdout: '',
    stderr: '[OK] Replaced the 4096 bytes of zone calibration; checksum absent\n',
  });
  expect(zone('get', 'bytes', 'calibration', '--output', output)).toEqual({
    exit: 0,
    stdout: '',
    stderr: '[OK] Put out 4096 bytes of zone calibration; checksum absent\n',
  });
  expect(fs.readFileSync(output).equals(bytes)).toBe(true);
  const program = `${process.execPath} bin/datablock-admin`;
  const piped = `${program} zone get bytes calibration | ${program} zone put bytes calibration && ${program} zone get bytes calibration | cmp - ${file}`;
  expect(runShell(piped, { dir }).exit).toBe(0);
  fs.unlinkSync(file);
  fs.unlinkSync(output);
});

test('--shm-name in the place of NAME', () => {
  makeBlock('named', dir, { zones });
  expect(put('12345678', 'tiny', '--shm-name', 'named').exit).toBe(0);
  expect(zone('get', '--shm-name', 'named', 'tiny').stdout).toBe('12345678');
  expect(zone('list', '--shm-name', 'named').exit).toBe(0);
});

test('a wrong size is refused, and nothing is changed', () => {
  makeBlock('sizes', dir, { zones });
  put('original', 'sizes', 'tiny');
  for (const [input, has] of [
    ['', '0'],
    ['1234567', '7'],
    ['123456789', 'more'],
  ] as const) {
    const { exit, stderr } = put(input, 'sizes', 'tiny');
    expect(exit).toBe(65);
    expect(stderr).toMatch(
      new RegExp(
        `^Error: The data is not as long as the zone: zone tiny has 8 bytes, and standard input has ${has}\\nCode: DB0219 ZONE_SIZE\\n`,
      ),
    );
    expect(stderr).toContain('datablock-admin zone list sizes');
  }
  expect(zone('get', 'sizes', 'tiny').stdout).toBe('original');
});

test('a zone that there is not: exit 66, and those there are', () => {
  makeBlock('missing', dir, { zones });
  for (const run of [zone('get', 'missing', 'tny'), put('', 'missing', 'tny')]) {
    expect(run.exit).toBe(66);
    expect(run.stderr).toMatch(/^Error: .*no zone of this name.*calibration, tiny/);
  }
  expect(zone('get', 'missing').stderr).toMatch(/the name of the zone is missing/);
  expect(zone('get', 'nowhere', 'tiny').exit).toBe(66);
});

test('checksums: stored when asked for, listed, and in the way of who wants them', () => {
  makeBlock('checksums', dir, { zones, checksum: 'blake2b' });
  expect(put('sealed!!', 'checksums', 'tiny', '--update-checksum').stderr).toMatch(/; checksum matches\n$/);
  expect(zone('get', 'checksums', 'tiny', '--verify')).toMatchObject({ exit: 0, stdout: 'sealed!!' });
  put('changed!', 'checksums', 'tiny');
  const refused = zone('get', 'checksums', 'tiny', '--verify');
  expect(refused).toMatchObject({ exit: 6, stdout: '' });
  expect(refused.stderr).toMatch(/Code: DB0302 CHECKSUM_MISMATCH/);
  expect(zone('get', 'checksums', 'calibration', '--verify').exit).toBe(6);
  expect(zone('list', 'checksums').stdout).toMatch(
    /^NAME +BYTES +SIZE +CHECKSUM +STORED\ncalibration +4096 +4 KiB +absent +never\ntiny +8 +8 B +differs +\d{4}-.*UTC\n$/,
  );
  const { result } = documentOf(zone('list', 'checksums', '--json'));
  expect(result).toMatchObject({ zones: [{ name: 'calibration' }, { checksum: 'differs', updates: '1' }] });
});

test('--json: the facts, and the data in a file', () => {
  makeBlock('json', dir, { zones });
  const output = path.join(dir, 'tiny.bin');
  const run = zone('get', 'json', 'tiny', '--lock', '3', '--output', output, '--json');
  expect(documentOf(run).result).toEqual({
    zone: 'tiny',
    bytes: 8,
    checksum: 'absent',
    lock: { spinlock: 3, ownerDied: false, markedConsistent: false },
  });
  fs.unlinkSync(output);
  expect(zone('get', 'json', 'tiny', '--json').exit).toBe(64);
});

test('--lock: waits for whoever holds it, at most so long', async () => {
  makeBlock('locked', dir, { zones });
  const holder = await Participant.start('lock', 'locked', dir);
  // The input is looked at first, so that the lock is not held meanwhile.
  expect(zone('put', 'locked', 'tiny', '--lock', '5', '--timeout', '50ms').exit).toBe(65);
  const late = runAdmin(['zone', 'put', 'locked', 'tiny', '--lock', '5', '--timeout', '50ms'], {
    dir,
    input: '12345678',
  });
  expect(late.exit).toBe(75);
  expect(late.stderr).toMatch(/spinlock 5/);
  expect(runAdmin(['zone', 'get', 'locked', 'tiny'], { dir }).stdout).toBe('\0'.repeat(8));
  const waiting = startAdmin(['zone', 'get', 'locked', 'tiny', '--lock', '5'], { dir });
  await until('it waits', () => {
    const { stdout } = runAdmin(['inspect', 'locked'], { dir });
    return /^Spinlock 5: .*somebody waits for it/m.test(stdout);
  });
  holder.release();
  expect((await waiting.ended).exit).toBe(0);
});

test('--lock after the death of its owner: said, until somebody says that it is whole', async () => {
  makeBlock('doubt', dir, { zones });
  await leaveTraces('lock', 'doubt', dir);
  const diagnosis = runAdmin(['diagnose', 'doubt'], { dir });
  expect(diagnosis.exit).toBe(2);
  expect(diagnosis.stdout).toMatch(
    /^Spinlock 5: held by zone user 1, PID \d+ \(node\), thread \d+ .* STUCK$/m,
  );
  expect(runAdmin(['why', 'doubt'], { dir }).stdout).toMatch(
    /spinlock 5: zone user 1 .* is DEAD, has held it/,
  );
  expect(runAdmin(['validate', 'doubt'], { dir }).stdout).toMatch(/spinlock-of-the-dead/);

  const dryRun = runAdmin(['auto-recover', 'doubt', '--dry-run'], { dir });
  expect(dryRun.stdout).toMatch(/Would release spinlock 5 of a zombie \(PID \d+\)\n.*OWNER_DEAD/);
  const recovery = runAdmin(['auto-recover', 'doubt'], { dir });
  expect(recovery.exit).toBe(1);
  expect(recovery.stdout).toMatch(/\[OK\] Released spinlock 5 of a zombie/);
  expect(runAdmin(['history', 'doubt'], { dir }).stdout).toMatch(/release-spinlock +1 +lock 5 /);

  const marked = runAdmin(['diagnose', 'doubt'], { dir });
  expect(marked.exit).toBe(3);
  expect(marked.stdout).toMatch(/^Spinlock 5: free; .* MARKED$/m);
  expect(marked.stdout).toContain('datablock-admin zone get doubt calibration --lock 5 --mark-consistent');
  expect(runAdmin(['why', 'doubt'], { dir }).stdout).toMatch(
    /^Nobody waits, but an owner died or left with spinlock 5/,
  );
  expect(runAdmin(['inspect', 'doubt'], { dir }).stdout).toMatch(/MARKED/);

  const doubtful = zone('get', 'doubt', 'tiny', '--lock', '5');
  expect(doubtful.exit).toBe(3);
  expect(doubtful.stderr).toMatch(/Warning: an owner of spinlock 5 died or left with it/);
  const mended = runAdmin(['zone', 'put', 'doubt', 'tiny', '--lock', '5', '--mark-consistent'], {
    dir,
    input: 'mended!!',
  });
  expect(mended).toMatchObject({ exit: 0 });
  expect(mended.stderr).toMatch(/under spinlock 5, which counts as consistent now/);
  expect(zone('get', 'doubt', 'tiny', '--lock', '5')).toMatchObject({ exit: 0, stdout: 'mended!!' });
  expect(runAdmin(['diagnose', 'doubt'], { dir }).exit).toBe(0);
});

test('a plan of locks can be written, and applied later', async () => {
  makeBlock('planned', dir, { zones });
  await leaveTraces('lock', 'planned', dir);
  const plan = path.join(dir, 'plan.json');
  fs.writeFileSync(plan, runAdmin(['auto-recover', 'planned', '--dry-run', '--json'], { dir }).stdout);
  expect(runAdmin(['auto-recover', 'planned', '--plan', plan], { dir }).exit).toBe(1);
  expect(runAdmin(['auto-recover', 'planned', '--plan', plan], { dir }).exit).toBe(5);
  fs.unlinkSync(plan);
});

test('--from: zones of a snapshot, if it has its data', () => {
  makeBlock('kept', dir, { zones });
  put('snapshot', 'kept', 'tiny', '--update-checksum');
  const withData = path.join(dir, 'with.snap');
  const without = path.join(dir, 'without.snap');
  runAdmin(['snapshot', 'kept', '-o', withData], { dir });
  runAdmin(['snapshot', 'kept', '-o', without, '--no-payload'], { dir });
  put('replaced', 'kept', 'tiny');
  expect(zone('get', '--from', withData, 'kept', 'tiny', '--verify').stdout).toBe('snapshot');
  expect(zone('list', '--from', without).stdout).toMatch(/tiny .* absent/);
  expect(fs.readFileSync(without).includes('snapshot')).toBe(false);
  expect(zone('get', '--from', without, 'kept', 'tiny').exit).toBe(66);
  expect(zone('get', '--from', withData, 'kept', 'tiny', '--lock', '1').exit).toBe(64);
  fs.unlinkSync(withData);
  fs.unlinkSync(without);
});

test('a zone user is shown as one', () => {
  makeBlock('user', dir, { zones });
  using user = ZoneUser.open('user', { dir, name: 'calibrator' });
  expect(user.participant).toBe(1);
  expect(runAdmin(['inspect', 'user'], { dir }).stdout).toMatch(
    new RegExp(`^ {2}zone user 1  PID ${process.pid} calibrator$`, 'm'),
  );
});
