import { Flags } from '@oclif/core';
import { BaseCommand, type Outcome } from '../cli/base-command';
import { confirm, confirmationFlags } from '../cli/confirmation';
import { worstExit } from '../operations/exit-code';
import type { ListedBlock } from '../operations/listing';
import { prune, staleBlocks } from '../operations/removal';
import { renderPrunable, renderPruning } from '../render/removal';
import { counted } from '../render/table';

export default class Prune extends BaseCommand {
  static override summary = 'Remove every block that no live participant uses.';
  static override description =
    'A block is left alone when somebody is attached to it, when that cannot be said for certain, or when it is damaged. ' +
    'With --confirm NAME only the blocks so named are removed.';
  static override examples = [
    'datablock-admin prune --dry-run',
    'datablock-admin prune --confirm sensor --confirm camera',
    'datablock-admin prune --yes',
  ];
  static override flags = {
    'dry-run': Flags.boolean({ summary: 'Only say what would be removed.' }),
    ...confirmationFlags,
  };

  protected override async execute(): Promise<Outcome> {
    const { flags } = await this.parse(Prune);
    const { confirm: named } = flags;
    const stale = staleBlocks(this.location).filter(
      ({ name }) => named === undefined || named.includes(name),
    );
    if (flags['dry-run']) {
      return { exit: 0, result: { wouldRemove: stale }, text: (style) => renderPrunable(stale, style) };
    }
    if (stale.length > 0) await this.confirmed(stale, flags.yes || named !== undefined);
    const pruning = prune(stale, this.location);
    return {
      exit: worstExit(pruning.kept.map(({ error }) => error.exitCode)),
      result: pruning,
      text: (style) => renderPruning(pruning, style),
    };
  }

  private async confirmed(stale: readonly ListedBlock[], confirmed: boolean): Promise<void> {
    const names = stale.map(({ name }) => name).join(', ');
    await confirm({
      question: `Remove ${counted(stale.length, 'block')} (${names})?`,
      answer: 'yes',
      confirmed,
    });
  }
}
