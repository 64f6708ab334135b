import { ReadCommand } from '../cli/read-command';
import type { Outcome } from '../cli/base-command';
import { observing } from '../operations/opening';
import { renderHistory } from '../render/history';

export default class History extends ReadCommand {
  static override summary = 'Show what was repaired or forced on a block, and by whom.';
  static override description = 'The flight recorder keeps the last 256 actions. Changes nothing.';
  static override examples = ['datablock-admin history sensor', 'datablock-admin history sensor --json'];

  protected override async execute(): Promise<Outcome> {
    const { args, flags } = await this.parse(History);
    const { name: target, location } = this.subject({ args, flags });
    const entries = observing(target, location, (observer) => observer.history());
    return { exit: 0, target, result: { entries }, text: (style) => renderHistory(entries, style) };
  }
}
