import * as fs from 'node:fs';
import * as path from 'node:path';
import { blockDirectory } from '../support/block-directory';
import { bytesOf, makeBlock, publish, scribble } from '../support/blocks';
import { leaveAllTraces, leaveTraces, Participant } from '../support/participants';
import { runAdmin, type Run } from '../support/program';

const dir = blockDirectory();

function diagnose(...args: string[]): Run {
  return runAdmin(['diagnose', ...args], { dir });
}

test('a healthy block: exit 0, every slot', () => {
  makeBlock('healthy', dir);
  publish('healthy', dir, 2);
  const { exit, stdout, stderr } = diagnose('healthy');
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  expect(stdout).toMatch(/^Slot 0: COMMITTED \(message 0, 8 bytes, [\d.]+m?s ago\) \.\.\. OK$/m);
  expect(stdout).toContain('Slot 3: FREE ... OK\n');
  expect(stdout).toMatch(/Healthy\. Nothing to do\.\n$/);
});

test('a killed writer: exit 2, the words of the brief, and the next command', async () => {
  makeBlock('stuck', dir);
  publish('stuck', dir, 1);
  const pid = await leaveTraces('write', 'stuck', dir);
  const before = bytesOf('stuck', dir);

  const { exit, stdout } = diagnose('--shm-name', 'stuck');
  expect(exit).toBe(2);
  expect(stdout).toMatch(/^Slot 1: WRITING \(stuck \S+\) \.\.\. STUCK$/m);
  expect(stdout).toContain(`[INFO] PID ${pid} is DEAD, safe to reset\n`);
  expect(stdout).toContain('DEAD: lock byte free, process gone');
  expect(stdout).toContain('datablock-admin auto-recover stuck\n');
  expect(bytesOf('stuck', dir).equals(before)).toBe(true);

  const { exit: exitOfSlot, stdout: one } = diagnose('stuck', '--slot', '1');
  expect(exitOfSlot).toBe(2);
  expect(one.match(/^Slot /gm)).toHaveLength(1);
  expect(diagnose('stuck', '--slot', '0').exit).toBe(0);

  const { result, exit: exitInside } = JSON.parse(diagnose('stuck', '--json').stdout) as {
    exit: number;
    result: {
      participants: { pid: number; verdict: string }[];
      slots: { verdict: string; word: string }[];
      plan: unknown[];
    };
  };
  expect(exitInside).toBe(2);
  expect(result.participants).toMatchObject([{ pid, verdict: 'DEAD' }]);
  expect(result.slots[1]).toMatchObject({ verdict: 'stuck', word: expect.stringMatching(/^\d+$/) as string });
  expect(result.plan.length).toBeGreaterThan(0);
});

test('the suggested command looks in the same directory', async () => {
  makeBlock('elsewhere', dir);
  await leaveTraces('write', 'elsewhere', dir);
  const { stdout } = runAdmin(['diagnose', 'elsewhere', '--dir', dir]);
  expect(stdout).toContain(`datablock-admin auto-recover elsewhere --dir ${dir}\n`);
});

test('a live writer: busy, and slow after --stuck-after', async () => {
  makeBlock('slow', dir);
  await Participant.start('write', 'slow', dir);
  expect(diagnose('slow').exit).toBe(0);
  const { exit, stdout } = diagnose('slow', '--stuck-after', '1ms');
  expect(exit).toBe(3);
  expect(stdout).toMatch(/^Slot 0: WRITING \(slow \S+\) \.\.\. SLOW$/m);
  expect(stdout).toContain('datablock-admin force-reset-slot slow --slot 0 --force\n');
});

test('a stopped participant: exit 3', async () => {
  makeBlock('stopped', dir);
  const participant = await Participant.start('attach', 'stopped', dir);
  participant.stop();
  const { exit, stdout } = diagnose('stopped');
  expect(exit).toBe(3);
  expect(stdout).toContain(`kill -CONT ${participant.pid}\n`);
  expect(stdout).toContain('STOPPED: lock byte held, process is stopped');
});

test('dead readers of both kinds: exit 2', async () => {
  makeBlock('readers', dir);
  publish('readers', dir, 1);
  await leaveAllTraces(['follow', 'peek'], 'readers', dir);
  const { exit, stdout } = diagnose('readers');
  expect(exit).toBe(2);
  expect(stdout.match(/is DEAD, safe to reset/g)).toHaveLength(2);
});

test('an impossible word: exit 6', () => {
  const { slots, stride, totalSize } = makeBlock('corrupt', dir);
  expect(slots * stride).toBeLessThan(totalSize);
  const word = slotWordOffset('corrupt');
  scribble('corrupt', dir, word, Buffer.alloc(8, 0xff));
  const { exit, stdout } = diagnose('corrupt');
  expect(exit).toBe(6);
  expect(stdout).toMatch(/Slot 0: INVALID .*CORRUPT/);
  expect(stdout).toContain('datablock-admin validate corrupt\n');
});

/** Where the word of slot 0 is: the only bytes that one published message changes from FREE to COMMITTED are beside it. */
function slotWordOffset(name: string): number {
  const before = bytesOf(name, dir);
  publish(name, dir, 1, 8);
  const after = bytesOf(name, dir);
  const { word } = (
    JSON.parse(diagnose(name, '--slot', '0', '--json').stdout) as { result: { slots: { word: string }[] } }
  ).result.slots[0]!;
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(word));
  for (let at = 0; at < after.length; at += 64) {
    if (after.subarray(at, at + 8).equals(bytes) && !before.subarray(at, at + 8).equals(bytes)) return at;
  }
  throw new Error('the word was not found');
}

test('a large ring: only what is notable', () => {
  makeBlock('large', dir, { slots: 1000, slotSize: 8 });
  const { stdout } = diagnose('large');
  expect(stdout).not.toMatch(/^Slot /m);
  expect(stdout).toContain('1000 slots: 1000 healthy.\n');
  expect(diagnose('large', '--all').stdout.match(/^Slot /gm)).toHaveLength(1000);
});

test.each([
  [['healthy', '--slot', '4'], /there is no slot 4; healthy has slots 0 to 3/],
  [['healthy', '--slot', '-1'], /--slot/],
  [['healthy', '--slot', '1', '--all'], /--all/],
  [['healthy', '--stuck-after', '5'], /needs a unit/],
])('wrong usage: %j', (args, reason) => {
  const { exit, stdout, stderr } = diagnose(...args);
  expect({ exit, stdout }).toEqual({ exit: 64, stdout: '' });
  expect(stderr).toMatch(reason);
});

test('read permission is enough', () => {
  makeBlock('readable', dir);
  fs.chmodSync(path.join(dir, 'readable'), 0o444);
  expect(diagnose('readable').exit).toBe(0);
});
