import type { Scenario } from '../scenario';
import { block } from '../stage';

export const tableFull: Scenario = {
  name: 'table-full',
  summary: 'Every entry for participants is taken: by the living, then by the dead.',
  async play(stage) {
    stage.say('A block for three participants, all of them attached.');
    const config = ['--slots', '4', '--slot-size', '64', '--max-participants', '3', '--self-heal', 'off'];
    await stage.run(['create', block, ...config], 0);
    const consumers = [];
    for (const name of ['archive', 'display', 'alarm']) {
      consumers.push(stage.start(['consume', block, '--mode', 'sequential', '--name', name]));
      await stage.attached(consumers.length);
    }
    await stage.run(['produce', block], 75, /PARTICIPANTS_FULL/, { input: 'one\n' });

    stage.say('All three die. Whoever comes next cleans up after the one whose entry it takes.');
    for (const consumer of consumers) await stage.kill(consumer);
    await stage.run(['diagnose', block], 2, /is DEAD, safe to reset/);
    await stage.run(['produce', block, '--no-end', '--timeout', '2s'], 0, /Published 1 message/, {
      input: 'one\n',
    });

    stage.say('The others hold nothing but their entries.');
    await stage.run(['cleanup-heartbeats', block, '--dry-run'], 2, /Would free entry 2/);
    await stage.run(['cleanup-heartbeats', block], 1, /\[OK\] Freed entry 3/);
    await stage.run(['diagnose', block], 0, /Healthy/);
  },
};
