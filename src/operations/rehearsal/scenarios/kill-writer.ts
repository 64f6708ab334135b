import { readText } from '../files';
import type { Scenario } from '../scenario';
import { block } from '../stage';

export const killWriter: Scenario = {
  name: 'kill-writer',
  summary: 'A writer is killed while it has a slot.',
  async play(stage) {
    stage.say('A block without self-healing, so that there is something to look at, and a consumer.');
    await stage.run(['create', block, '--slots', '4', '--slot-size', '64', '--self-heal', 'off'], 0);
    const consumer = stage.start(['consume', block, '--follow', '--count', '3', '--output', 'out.txt']);
    await stage.attached(1);
    await stage.run(['produce', block, '--no-end'], 0, /Published 2 messages/, { input: 'one\ntwo\n' });

    stage.say('A writer takes a slot and is killed before it commits.');
    const writer = stage.start(['produce', block, '--hold', '60s'], { input: 'three\n' });
    await stage.writing();
    await stage.kill(writer);

    stage.say('Who waits for whom, and what is lost?');
    await stage.run(['why', block], 2, /waits for producer 2 .*is DEAD/);
    await stage.run(['diagnose', block], 2, /Slot 2: WRITING \(stuck .*\) \.\.\. STUCK/);

    stage.say('Repair: what the dead left behind, and nothing else.');
    await stage.run(['auto-recover', block, '--dry-run'], 2, /Would release zombie writer on slot 2/);
    await stage.run(['auto-recover', block], 1, /\[OK\] Released zombie writer on slot 2/);
    await stage.run(['diagnose', block], 0, /Healthy/);

    stage.say('The next writer goes on, and so does the same consumer.');
    await stage.run(['produce', block], 0, /Published 1 message/, { input: 'four\n' });
    await stage.finish(consumer, 'wait', 0);
    stage.expect('the consumer has one, two and four', readText(stage, 'out.txt') === 'one\ntwo\nfour\n');
    await stage.run(['history', block], 0, /reset-slot/);
  },
};
