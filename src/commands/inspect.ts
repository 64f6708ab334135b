import { Flags } from '@oclif/core';
import { ReadCommand } from '../cli/read-command';
import type { Outcome } from '../cli/base-command';
import { stuckAfterFlag } from '../cli/unit-flags';
import { inspect } from '../operations/inspection';
import type { ObserverLocation } from '../operations/opening';
import { renderInspection } from '../render/inspection';

async function showSchema(target: string, location: ObserverLocation): Promise<Outcome> {
  const { schemaOfBlock } = await import('../operations/schemas');
  const { schemaOutcome } = await import('../cli/schema-outcome');
  return schemaOutcome(target, schemaOfBlock(target, location));
}

export default class Inspect extends ReadCommand {
  static override summary = 'Show configuration, metrics, participants and slots.';
  static override description =
    'Needs read permission only, and changes no byte. Also installed as datablock-inspect.';
  static override examples = [
    'datablock-inspect sensor',
    'datablock-admin inspect sensor --json',
    'datablock-inspect sensor --schema',
  ];
  static override flags = {
    'stuck-after': stuckAfterFlag,
    schema: Flags.boolean({ summary: 'Show what lies where in a message instead, as schema show does.' }),
  };

  protected override async execute(): Promise<Outcome> {
    const { args, flags } = await this.parse(Inspect);
    const { name: target, location } = this.subject({ args, flags });
    if (flags.schema) return showSchema(target, location);
    const inspection = inspect(target, location, flags['stuck-after']);
    return { exit: 0, target, result: inspection, text: (style) => renderInspection(inspection, style) };
  }
}
