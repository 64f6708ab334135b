import { Flags } from '@oclif/core';
import type { Outcome } from '../../cli/base-command';
import { BlockCommand } from '../../cli/block-command';
import { secretFlags, secretOption } from '../../cli/secret-flags';
import { lockFlags, lockingOf, transferOutcome, zoneArgs, zoneArguments } from '../../cli/zone-command';
import { native } from '../../native';
import { putZone } from '../../operations/zones';
import { renderZonePut } from '../../render/zone';

export default class ZonePut extends BlockCommand {
  static override summary = 'Replace the whole content of a zone.';
  static override description =
    'The input must be exactly as long as the zone; it is read to its end before anything is changed. ' +
    'Exit 3: an owner of the lock died with it, and what else the lock protects may be half-updated.';
  static override examples = [
    'datablock-admin zone put sensor calibration --input calibration.bin --lock 3 --update-checksum',
    'head -c 65536 /dev/zero | datablock-admin zone put sensor calibration',
    'datablock-admin zone put sensor calibration --input good.bin --lock 3 --mark-consistent',
  ];
  static override args = zoneArgs;
  static override flags = {
    ...lockFlags,
    ...secretFlags,
    input: Flags.string({
      default: '-',
      helpValue: 'FILE',
      summary: 'Read this file; - is standard input (default).',
    }),
    'update-checksum': Flags.boolean({ summary: 'Store the checksum of what was put in.' }),
  };

  protected override async execute(): Promise<Outcome> {
    const { args, flags } = await this.parse(ZonePut);
    const { block, zone } = zoneArguments(args, flags['shm-name']);
    const target = this.blockName({ args: block, flags });
    native().catchSignals();
    const transfer = putZone(
      target,
      { ...this.location, ...secretOption(flags), name: 'zone put' },
      {
        zone,
        input: flags.input,
        locking: lockingOf(flags),
        updateChecksum: flags['update-checksum'],
      },
    );
    return transferOutcome(target, transfer, renderZonePut);
  }
}
