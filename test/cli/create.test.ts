import * as fs from 'node:fs';
import * as path from 'node:path';
import type { SegmentInfo } from '../../src/native';
import { blockDirectory } from '../support/block-directory';
import { runAdmin } from '../support/program';

const dir = blockDirectory();

function infoOf(name: string): SegmentInfo {
  const { stdout } = runAdmin(['inspect', name, '--json'], { dir });
  return (JSON.parse(stdout) as { result: { info: SegmentInfo } }).result.info;
}

test('the smallest command makes a block with the defaults', () => {
  const { exit, stdout, stderr } = runAdmin(['create', 'plain', '--slots', '8', '--slot-size', '4KiB'], {
    dir,
  });
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  expect(stdout).toMatch(/^\[OK\] Created plain: 8 slots of 4 KiB, one producer, .*\/plain, .*iB in all\n$/);
  expect(infoOf('plain')).toMatchObject({
    slots: 8,
    slotSize: 4096,
    producers: 'single',
    checksum: 'none',
    selfHeal: true,
  });
  expect(fs.statSync(path.join(dir, 'plain')).mode & 0o777).toBe(0o600);
});

test('every flag reaches the block', () => {
  const flags = [
    '--slots=3',
    '--slot-size=100',
    '--producers=multi',
    '--checksum=xxh3',
    '--checksum-policy=enforced',
    '--zone=calibration:64KiB',
    '--zone=names:1KiB',
    '--mode=0660',
    '--group=0',
    '--self-heal=off',
    '--heal-after=250ms',
    '--fences=real',
    '--timestamps',
    '--max-participants=16',
    '--max-sync=2',
    '--overflow=fail',
  ];
  expect(runAdmin(['create', 'full', ...flags], { dir }).exit).toBe(0);
  const info = infoOf('full');
  expect(info).toMatchObject({
    slots: 3,
    slotSize: 100,
    stride: 128,
    producers: 'multi',
    checksum: 'xxh3',
    checksumPolicy: 'enforced',
    gid: 0,
    selfHeal: false,
    healAfterMs: 250,
    fences: 'real',
    timestamps: true,
    maxParticipants: 16,
    maxSync: 2,
    overflow: 'fail',
  });
  expect(info.mode & 0o777).toBe(0o660);
  expect(info.zones).toMatchObject([
    { name: 'calibration', size: 65_536 },
    { name: 'names', size: 1024 },
  ]);
});

test('the name may follow a zone, and may come by --shm-name', () => {
  expect(
    runAdmin(['create', '--slots=1', '--slot-size=1', '--zone', 'a:1', 'after-zone'], { dir }).exit,
  ).toBe(0);
  expect(runAdmin(['create', '--shm-name', 'by-flag', '--slots=1', '--slot-size=1'], { dir }).exit).toBe(0);
  expect(fs.existsSync(path.join(dir, 'after-zone')) && fs.existsSync(path.join(dir, 'by-flag'))).toBe(true);
});

test('--json is the identity of the block', () => {
  const { stdout } = runAdmin(['create', 'json', '--slots=1', '--slot-size=1', '--json'], { dir });
  expect(JSON.parse(stdout)).toMatchObject({
    schema: 'datablock.create.v1',
    target: 'json',
    status: 'ok',
    exit: 0,
    result: { name: 'json', slots: 1, createdAt: expect.stringMatching(/^\d{19}$/) as string },
    warnings: [],
  });
});

test('an existing block is not touched', () => {
  runAdmin(['create', 'twice', '--slots=2', '--slot-size=8'], { dir });
  const before = infoOf('twice').instance;
  const { exit, stdout, stderr } = runAdmin(['create', 'twice', '--slots=9', '--slot-size=9'], { dir });
  expect({ exit, stdout }).toEqual({ exit: 73, stdout: '' });
  expect(stderr).toMatch(/^Error: .*\nCode: DB0402 EXISTS\nTry this: datablock-admin inspect twice /);
  expect(infoOf('twice').instance).toBe(before);
});

test.each([
  [['--slots=0', '--slot-size=8'], /--slots/],
  [['--slots=many', '--slot-size=8'], /--slots/],
  [['--slots=2', '--slot-size=8K'], /8KiB \(1024\) or 8KB \(1000\)/],
  [['--slots=2'], /needs --slots and --slot-size/],
  [['--slots=2', '--slot-size=8', '--zone=x'], /"x" is no zone/],
  [['--slots=2', '--slot-size=8', '--mode=9'], /"9" is no file mode/],
  [['--slots=2', '--slot-size=8', '--group=no-such-group'], /no group "no-such-group"/],
  [['--slots=2', '--slot-size=8', '--heal-after=5'], /needs a unit/],
  [['--slots=2', '--slot-size=8', '--max-participants=65'], /--max-participants/],
  [['--slots=2', '--slot-size=8', '--producers=dozens'], /single, multi/],
])('wrong usage: %j', (flags, reason) => {
  const { exit, stdout, stderr } = runAdmin(['create', 'wrong', ...flags], { dir });
  expect({ exit, stdout }).toEqual({ exit: 64, stdout: '' });
  expect(stderr).toMatch(/^Error: The command line is not right: .*\nCode: DB0701 USAGE\nTry this: /);
  expect(stderr).toMatch(reason);
  expect(fs.existsSync(path.join(dir, 'wrong'))).toBe(false);
});

test('a size that cannot be', () => {
  const { exit, stderr } = runAdmin(['create', 'huge', '--slots=9007199254740991', '--slot-size=4TiB'], {
    dir,
  });
  expect(exit).toBe(64);
  expect(stderr).toMatch(/^Error: .*\nCode: DB0403 CONFIG_INVALID\n/);
});
