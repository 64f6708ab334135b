import { Flags } from '@oclif/core';
import { BlockCommand } from '../cli/block-command';
import type { Outcome } from '../cli/base-command';
import { confirm, confirmationFlags } from '../cli/confirmation';
import { removalTarget, remove } from '../operations/removal';
import { renderRemoved } from '../render/removal';

export default class Rm extends BlockCommand {
  static override summary = 'Remove a block, with the messages in it.';
  static override description =
    'Asks for the name first. A block that somebody is attached to is refused; with --force these participants go on with ' +
    'a block that has no name any more. A file that is no block is never removed.';
  static override examples = ['datablock-admin rm sensor', 'datablock-admin rm sensor --confirm sensor'];
  static override flags = {
    force: Flags.boolean({ summary: 'Also when somebody is attached.' }),
    ...confirmationFlags,
  };

  protected override async execute(): Promise<Outcome> {
    const { args, flags } = await this.parse(Rm);
    const name = this.blockName({ args, flags });
    const target = removalTarget(name, this.location);
    await confirm({
      question: `Remove the block ${name} and the messages in it?`,
      answer: name,
      confirmed: flags.yes || (flags.confirm ?? []).includes(name),
    });
    remove(target, this.location, flags.force);
    return {
      exit: 0,
      target: name,
      result: { removed: target },
      text: (style) => renderRemoved(name, style),
    };
  }
}
