import { Flags } from '@oclif/core';
import { BlockCommand } from '../cli/block-command';
import type { Outcome } from '../cli/base-command';
import { exitOfResets, resetAllSlots } from '../operations/slot-reset';
import { renderSlotResets } from '../render/slot-reset';

export default class ForceResetAll extends BlockCommand {
  static override summary = 'Take every slot away from its owner.';
  static override description =
    'Like force-reset-slot for each slot that somebody owns. Those of live owners are refused without --force; the others are reset all the same.';
  static override examples = [
    'datablock-admin force-reset-all sensor',
    'datablock-admin force-reset-all sensor --force',
  ];
  static override flags = {
    force: Flags.boolean({ summary: 'Also from live owners.' }),
  };

  protected override async execute(): Promise<Outcome> {
    const { args, flags } = await this.parse(ForceResetAll);
    const target = this.blockName({ args, flags });
    const resets = resetAllSlots(target, this.location, flags.force);
    return {
      exit: exitOfResets(resets),
      target,
      result: { resets },
      text: (style) => renderSlotResets(resets, style),
    };
  }
}
