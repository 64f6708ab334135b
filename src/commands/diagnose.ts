import { Flags } from '@oclif/core';
import { ReadCommand } from '../cli/read-command';
import type { Outcome } from '../cli/base-command';
import { stuckAfterFlag } from '../cli/unit-flags';
import { diagnose } from '../operations/diagnosis';
import { renderDiagnosis } from '../render/diagnosis';

export default class Diagnose extends ReadCommand {
  static override summary = 'Say what is wrong with a block, and what to do about it.';
  static override description =
    'Looks at every slot and participant, says who is alive and why it thinks so, and names the exact next command. ' +
    'Needs read permission only, and changes no byte. Of a ring of more than 64 slots those are listed that are not healthy.';
  static override examples = [
    'datablock-admin diagnose sensor',
    'datablock-admin diagnose --shm-name sensor --slot 1',
    'datablock-admin diagnose sensor --stuck-after 5s --json',
  ];
  static override flags = {
    slot: Flags.integer({ min: 0, helpValue: 'K', summary: 'Only this slot.', exclusive: ['all'] }),
    all: Flags.boolean({ summary: 'Every slot, however many there are.' }),
    'stuck-after': stuckAfterFlag,
  };

  protected override async execute(): Promise<Outcome> {
    const { args, flags } = await this.parse(Diagnose);
    const { name: target, location } = this.subject({ args, flags });
    const diagnosis = diagnose(target, location, {
      slot: flags.slot,
      all: flags.all,
      stuckAfterNs: flags['stuck-after'],
    });
    return {
      exit: diagnosis.exit,
      target,
      result: diagnosis,
      text: (style) => renderDiagnosis(diagnosis, style),
    };
  }
}
