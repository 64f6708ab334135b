import { Flags } from '@oclif/core';
import { BaseCommand, type Outcome } from '../cli/base-command';
import { listBlocks } from '../operations/listing';
import { renderListing } from '../render/listing';
import { unreadableWarnings } from '../render/unreadable';

export default class List extends BaseCommand {
  static override summary = 'List the blocks and who uses them.';
  static override description =
    'Files that are no blocks are passed over; a damaged block is listed with its error. Changes nothing.';
  static override examples = [
    'datablock-admin list',
    'datablock-admin list --stale',
    'datablock-admin list --json',
  ];
  static override flags = {
    stale: Flags.boolean({ summary: 'Only those that no live participant uses (what prune would remove).' }),
  };

  protected override async execute(): Promise<Outcome> {
    const { flags } = await this.parse(List);
    const { blocks, unreadable } = listBlocks(this.location);
    const shown = flags.stale ? blocks.filter(({ stale }) => stale) : blocks;
    const now = BigInt(Date.now()) * 1_000_000n;
    return {
      exit: 0,
      result: { blocks: shown, unreadable },
      text: (style) => renderListing(shown, now, style),
      warnings: unreadableWarnings(unreadable),
    };
  }
}
