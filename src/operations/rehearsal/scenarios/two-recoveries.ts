import { observing } from '../../opening';
import type { Scenario } from '../scenario';
import { block } from '../stage';

/** What a single recovery would do: each step must be on record exactly once. */
function isOnRecordOnce(
  entries: readonly { action: string; participant: number; slot: number | null }[],
): boolean {
  const steps = entries.map(({ action, participant, slot }) => [action, participant, slot].join(' '));
  return steps.length === 6 && new Set(steps).size === 6;
}

export const twoRecoveries: Scenario = {
  name: 'two-recoveries',
  summary: 'Two recoveries run at the same time.',
  async play(stage) {
    stage.say('Three writers are killed, each with a slot.');
    await stage.run(
      ['create', block, '--slots', '4', '--slot-size', '64', '--producers', 'multi', '--self-heal', 'off'],
      0,
    );
    const writers = [];
    for (const input of ['a\n', 'b\n', 'c\n']) {
      writers.push(stage.start(['produce', block, '--hold', '60s'], { input }));
      await stage.writing(writers.length);
    }
    for (const writer of writers) await stage.kill(writer);

    stage.say('Two operators repair at once.');
    const both = [stage.start(['auto-recover', block]), stage.start(['auto-recover', block])];
    for (const one of both) {
      const exit = await one.ended;
      // 1: it repaired; 0: the other one was faster with everything.
      stage.expect(`it ends with 0 or 1 (${String(exit)})`, [0, 1].includes(exit ?? -1));
      await stage.finish(one, 'wait', exit ?? 1);
    }

    stage.say('Every step was taken, and none twice.');
    await stage.run(['history', block], 0);
    const entries = observing(block, stage.location, (observer) => observer.history());
    stage.expect('the six steps are on record once each', isOnRecordOnce(entries));
    await stage.run(['diagnose', block], 0, /Healthy/);
    await stage.run(['validate', block], 0, /valid/);
  },
};
