import type { Outcome } from '../../cli/base-command';
import { ReadCommand } from '../../cli/read-command';
import { schemaArgs } from '../../cli/schema-args';
import { schemaOf } from '../../operations/schemas';

export default class SchemaHash extends ReadCommand {
  static override summary = 'Print the hash of the schema of a block, or of a schema file.';
  static override description =
    'BLAKE2b-256 of the canonical text: equal hashes mean equal records, in every language. The first half is the short id that other commands show.';
  static override examples = [
    'datablock-admin schema hash sensor',
    'test "$(datablock-admin schema hash sensor)" = "$(datablock-admin schema hash ./sensor.schema.json)"',
  ];
  static override args = schemaArgs;

  protected override async execute(): Promise<Outcome> {
    const { args, flags } = await this.parse(SchemaHash);
    const { name: target, location } = this.subject({ args, flags });
    const { hash, id } = schemaOf(target, location);
    return { exit: 0, target, result: { hash, id }, text: () => `${hash}\n` };
  }
}
