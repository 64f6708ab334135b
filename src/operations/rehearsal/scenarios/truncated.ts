import type { Scenario } from '../scenario';
import { block } from '../stage';

export const truncated: Scenario = {
  name: 'truncated',
  summary: 'The file of a block is cut short, before it is opened and while it is in use.',
  async play(stage) {
    const create = ['create', block, '--slots', '4', '--slot-size', '64'];
    stage.say('A consumer waits, and the file is truncated under its feet.');
    await stage.run(create, 0);
    const consumer = stage.start(['consume', block]);
    await stage.attached(1);
    await stage.shell(`truncate -s 4096 blocks/${block}`);
    await stage.finish(consumer, 'wait', 74, /TRUNCATED/);

    stage.say('What is left cannot be opened, by any command.');
    await stage.run(['diagnose', block], 74, /TRUNCATED/);
    await stage.run(['list'], 0, /damaged/);
    stage.say('Its tail is lost. A new one:');
    await stage.run(['rm', block, '--confirm', block], 0, /Removed/);
    await stage.run(create, 0);
    await stage.run(['produce', block], 0, /Published 1 message/, { input: 'again\n' });
  },
};
