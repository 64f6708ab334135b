import { Flags } from '@oclif/core';
import { ReadCommand } from '../cli/read-command';
import { secretFlags, secretOption } from '../cli/secret-flags';
import type { Outcome } from '../cli/base-command';
import { exitOfValidation, validate } from '../operations/validation';
import { renderValidation } from '../render/validation';

export default class Validate extends ReadCommand {
  static override summary = 'Check a block against the rules of the protocol.';
  static override description =
    'Checks the header, every slot and participant, and the checksums of the messages that are in the ring. Changes nothing.';
  static override examples = [
    'datablock-admin validate sensor',
    'datablock-admin validate sensor --no-checksums',
  ];
  static override flags = {
    ...secretFlags,
    checksums: Flags.boolean({
      allowNo: true,
      default: true,
      summary: 'Recompute the checksums of the messages.',
    }),
  };

  protected override async execute(): Promise<Outcome> {
    const { args, flags } = await this.parse(Validate);
    const { name: target, location } = this.subject({ args, flags });
    const validation = validate(target, { ...location, ...secretOption(flags) }, flags.checksums);
    return {
      exit: exitOfValidation(validation),
      target,
      result: validation,
      text: (style) => renderValidation(validation, style),
    };
  }
}
