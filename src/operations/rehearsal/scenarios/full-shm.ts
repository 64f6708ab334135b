import { smallMemory } from '../namespace';
import type { Scenario } from '../scenario';
import { block } from '../stage';

export const fullMemory: Scenario = {
  name: 'full-shm',
  summary: 'There is no room for a block.',
  async play(stage) {
    const { prefix } = await smallMemory(stage, '2m');
    const inside = { prefix };
    stage.say('A shared-memory directory of 2 MiB, with a block in it that nobody uses.');
    await stage.run(['create', 'old', '--slots', '1024', '--slot-size', '1KiB'], 0, undefined, inside);
    await stage.run(['create', block, '--slots', '1024', '--slot-size', '1KiB'], 73, /NO_SPACE/, inside);
    stage.say('Nothing half-made is left. What takes the room?');
    await stage.run(['list', '--stale'], 0, /old/, inside);
    await stage.run(['doctor'], 0, undefined, inside);
    await stage.run(['prune', '--confirm', 'old'], 0, /Removed old/, inside);
    await stage.run(['create', block, '--slots', '1024', '--slot-size', '1KiB'], 0, /Created/, inside);
  },
};
