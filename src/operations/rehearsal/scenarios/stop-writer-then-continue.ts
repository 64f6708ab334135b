import { readText } from '../files';
import type { Scenario } from '../scenario';
import { block } from '../stage';

export const stopWriter: Scenario = {
  name: 'stop-writer-then-continue',
  summary: 'A writer of many is stopped with a slot, fenced off, and continued.',
  async play(stage) {
    stage.say('A block with many producers, and a consumer.');
    await stage.run(['create', block, '--slots', '4', '--slot-size', '64', '--producers', 'multi'], 0);
    const consumer = stage.start(['consume', block, '--follow', '--count', '1', '--output', 'out.txt']);
    await stage.attached(1);

    stage.say('A writer takes a slot and is stopped.');
    const writer = stage.start(['produce', block, '--hold', '1s'], { input: 'late\n' });
    await stage.writing();
    stage.signal(writer, 'SIGSTOP');
    await stage.until('it is seen to be stopped', ({ participants }) =>
      participants.some(({ verdict }) => verdict === 'STOPPED'),
    );
    await stage.run(['why', block], 3, /which is STOPPED and has had slot 0/);

    stage.say('It lives, so nothing is done to it without --force.');
    await stage.run(['auto-recover', block], 0, /nothing to recover/);
    await stage.run(['force-reset-slot', block, '--slot', '0'], 5, /OWNER_ALIVE/);
    await stage.run(['force-reset-slot', block, '--slot', '0', '--force'], 1, /reset to QUARANTINED/);

    stage.say('The ring goes on with one slot less.');
    await stage.run(['produce', block, '--no-end'], 0, /Published 1 message/, { input: 'in time\n' });
    await stage.finish(consumer, 'wait', 0);

    stage.say('The stopped writer goes on, and is told that it was fenced off: its bytes reach nobody.');
    stage.signal(writer, 'SIGCONT');
    await stage.finish(writer, 'wait', 5, /FENCED/);
    stage.expect('the consumer has only what came in time', readText(stage, 'out.txt') === 'in time\n');
    await stage.run(['diagnose', block], 0, /Healthy/);
    await stage.run(['history', block], 0, /quarantine-slot/);
  },
};
