import type { Outcome } from '../../cli/base-command';
import { ReadCommand } from '../../cli/read-command';
import { schemaArgs } from '../../cli/schema-args';
import { schemaOutcome } from '../../cli/schema-outcome';
import { schemaOf } from '../../operations/schemas';

export default class SchemaShow extends ReadCommand {
  static override summary = 'Show what lies where in the records of a block, or of a schema file.';
  static override description =
    'With --json also the canonical text and the hash. Of a block, read permission is enough.';
  static override examples = [
    'datablock-admin schema show sensor',
    'datablock-admin schema show ./sensor.schema.json',
    'datablock-admin schema show sensor --json',
  ];
  static override args = schemaArgs;

  protected override async execute(): Promise<Outcome> {
    const { args, flags } = await this.parse(SchemaShow);
    const { name, location } = this.subject({ args, flags });
    return schemaOutcome(name, schemaOf(name, location));
  }
}
