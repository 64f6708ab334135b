import { Args, Flags } from '@oclif/core';
import { BaseCommand, type Outcome } from '../../cli/base-command';
import { usageError } from '../../cli/usage-error';
import { compareSchemas, schemaOf } from '../../operations/schemas';
import { renderComparison } from '../../render/schema';

/** The schemas do not match: what a participant would be refused with. */
const MISMATCH = 78;

const subject = (description: string) => Args.string({ description, ignoreStdin: true });

export default class SchemaDiff extends BaseCommand {
  static override summary = 'Say where two schemas differ, and whether a reader of one can read the other.';
  static override description =
    'Exit 0 when they are the same, or with --compatible when a compatible reader of the second can read records of the first; else 78, as a participant would be refused.';
  static override examples = [
    'datablock-admin schema diff sensor ./sensor.schema.json',
    'datablock-admin schema diff ./v2.schema.json ./v1.schema.json --compatible',
  ];
  static override args = {
    WRITTEN: subject(
      'What is written: name of a block, or a schema file (with a slash, or .json at its end).',
    ),
    READ: subject('What a reader asks for: the same.'),
  };
  static override flags = {
    compatible: Flags.boolean({ summary: 'Fields that only the first one has are no reason to fail.' }),
  };

  protected override async execute(): Promise<Outcome> {
    const { args, flags } = await this.parse(SchemaDiff);
    const { WRITTEN: written, READ: read } = args;
    if (written === undefined || read === undefined) throw usageError('two schemas are needed');
    const { location } = this;
    const comparison = compareSchemas(schemaOf(written, location), schemaOf(read, location));
    const matches = comparison.equal || (flags.compatible && comparison.compatible);
    return {
      exit: matches ? 0 : MISMATCH,
      target: written,
      result: { written, read, ...comparison },
      text: (style) => renderComparison(comparison, [written, read], style),
    };
  }
}
