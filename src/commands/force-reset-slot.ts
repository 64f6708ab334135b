import { Flags } from '@oclif/core';
import { BlockCommand } from '../cli/block-command';
import type { Outcome } from '../cli/base-command';
import { exitOfReset, refusal, resetSlot } from '../operations/slot-reset';
import { renderSlotReset } from '../render/slot-reset';

export default class ForceResetSlot extends BlockCommand {
  static override aliases = ['force-reset'];
  static override summary = 'Take one slot away from its owner.';
  static override description =
    'Of a dead owner: the repair that auto-recover would make. A live owner is refused; --force quarantines its slot, on a ' +
    'block with many producers: the ring goes on without the slot, what its owner still writes there is thrown away, and ' +
    'the slot comes back when the owner notices, leaves or ends.';
  static override examples = [
    'datablock-admin force-reset-slot sensor --slot 1',
    'datablock-admin force-reset --shm-name sensor --slot 3 --force',
  ];
  static override flags = {
    slot: Flags.integer({ min: 0, required: true, helpValue: 'K', summary: 'Which slot.' }),
    force: Flags.boolean({ summary: 'Also from a live owner.' }),
  };

  protected override async execute(): Promise<Outcome> {
    const { args, flags } = await this.parse(ForceResetSlot);
    const target = this.blockName({ args, flags });
    const reset = resetSlot(target, this.location, flags.slot, flags.force);
    const exit = exitOfReset(reset);
    if (!reset.applied && exit !== 0) throw refusal(reset);
    return { exit, target, result: reset, text: (style) => renderSlotReset(reset, style) };
  }
}
