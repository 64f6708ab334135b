import { ReadCommand } from '../cli/read-command';
import type { Outcome } from '../cli/base-command';
import { stuckAfterFlag } from '../cli/unit-flags';
import { inspect } from '../operations/inspection';
import { renderInspection } from '../render/inspection';

export default class Inspect extends ReadCommand {
  static override summary = 'Show configuration, metrics, participants and slots.';
  static override description =
    'Needs read permission only, and changes no byte. Also installed as datablock-inspect.';
  static override examples = ['datablock-inspect sensor', 'datablock-admin inspect sensor --json'];
  static override flags = { 'stuck-after': stuckAfterFlag };

  protected override async execute(): Promise<Outcome> {
    const { args, flags } = await this.parse(Inspect);
    const { name: target, location } = this.subject({ args, flags });
    const inspection = inspect(target, location, flags['stuck-after']);
    return { exit: 0, target, result: inspection, text: (style) => renderInspection(inspection, style) };
  }
}
