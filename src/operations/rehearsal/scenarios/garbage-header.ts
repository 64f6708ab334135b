import type { Scenario } from '../scenario';
import { block } from '../stage';

export const garbageHeader: Scenario = {
  name: 'garbage-header',
  summary: 'Something wrote over the header of a block.',
  async play(stage) {
    stage.say('A block with messages in it; then a stray write hits its header.');
    await stage.run(['create', block, '--slots', '4', '--slot-size', '64'], 0);
    await stage.run(['produce', block], 0, undefined, { input: 'one\ntwo\n' });
    await stage.shell(`printf XXXX | dd of=blocks/${block} bs=1 seek=200 conv=notrunc status=none`);
    stage.say('Nobody attaches to it any more, and no command trusts a word of it.');
    await stage.run(['diagnose', block], 6, /HEADER_CORRUPT/);
    await stage.run(['auto-recover', block], 6, /HEADER_CORRUPT/);
    await stage.run(['produce', block], 6, /HEADER_CORRUPT/, { input: 'three\n' });
    await stage.run(['rm', block, '--confirm', block], 0, /Removed/);

    stage.say("A file that is no block at all is left alone: it may be somebody else's.");
    await stage.shell(`head -c 300000 /dev/urandom > blocks/${block}`);
    await stage.run(['diagnose', block], 65, /NOT_A_BLOCK/);
    await stage.run(['rm', block, '--confirm', block], 65, /NOT_A_BLOCK/);
  },
};
