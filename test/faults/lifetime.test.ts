/** Blocks that are cut, removed or made anew while tools look at them; tables full of the dead; tools that run twice at once. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { blockDirectory } from '../support/block-directory';
import { makeBlock, publish } from '../support/blocks';
import { killChildrenAfterEach, start, startAdmin, until, type Child } from '../support/child';
import { documentOf } from '../support/json';
import { leaveAllTraces, leaveTraces } from '../support/participants';
import { root, runAdmin, type Run } from '../support/program';
import { exitsOfTwo, expectRepairByTwo } from '../support/twice';

const dir = blockDirectory();
killChildrenAfterEach();

function tool(...args: string[]): Run {
  return runAdmin(args, { dir });
}

function maps(child: Child, name: string): boolean {
  try {
    return fs.readFileSync(`/proc/${child.process.pid!}/maps`, 'utf8').includes(path.join(dir, name));
  } catch {
    return false;
  }
}

/** `why` looks twice: in between the block can be done something to. */
async function lookingAt(name: string, ...args: string[]): Promise<Child[]> {
  const both = [1, 2].map(() => startAdmin(['why', name, '--watch', '3s', ...args], { dir }));
  await until('it is mapped', () => both.every((child) => maps(child, name)));
  await new Promise((resolve) => setTimeout(resolve, 100));
  return both;
}

describe('truncated while mapped: one clear error', () => {
  test('in words', async () => {
    makeBlock('cut', dir);
    const both = await lookingAt('cut');
    fs.truncateSync(path.join(dir, 'cut'), 4096);
    for (const child of both) {
      const { exit, signal, stdout, stderr } = await child.ended;
      expect({ exit, signal, stdout: stdout.toString() }).toEqual({ exit: 74, signal: null, stdout: '' });
      expect(stderr).toMatch(
        /^Error: The file is shorter than its block: cut was truncated while it was in use\nCode: DB0503 TRUNCATED\nTry this: /,
      );
    }
  });

  test('as a document', async () => {
    makeBlock('json', dir);
    const [child] = (await lookingAt('json', '--json')) as [Child];
    fs.truncateSync(path.join(dir, 'json'), 4096);
    const { exit, stdout, stderr } = await child.ended;
    expect({ exit, stderr }).toEqual({ exit: 74, stderr: '' });
    expect(documentOf({ exit, stderr, stdout: stdout.toString() })).toMatchObject({
      exit: 74,
      status: 'error',
      target: 'json',
      error: { code: 'TRUNCATED', number: 'DB0503' },
    });
  });
});

test('removed, or made anew, while it is looked at: the look is finished', async () => {
  makeBlock('gone', dir);
  const both = await lookingAt('gone');
  fs.unlinkSync(path.join(dir, 'gone'));
  makeBlock('gone', dir);
  await leaveTraces('write', 'gone', dir);
  for (const child of both) {
    const { exit, stdout } = await child.ended;
    expect({ exit, stdout: stdout.toString() }).toEqual({
      exit: 0,
      stdout: 'Nobody is attached: 0 messages were published, and nobody waits.\n',
    });
  }
  expect(tool('why', 'gone', '--watch', '1ms').exit).toBe(2);
  await expectRepairByTwo('gone', dir);
});

test('removed while participants are attached: the repair of the name leaves them alone', async () => {
  makeBlock('nameless', dir);
  const consumer = startAdmin(['consume', 'nameless', '--timeout', '1s'], { dir });
  await until('it is attached', () => tool('diagnose', 'nameless').stdout.includes('consumer'));
  fs.unlinkSync(path.join(dir, 'nameless'));
  makeBlock('nameless', dir);
  expect(tool('diagnose', 'nameless').stdout).toContain('0 participants of 64');
  expect(tool('auto-recover', 'nameless').exit).toBe(0);
  expect([66, 75]).toContain((await consumer.ended).exit);
});

test('a table full of the dead: whoever comes next has a place, and the tools clean up the rest', async () => {
  makeBlock('full', dir, { slots: 8 });
  // One process with all entries: producers with a slot each, sync consumers, lossy ones.
  const script = `
    const native = require(${JSON.stringify(path.join(root, 'dist', 'native.js'))}).native();
    const dir = process.argv[1];
    globalThis.kept = [];
    for (let i = 0; i < 64; i++) {
      if (i < 8) {
        const producer = native.openProducer('full', { dir });
        producer.acquire(1000);
        kept.push(producer);
      } else kept.push(native.openConsumer('full', { dir, mode: i % 2 ? 'sync' : 'sequential', from: 'latest' }));
    }
    console.log('ready');
    setInterval(() => undefined, 1 << 30);`;
  const crowd = start(process.execPath, ['-e', script, dir], { dir });
  await until('all are attached', () => crowd.stdout.includes('ready'));
  const refused = tool('produce', 'full', '--size', '8', '--count', '1');
  expect(refused.exit).toBe(75);
  expect(refused.stderr).toMatch(/Code: DB0205 PARTICIPANTS_FULL/);
  crowd.kill('SIGKILL');
  await crowd.ended;

  const { exit, stdout } = tool('diagnose', 'full');
  expect(exit).toBe(2);
  expect(stdout.match(/is DEAD, safe to reset/g)).toHaveLength(64);
  const produced = tool('produce', 'full', '--size', '8', '--count', '1', '--timeout', '5s', '--no-end');
  expect(produced.exit).toBe(0);
  await expectRepairByTwo('full', dir);
});

test('writer and reader killed at once, and every tool run twice at once', async () => {
  makeBlock('twice', dir);
  publish('twice', dir, 1);
  await leaveAllTraces(['write', 'follow', 'peek', 'write'], 'twice', dir);
  const exits = (...args: string[]): Promise<(number | null)[]> => exitsOfTwo(args, dir);
  expect(await exits('diagnose', 'twice')).toEqual([2, 2]);
  expect(await exits('validate', 'twice')).toEqual([2, 2]);
  // 1: it did something; 0: the other one was faster.
  for (const exit of await exits('release-zombie-readers', 'twice')) expect([0, 1]).toContain(exit);
  // 5: the slot changed under its hands.
  for (const exit of await exits('force-reset-all', 'twice')) expect([0, 1, 5]).toContain(exit);
  await expectRepairByTwo('twice', dir);
});
