import type { Outcome } from '../cli/base-command';
import { ForceCommand, forceFlags } from '../cli/force-command';
import { exitOfResets, resetAllSlots } from '../operations/slot-reset';
import { renderRecovery } from '../render/recovery';
import { renderSlotResets } from '../render/slot-reset';

export default class ForceResetAll extends ForceCommand {
  static override summary = 'Take every slot away from its owner.';
  static override description =
    'Like force-reset-slot for each slot that somebody owns. Those of live owners are refused without --force or --kill; the others are reset all the same.';
  static override examples = [
    'datablock-admin force-reset-all sensor',
    'datablock-admin force-reset-all sensor --force',
    'datablock-admin force-reset-all sensor --kill --confirm sensor',
  ];
  static override flags = forceFlags;

  protected override async execute(): Promise<Outcome> {
    const { args, flags } = await this.parse(ForceResetAll);
    const target = this.blockName({ args, flags });
    const resets = resetAllSlots(target, this.location, await this.means(target, flags));
    const recovery = this.recovered(target, resets);
    return {
      exit: exitOfResets(resets),
      target,
      result: { resets, recovery },
      text: (style) =>
        renderSlotResets(resets, style) + (recovery === null ? '' : renderRecovery(recovery, style)),
    };
  }
}
