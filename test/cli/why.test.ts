import { blockDirectory } from '../support/block-directory';
import { makeBlock, publish } from '../support/blocks';
import { killChildrenAfterEach, startAdmin, until } from '../support/child';
import { documentOf } from '../support/json';
import { leaveTraces, Participant } from '../support/participants';
import { runAdmin, type Run } from '../support/program';

const dir = blockDirectory();
killChildrenAfterEach();

function why(...args: string[]): Run {
  return runAdmin(['why', '--watch', '50ms', ...args], { dir });
}

test('nobody is there: exit 0, one sentence', () => {
  makeBlock('quiet', dir);
  expect(why('quiet')).toEqual({
    exit: 0,
    stdout: 'Nobody is attached: 0 messages were published, and nobody waits.\n',
    stderr: '',
  });
});

test('the ring is full behind a stopped consumer: exit 3, and both ways out', async () => {
  makeBlock('full', dir, { slots: 2 });
  const consumer = await Participant.start('follow', 'full', dir);
  publish('full', dir, 2);
  consumer.stop();
  const { exit, stdout } = why('full');
  expect(exit).toBe(3);
  expect(stdout).toMatch(
    new RegExp(
      `^The next producer will wait for consumer 1 \\(PID ${consumer.pid}, node\\), which is STOPPED and has not finished message 0; last heard of \\S+ ago\\.\nNothing is lost\\.\n`,
    ),
  );
  expect(stdout).toContain(`      kill -CONT ${consumer.pid}\n`);
  expect(stdout).toContain('      datablock-admin evict-consumer full 1 --confirm full\n');
});

test('a chain: the producer waits for a consumer, which waits for a dead writer', async () => {
  makeBlock('chain', dir, { slots: 2 });
  const consumer = await Participant.start('follow', 'chain', dir);
  const writer = await Participant.start('write', 'chain', dir);
  publish('chain', dir, 1);
  await writer.kill();
  const { exit, stdout } = why('chain');
  expect(exit).toBe(2);
  expect(stdout).toMatch(
    new RegExp(
      `^The next producer will wait for consumer 1 \\(PID ${consumer.pid}, node\\), which waits for producer 2 \\(PID ${writer.pid}, node\\), which is DEAD and has had slot 0 for \\S+, with message 0 unfinished\\.\nNothing that was committed is lost; message 0 was never finished, and will be skipped\\.\n`,
    ),
  );
  expect(stdout).toContain('      datablock-admin auto-recover chain\n');
  expect(documentOf(why('chain', '--json')).result).toMatchObject({
    situation: 'blocked',
    chain: [
      { as: 'producers', obstacle: { kind: 'hold' } },
      { as: 'consumers', obstacle: { kind: 'slot' } },
    ],
  });
});

test('what is slow is told from what is stuck', async () => {
  makeBlock('slow', dir);
  await Participant.start('follow', 'slow', dir);
  const producer = startAdmin(['produce', 'slow', '--size', '8', '--hold', '20ms', '--count', '3'], { dir });
  await until('it has written', () => why('slow').stdout.includes('producer'));
  const { situation } = documentOf(why('slow', '--json')).result as { situation: string };
  expect(['moving', 'blocked']).toContain(situation);
  await producer.ended;
});

test('nobody waits yet, but the next one will', async () => {
  makeBlock('latent', dir);
  await leaveTraces('write', 'latent', dir);
  expect(why('latent').stdout).toMatch(
    /^Nobody waits yet, but producer 1 .* is DEAD and has had slot 0 for /,
  );
});

test('traces that are in nobody’s way', async () => {
  makeBlock('traces', dir);
  await leaveTraces('attach', 'traces', dir);
  const { exit, stdout } = why('traces');
  expect(exit).toBe(2);
  expect(stdout).toMatch(/^Nobody waits, but producer 1 .* is DEAD and left traces\.\n/);
});

test('a writer at work is no trouble', async () => {
  makeBlock('busy', dir);
  await Participant.start('write', 'busy', dir);
  const { exit, stdout } = why('busy');
  expect(exit).toBe(0);
  expect(stdout).toMatch(/^Nobody waits: producer 1 .* is at work, and has had slot 0 for /);
});

test('a slot that is fenced off is told of, with its owner: exit 3', async () => {
  makeBlock('fenced', dir);
  const { pid } = await Participant.start('write', 'fenced', dir);
  runAdmin(['force-reset-slot', 'fenced', '--slot', '0', '--force'], { dir });
  const { exit, stdout } = why('fenced');
  expect(exit).toBe(3);
  expect(stdout).toMatch(
    /^Nobody waits, but slot 0 is quarantined: producer 1 \(PID \d+, node\), which is ALIVE, has not noticed yet that it was fenced off\.\n/,
  );
  expect(stdout).toContain(`      kill -KILL ${pid}\n`);
});

test('a consumer that nobody writes for any more', async () => {
  makeBlock('starved', dir);
  const producer = await Participant.start('attach', 'starved', dir);
  const { pid } = await Participant.start('follow', 'starved', dir);
  const reader = `Consumer 2 \\(PID ${pid}, node\\) has nothing to read: producer 1 \\(PID ${producer.pid}, node\\)`;
  expect(why('starved').stdout).toMatch(/no producer has a message in hand\.\n$/);
  producer.stop();
  expect(why('starved').stdout).toMatch(new RegExp(`^${reader} is STOPPED\\.\n`));
  await producer.kill();
  expect(why('starved').stdout).toMatch(new RegExp(`^${reader} is DEAD and left traces\\.\n`));
  expect(runAdmin(['auto-recover', 'starved'], { dir }).exit).toBe(1);
  expect(why('starved')).toEqual({
    exit: 0,
    stdout: 'It is idle: everything that was published was read, and no producer is attached.\n',
    stderr: '',
  });
});
