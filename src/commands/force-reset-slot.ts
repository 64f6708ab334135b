import { Flags } from '@oclif/core';
import type { Outcome } from '../cli/base-command';
import { ForceCommand, forceFlags } from '../cli/force-command';
import { exitOfReset, refusal, resetSlot } from '../operations/slot-reset';
import { renderRecovery } from '../render/recovery';
import { renderSlotReset } from '../render/slot-reset';

export default class ForceResetSlot extends ForceCommand {
  static override aliases = ['force-reset'];
  static override summary = 'Take one slot away from its owner.';
  static override description = `Of a dead owner: the repair that auto-recover would make.

A live owner is refused. --force quarantines its slot, on a block with many producers: the ring goes on without the slot, what its owner still writes there is thrown away, and the slot comes back when the owner notices, leaves or ends. --kill ends the owner's process first; only that process, by a descriptor that cannot come to mean another one.`;

  static override examples = [
    'datablock-admin force-reset-slot sensor --slot 1',
    'datablock-admin force-reset --shm-name sensor --slot 3 --force',
    'datablock-admin force-reset-slot sensor --slot 3 --kill --confirm sensor',
  ];
  static override flags = {
    slot: Flags.integer({ min: 0, required: true, helpValue: 'K', summary: 'Which slot.' }),
    ...forceFlags,
  };

  private slot = 0;

  protected override async execute(): Promise<Outcome> {
    const { args, flags } = await this.parse(ForceResetSlot);
    const target = this.blockName({ args, flags });
    this.slot = flags.slot;
    const means = await this.means(target, flags, flags.slot);
    const reset = resetSlot(target, this.location, flags.slot, means);
    const recovery = this.recovered(target, [reset]);
    const exit = exitOfReset(reset);
    if (!reset.applied && !reset.killed && exit !== 0) throw refusal(reset);
    return {
      exit,
      target,
      result: { ...reset, recovery },
      text: (style) =>
        renderSlotReset(reset, style) + (recovery === null ? '' : renderRecovery(recovery, style)),
    };
  }

  protected override firstSuggestions(error: unknown): readonly string[] {
    const words = ['force-reset-slot', String(this.block), '--slot', String(this.slot)];
    return [...super.firstSuggestions(error), ...this.waysLeft(error, words)];
  }
}
