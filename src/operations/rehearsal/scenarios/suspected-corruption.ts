import * as fs from 'node:fs';
import type { Scenario } from '../scenario';
import { block } from '../stage';

export const suspectedCorruption: Scenario = {
  name: 'suspected-corruption',
  summary: 'A stray write hits a message.',
  async play(stage) {
    stage.say('A block with checksums, and three messages in it.');
    const config = [
      '--slots',
      '8',
      '--slot-size',
      '64',
      '--checksum',
      'xxh3',
      '--checksum-policy',
      'enforced',
    ];
    await stage.run(['create', block, ...config], 0);
    await stage.run(['produce', block], 0, undefined, { input: 'one\ntwo\nthree\n' });
    await stage.run(['validate', block], 0, /valid/);

    stage.say('Somebody writes into the second message.');
    const offset = fs.readFileSync(stage.file).indexOf('two');
    await stage.shell(`printf X | dd of=blocks/${block} bs=1 seek=${offset} conv=notrunc status=none`);
    await stage.run(['validate', block], 6, /\[CORRUPT\] checksum: Message 1/);

    stage.say(
      'Evidence first: a copy to look at later. Then what can be saved: consumers step over the bad one.',
    );
    await stage.run(['snapshot', block, '-o', 'evidence.snap'], 0);
    await stage.run(['consume', block, '--from', 'oldest', '--output', 'saved.txt', '--timeout', '2s'], 6);
    await stage.shell('cat saved.txt');
    await stage.run(['rm', block, '--confirm', block], 0, /Removed/);
    await stage.run(['validate', '--from', 'evidence.snap'], 6, /\[CORRUPT\] checksum: Message 1/);
    stage.expect('the copy is there', fs.existsSync(`${stage.home}/evidence.snap`));
  },
};
