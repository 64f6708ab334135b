import * as fs from 'node:fs';
import * as path from 'node:path';
import { blockDirectory } from '../support/block-directory';
import { bytesOf, makeBlock, publish } from '../support/blocks';
import { leaveAllTraces, leaveTraces, Participant } from '../support/participants';
import { runAdmin, type Run } from '../support/program';

const dir = blockDirectory();

function recover(...args: string[]): Run {
  return runAdmin(['auto-recover', ...args], { dir });
}

function planFile(...names: string[]): string {
  const file = path.join(dir, `${names.join('-')}.plan.json`);
  fs.writeFileSync(file, recover(...names, '--dry-run', '--json').stdout);
  return file;
}

test('a dry run changes nothing; recovery repairs, and again finds nothing', async () => {
  makeBlock('foo', dir);
  publish('foo', dir, 1);
  const pid = await leaveTraces('write', 'foo', dir);
  const before = bytesOf('foo', dir);

  const dry = recover('--shm-name', 'foo', '--dry-run');
  expect({ exit: dry.exit, stderr: dry.stderr }).toEqual({ exit: 2, stderr: '' });
  expect(dry.stdout).toContain(`Would release zombie writer on slot 1 (PID ${pid})\n`);
  expect(bytesOf('foo', dir).equals(before)).toBe(true);

  const { exit, stdout, stderr } = recover('foo');
  expect({ exit, stderr }).toEqual({ exit: 1, stderr: '' });
  expect(stdout).toContain(
    `[OK] Released zombie writer on slot 1 (PID ${pid})\n    message 1 was never finished: consumers will skip it\n`,
  );
  expect(runAdmin(['diagnose', 'foo'], { dir }).exit).toBe(0);
  expect(recover('foo')).toEqual({ exit: 0, stdout: 'foo: nothing to recover\n', stderr: '' });
  expect(recover('foo', '--dry-run').exit).toBe(0);
});

test('dead readers', async () => {
  makeBlock('readers', dir);
  publish('readers', dir, 1);
  const [follower, peeker] = await leaveAllTraces(['follow', 'peek'], 'readers', dir);
  const { exit, stdout } = recover('readers');
  expect(exit).toBe(1);
  expect(stdout).toContain(`[OK] Released zombie reader at message 1 (PID ${follower!})\n`);
  expect(stdout).toContain(`[OK] Released zombie reader on slot 0 (PID ${peeker!})\n`);
  expect(runAdmin(['diagnose', 'readers'], { dir }).exit).toBe(0);
});

test('the living are left alone, also when stopped', async () => {
  makeBlock('living', dir);
  const writer = await Participant.start('write', 'living', dir);
  writer.stop();
  expect(recover('living')).toEqual({ exit: 0, stdout: 'living: nothing to recover\n', stderr: '' });
});

test('several blocks, one of them bad: all are reported, the worst decides', async () => {
  makeBlock('good', dir);
  makeBlock('bad', dir);
  await leaveTraces('write', 'good', dir);
  fs.truncateSync(path.join(dir, 'bad'), 8192);
  const { exit, stdout, stderr } = recover('good', 'bad', 'missing');
  expect({ exit, stderr }).toEqual({ exit: 74, stderr: '' });
  expect(stdout).toMatch(/^good: \d done\n/);
  expect(stdout).toMatch(/\[ERROR\] bad: .* \(DB0503 TRUNCATED\)\n/);
  expect(stdout).toMatch(/\[ERROR\] missing: .* \(DB0501 NO_SUCH_BLOCK\)\n/);
});

test('--all passes over what is no block', async () => {
  const all = path.join(dir, 'all');
  fs.mkdirSync(all);
  fs.writeFileSync(path.join(all, 'notes.txt'), 'not a block');
  makeBlock('one', all);
  makeBlock('two', all);
  await leaveTraces('write', 'two', all);
  const dry = runAdmin(['auto-recover', '--all', '--dry-run'], { dir: all });
  expect(dry.exit).toBe(2);
  expect(dry.stdout).toMatch(/^one: nothing to recover\ntwo: dry run, nothing was changed\n/);
  const { exit, stdout } = runAdmin(['auto-recover', '--all', '--json'], { dir: all });
  expect(exit).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    status: 'repaired',
    result: { blocks: [{ block: 'one' }, { block: 'two' }], failures: [] },
  });
  makeBlock('three', all);
  fs.truncateSync(path.join(all, 'three'), 8192);
  expect(runAdmin(['auto-recover', '--all'], { dir: all }).exit).toBe(74);
});

test('a plan is applied later', async () => {
  makeBlock('planned', dir);
  const pid = await leaveTraces('write', 'planned', dir);
  const file = planFile('planned');
  const { exit, stdout } = recover('--plan', file);
  expect(exit).toBe(1);
  expect(stdout).toContain(`[OK] Released zombie writer on slot 0 (PID ${pid})\n`);

  const again = recover('planned', '--plan', file);
  expect(again.exit).toBe(5);
  expect(again.stdout).toContain('[REFUSED] Did not release zombie writer on slot 0');
});

test('a plan through standard input', async () => {
  makeBlock('piped', dir);
  await leaveTraces('write', 'piped', dir);
  const plan = recover('piped', '--dry-run', '--json').stdout;
  expect(runAdmin(['auto-recover', '--plan', '-'], { dir, input: plan }).exit).toBe(1);
});

test('a plan for a block that was made anew is refused', async () => {
  makeBlock('anew', dir);
  await leaveTraces('write', 'anew', dir);
  const file = planFile('anew');
  fs.rmSync(path.join(dir, 'anew'));
  makeBlock('anew', dir);
  const { exit, stdout, stderr } = recover('--plan', file);
  expect({ exit, stdout }).toEqual({ exit: 66, stdout: '' });
  expect(stderr).toMatch(
    /^Error: .*the plan is for block [0-9a-f]{32}, and anew is now block .*\nCode: DB0509 RECREATED\n/,
  );
});

test.each([
  ['no JSON', 'hello'],
  ['no plan', '{}'],
  ['a plan that was edited', '{"schema":"datablock.plan.v1","block":"planned","instance":"zz","actions":[]}'],
])('a malformed plan: %s', (_what, text) => {
  const { exit, stdout, stderr } = runAdmin(['auto-recover', '--plan', '-'], { dir, input: text });
  expect({ exit, stdout }).toEqual({ exit: 65, stdout: '' });
  expect(stderr).toMatch(/^Error: .*the plan .*\nCode: DB0702 BAD_DATA\n/);
});

test('a plan that cannot be read, and one that is about another block', async () => {
  expect(recover('--plan', path.join(dir, 'nowhere')).exit).toBe(74);
  makeBlock('about', dir);
  await leaveTraces('write', 'about', dir);
  expect(recover('other', '--plan', planFile('about')).stderr).toMatch(/the plan says nothing of other/);
});

test.each([
  [[], /name of a block is missing, or --all/],
  [['--all', 'foo'], /exclude each other/],
  [['--plan', 'x', '--dry-run'], /dry-run/],
])('wrong usage: %j', (args, reason) => {
  const { exit, stderr } = recover(...args);
  expect(exit).toBe(64);
  expect(stderr).toMatch(reason);
});
