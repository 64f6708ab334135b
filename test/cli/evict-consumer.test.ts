import { native } from '../../src/native';
import { evict as evictOperation, findConsumer } from '../../src/operations/eviction';
import { blockDirectory } from '../support/block-directory';
import { makeBlock, publish } from '../support/blocks';
import { killChildrenAfterEach, startAdmin, until } from '../support/child';
import { errorOf } from '../support/errors';
import { leaveTraces, Participant } from '../support/participants';
import { runAdmin, type Run } from '../support/program';

const dir = blockDirectory();
killChildrenAfterEach();

function evict(...args: string[]): Run {
  return runAdmin(['evict-consumer', ...args], { dir });
}

function attached(name: string): number {
  const { stdout } = runAdmin(['diagnose', name], { dir });
  return (stdout.match(/^ {2}consumer /gm) ?? []).length;
}

test('nobody confirms: refused', async () => {
  makeBlock('asked', dir);
  const { pid } = await Participant.start('follow', 'asked', dir);
  const { exit, stdout, stderr } = evict('asked', '1');
  expect({ exit, stdout }).toEqual({ exit: 5, stdout: '' });
  expect(stderr).toContain(
    `Take the hold of consumer 1, PID ${pid} (node), ALIVE away? It loses messages of asked.`,
  );
});

test('a stopped consumer loses its hold, producers go on, and it is told', async () => {
  makeBlock('stopped', dir, { slots: 2 });
  const consumer = startAdmin(['consume', 'stopped', '--name', 'archive', '--output', '/dev/null'], { dir });
  await until('it is attached', () => attached('stopped') === 1);
  consumer.kill('SIGSTOP');
  publish('stopped', dir, 2);
  expect(
    runAdmin(['produce', 'stopped', '--size', '8', '--count', '1', '--timeout', '100ms'], { dir }).exit,
  ).toBe(75);

  const { exit, stdout } = evict('--shm-name', 'stopped', 'archive', '--confirm', 'stopped');
  expect(exit).toBe(1);
  expect(stdout).toMatch(/^\[OK\] Evicted consumer 1, PID \d+ \(archive\), STOPPED, which held message 0\n$/);
  expect(
    runAdmin(['produce', 'stopped', '--size', '8', '--count', '1', '--timeout', '5s'], { dir }).exit,
  ).toBe(0);
  expect(evict('stopped', 'archive', '--yes').stdout).toMatch(/holds no message, nothing to take away\n$/);

  consumer.kill('SIGCONT');
  const { exit: end, stderr } = await consumer.ended;
  expect(end).toBe(5);
  expect(stderr).toMatch(/\nCode: DB0202 EVICTED\n/);
  expect(runAdmin(['history', 'stopped'], { dir }).stdout).toContain('evict-consumer');
});

test('whoever sat down after the one that was named is not hit', async () => {
  makeBlock('successor', dir);
  const location = { dir };
  const first = await Participant.start('follow', 'successor', dir);
  const asked = findConsumer('successor', location, '1');
  await first.kill();
  // It takes the same entry, and holds the very same message.
  const second = await Participant.start('follow', 'successor', dir);
  const now = findConsumer('successor', location, '1');
  expect(now).toMatchObject({ pid: second.pid, hold: asked.hold });

  expect(errorOf(() => evictOperation('successor', location, asked))).toMatchObject({
    code: 'CHANGED',
    message: expect.stringContaining(`PID ${first.pid} (node), has left`) as string,
  });
  const recovery = native().openRecovery('successor', location);
  const { id, generation, hold } = asked;
  expect(recovery.evictConsumer(id, generation, hold!)).toEqual({ applied: false, code: 'CHANGED' });
  expect(recovery.killParticipant(id, generation, 0)).toEqual({ applied: false, code: 'CHANGED' });
  recovery.close();
  expect(findConsumer('successor', location, '1')).toMatchObject({
    pid: second.pid,
    hold: now.hold,
    verdict: 'ALIVE',
  });
});

test('a dead one is cleaned up after instead', async () => {
  makeBlock('dead', dir);
  const pid = await leaveTraces('follow', 'dead', dir);
  const { exit, stdout } = evict('dead', '1', '--confirm', 'dead');
  expect(exit).toBe(1);
  expect(stdout).toContain(`PID ${pid} (node), DEAD: nobody has to be evicted\n`);
  expect(stdout).toContain('[OK] Released zombie reader');
});

test('only a sync consumer, and only one', async () => {
  makeBlock('wrong', dir);
  publish('wrong', dir, 1);
  await Participant.start('peek', 'wrong', dir);
  await Participant.start('attach', 'wrong', dir);
  await Participant.start('follow', 'wrong', dir);
  await Participant.start('follow', 'wrong', dir);
  const tap = evict('wrong', '1');
  expect(tap.exit).toBe(64);
  expect(tap.stderr).toMatch(
    /holds no producer back, .*: consumer 1 reads in sequential mode\nCode: DB0220 NOT_A_SYNC_CONSUMER\n/,
  );
  expect(evict('wrong', '2').stderr).toMatch(/participant 2 is a producer\n/);
  expect(evict('wrong', 'node').stderr).toMatch(
    /several consumers are called node: say which by its id \(1, 3, 4\)/,
  );
  const { exit, stderr } = evict('wrong', 'nod');
  expect(exit).toBe(64);
  expect(stderr).toMatch(/wrong has no consumer nod \(did you mean node\?\)/);
  expect(evict('wrong').stderr).toMatch(/the consumer is missing/);
});
