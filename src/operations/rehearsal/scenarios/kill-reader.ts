import type { Scenario } from '../scenario';
import { block } from '../stage';

export const killReader: Scenario = {
  name: 'kill-reader',
  summary: 'A sync consumer is killed, and the ring is full behind it.',
  async play(stage) {
    stage.say('A block without self-healing, a consumer, and a writer.');
    await stage.run(['create', block, '--slots', '4', '--slot-size', '64', '--self-heal', 'off'], 0);
    const consumer = stage.start(['consume', block, '--output', 'out.txt', '--name', 'archive']);
    await stage.attached(1);
    stage.signal(consumer, 'SIGSTOP');
    const writer = stage.start(['produce', block], { input: '1\n2\n3\n4\n5\n6\n' });

    stage.say('The consumer dies, and the writer has no room once the ring is full behind it.');
    await stage.until('the ring is full', ({ claim }) => claim === 4n);
    await stage.kill(consumer);
    await stage.run(['why', block], 2, /waits for consumer 1 .*is DEAD and has not finished message 0/);
    await stage.run(['diagnose', block], 2, /is DEAD, safe to reset/);

    stage.say('Only the step that concerns readers:');
    await stage.run(['release-zombie-readers', block, '--dry-run'], 2, /Would release zombie reader/);
    await stage.run(['release-zombie-readers', block], 1, /\[OK\] Released zombie reader/);

    stage.say('The writer goes on by itself.');
    await stage.finish(writer, 'wait', 0, /Published 6 messages/);
    await stage.run(['diagnose', block], 0, /Healthy/);
  },
};
