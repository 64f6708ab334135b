import { Segment } from '../api/segment';
import { BlockCommand } from '../cli/block-command';
import type { Outcome } from '../cli/base-command';
import { createFlags, toCreateConfig } from '../cli/create-flags';
import { renderCreated } from '../render/creation';

export default class Create extends BlockCommand {
  static override summary = 'Make a new block.';
  static override description =
    'The block stays until it is removed (rm, prune) or the machine is booted. An existing block is never replaced.';
  static override examples = [
    'datablock-admin create sensor --slots 8 --slot-size 4KiB',
    'datablock-admin create sensor --slots 1024 --slot-size 256 --producers multi --checksum xxh3 --checksum-policy enforced',
    'datablock-admin create sensor --slots 8 --slot-size 1MiB --mode 0660 --group sensors --zone calibration:64KiB',
  ];
  static override flags = createFlags;

  protected override async execute(): Promise<Outcome> {
    const { args, flags } = await this.parse(Create);
    const target = this.blockName({ args, flags });
    const config = toCreateConfig(flags, this.location);
    const info = Segment.create(target, config);
    return { exit: 0, target, result: info, text: (style) => renderCreated(info, style) };
  }
}
