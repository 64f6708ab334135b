import type { Scenario } from '../scenario';
import { block } from '../stage';

export const futureVersion: Scenario = {
  name: 'future-version',
  summary: 'A block was made by a newer DataBlock.',
  async play(stage) {
    stage.say('A block whose header says that only readers of layout 999 understand it.');
    await stage.run(['create', block, '--slots', '4', '--slot-size', '64'], 0);
    const version = "printf '\\347\\003\\000\\000\\347\\003\\000\\000'";
    await stage.shell(`${version} | dd of=blocks/${block} bs=1 seek=8 conv=notrunc status=none`);
    stage.say('It is not guessed at.');
    await stage.run(['diagnose', block], 78, /FUTURE_VERSION/);
    await stage.run(['auto-recover', block], 78, /FUTURE_VERSION/);
    await stage.run(['produce', block], 78, /FUTURE_VERSION/, { input: 'one\n' });
    await stage.run(['explain', 'FUTURE_VERSION'], 0);
  },
};
