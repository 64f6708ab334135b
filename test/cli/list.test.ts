import * as fs from 'node:fs';
import * as path from 'node:path';
import { blockDirectory } from '../support/block-directory';
import { makeBlock } from '../support/blocks';
import { leaveTraces, Participant } from '../support/participants';
import { runAdmin } from '../support/program';

const dir = blockDirectory();

function list(...flags: string[]): { exit: number | null; stdout: string; stderr: string } {
  return runAdmin(['list', ...flags], { dir });
}

test('no blocks, no directory', () => {
  expect(list()).toEqual({ exit: 0, stdout: 'No blocks.\n', stderr: '' });
  const { exit, stderr } = runAdmin(['list', '--dir', path.join(dir, 'nowhere')]);
  expect(exit).toBe(74);
  expect(stderr).toMatch(/^Error: .*nowhere.*\nCode: DB0703 IO\n/);
});

test('in use, idle, abandoned, damaged; and what is no block', async () => {
  for (const name of ['used', 'idle', 'abandoned', 'cut']) makeBlock(name, dir);
  fs.writeFileSync(path.join(dir, 'notes.txt'), 'not a block');
  fs.writeFileSync(path.join(dir, 'empty'), '');
  fs.mkdirSync(path.join(dir, 'folder'));
  fs.truncateSync(path.join(dir, 'cut'), 8192);
  await leaveTraces('write', 'abandoned', dir);
  await Participant.start('attach', 'used', dir);
  const consumer = await Participant.start('follow', 'used', dir);

  const { exit, stdout, stderr } = list();
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  const lines = stdout
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(/\s{2,}/).slice(0, 5));
  expect(lines).toEqual([
    ['abandoned', 'abandoned', '0', '0', '1'],
    ['cut', 'damaged (DB0503 TRUNCATED)'],
    ['idle', 'idle', '0', '0', '0'],
    ['used', 'in use', '1', '1', '0'],
  ]);

  const stale = list('--stale')
    .stdout.trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(' ')[0]);
  expect(stale).toEqual(['abandoned', 'idle']);

  const { result } = JSON.parse(list('--json').stdout) as {
    result: { blocks: { name: string; state: string; messages: unknown }[] };
  };
  expect(result.blocks.map(({ name, state }) => [name, state])).toEqual([
    ['abandoned', 'abandoned'],
    ['cut', 'damaged'],
    ['idle', 'idle'],
    ['used', 'in-use'],
  ]);
  expect(result.blocks[0]!.messages).toBe('1');
  await consumer.kill();
});

test('a thousand blocks in under a second', () => {
  const many = path.join(dir, 'many');
  fs.mkdirSync(many);
  for (let i = 0; i < 1000; i++) makeBlock(`block-${i}`, many, { slots: 2, slotSize: 8, maxParticipants: 2 });
  const start = process.hrtime.bigint();
  const { stdout } = runAdmin(['list'], { dir: many });
  const elapsed = Number(process.hrtime.bigint() - start) / 1e6;
  fs.rmSync(many, { recursive: true });
  expect(stdout.trimEnd().split('\n')).toHaveLength(1001);
  // The bar is a second of the command; a shared machine gets some grace.
  expect(elapsed).toBeLessThan(3000);
});
