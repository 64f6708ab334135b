/** `auto-recover --watch` */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { blockDirectory } from '../support/block-directory';
import { makeBlock } from '../support/blocks';
import { killChildrenAfterEach, startAdmin, until, type Child } from '../support/child';
import { leaveTraces } from '../support/participants';
import { admin, runAdmin, runShell } from '../support/program';

const parent = blockDirectory();
let dir = '';
killChildrenAfterEach();

beforeEach(() => {
  dir = fs.mkdtempSync(path.join(parent, 'watch-'));
});

function lines(child: Child): string[] {
  return child.stdout.split('\n').filter((line) => line !== '');
}

test('blocks come and go, each action has its line, troubles are told once, SIGTERM ends it cleanly', async () => {
  makeBlock('first', dir);
  const pid = await leaveTraces('write', 'first', dir);
  makeBlock('bad', dir);
  fs.truncateSync(path.join(dir, 'bad'), 8192);
  fs.writeFileSync(path.join(dir, 'notes.txt'), 'not a block');
  const daemon = startAdmin(['auto-recover', '--all', '--watch=50ms'], { dir });
  await until('the first is repaired', () => daemon.stdout.includes('first: [OK] Freed'));
  fs.unlinkSync(path.join(dir, 'first'));
  makeBlock('second', dir);
  await leaveTraces('follow', 'second', dir);
  await until('the second is repaired', () => daemon.stdout.includes('second: [OK] Freed'));
  fs.unlinkSync(path.join(dir, 'bad'));
  makeBlock('bad', dir);
  await until('the bad one is back', () => daemon.stdout.includes('bad: [INFO] can be looked at again'));
  daemon.kill('SIGTERM');
  const { exit, stderr } = await daemon.ended;
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: 'Ended by SIGTERM, 4 actions\n' });
  expect(lines(daemon)).toHaveLength(6);
  const when = '20\\d\\d-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC';
  for (const line of lines(daemon)) expect(line).toMatch(new RegExp(`^${when} `));
  expect(daemon.stdout).toMatch(
    new RegExp(
      `first: \\[OK\\] Released zombie writer on slot 0 \\(PID ${pid}\\); message 0 was never finished: consumers will skip it\n`,
    ),
  );
  expect(daemon.stdout.match(/\[ERROR\] bad: .* \(DB0503 TRUNCATED\)\n/g)).toHaveLength(1);
});

test('--json: a document per line; a block that is named is waited for', async () => {
  const daemon = startAdmin(['auto-recover', 'later', '--watch=50ms', '--json'], { dir });
  await until('it is missed', () => lines(daemon).length === 1);
  makeBlock('later', dir);
  await until('it is there', () => lines(daemon).length === 2);
  await leaveTraces('attach', 'later', dir);
  await until('it is repaired', () => lines(daemon).length === 3);
  daemon.kill('SIGINT');
  expect(await daemon.ended).toMatchObject({ exit: 0, stderr: '' });
  const documents = lines(daemon).map((line) => JSON.parse(line) as { schema: string; result: unknown });
  expect(documents).toMatchObject([
    {
      schema: 'datablock.auto-recover.v1',
      target: 'later',
      result: { event: 'trouble', error: { code: 'NO_SUCH_BLOCK' } },
    },
    { target: 'later', result: { event: 'back' } },
    { target: 'later', result: { event: 'action', action: { kind: 'free-participant', applied: true } } },
    { status: 'ok', exit: 0, result: { event: 'ended', signal: 'SIGINT', actions: 1 } },
  ]);
});

test('nobody reads it any more: it ends', () => {
  const program = `"${process.execPath}" "${admin}" auto-recover nowhere elsewhere --watch=50ms`;
  const { stdout } = runShell(`${program} | true; echo "\${PIPESTATUS[0]}"`, { dir });
  expect(stdout).toBe('0\n');
});

test.each([
  [['--watch=0', 'x'], /at most every 10ms/],
  [['--watch=often', 'x'], /is no duration/],
  [['--watch', 'x', '--dry-run'], /dry-run/],
  [['--watch'], /name of a block is missing/],
])('wrong usage: %j', (args, reason) => {
  const { exit, stderr } = runAdmin(['auto-recover', ...args], { dir });
  expect(exit).toBe(64);
  expect(stderr).toMatch(reason);
});
