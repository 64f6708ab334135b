import { Flags } from '@oclif/core';
import { BlockCommand } from '../cli/block-command';
import type { Outcome } from '../cli/base-command';
import { takeSnapshot } from '../operations/snapshot';
import { renderSnapshotTaken } from '../render/snapshot';

export default class Snapshot extends BlockCommand {
  static override summary = 'Copy a block, and what is known of its participants, to a file.';
  static override description =
    'The copy can be looked at later, or on another machine, with --from FILE on every command that only looks. It holds what a copy of the ' +
    'file alone would lose: who held a lock, what /proc said, what time it was. Changes nothing; the file must not exist yet.';
  static override examples = [
    'datablock-admin snapshot sensor -o sensor.snap',
    'datablock-admin snapshot sensor -o sensor.snap --no-payload; datablock-admin diagnose --from sensor.snap',
  ];
  static override flags = {
    output: Flags.string({ char: 'o', required: true, helpValue: 'FILE', summary: 'The file to make.' }),
    payload: Flags.boolean({
      allowNo: true,
      default: true,
      summary: 'With the messages; without them the file is small and holds no data of yours.',
    }),
  };

  protected override async execute(): Promise<Outcome> {
    const { args, flags } = await this.parse(Snapshot);
    const target = this.blockName({ args, flags });
    const taken = takeSnapshot(target, this.location, flags.output, flags.payload);
    return { exit: 0, target, result: taken, text: (style) => renderSnapshotTaken(taken, style) };
  }
}
