import type { Outcome } from '../cli/base-command';
import { ReadCommand } from '../cli/read-command';
import { durationFlag, stuckAfterFlag } from '../cli/unit-flags';
import { explainWaits } from '../operations/why/explanation';
import { renderExplanationOfWaits } from '../render/why';

export default class Why extends ReadCommand {
  static override summary = 'Say in one sentence why nothing moves, what is lost, and what to do.';
  static override description =
    'Follows who waits for whom to who is in the way of all: a consumer that holds the ring, the owner of a slot, a reader of the only slot. ' +
    'Looks twice, to tell what is stuck from what is slow. Changes nothing. The exit code is that of diagnose.';
  static override examples = ['datablock-admin why sensor', 'datablock-admin why sensor --json'];
  static override flags = {
    'stuck-after': stuckAfterFlag,
    watch: durationFlag({ default: 200, summary: 'Time between the two looks (default: 200ms).' }),
  };

  protected override async execute(): Promise<Outcome> {
    const { args, flags } = await this.parse(Why);
    const { name: target, location } = this.subject({ args, flags });
    const explanation = explainWaits(target, location, {
      stuckAfterNs: flags['stuck-after'],
      watchMs: flags.watch,
    });
    return {
      exit: explanation.exit,
      target,
      result: explanation,
      text: (style) => renderExplanationOfWaits(explanation, style),
    };
  }
}
