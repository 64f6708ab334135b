import { Flags } from '@oclif/core';
import type { Outcome } from '../../cli/base-command';
import { ReadCommand } from '../../cli/read-command';
import { secretFlags, secretOption } from '../../cli/secret-flags';
import { usageError } from '../../cli/usage-error';
import { lockFlags, lockingOf, transferOutcome, zoneArgs, zoneArguments } from '../../cli/zone-command';
import { native } from '../../native';
import { getZone } from '../../operations/zones';
import { renderZoneGot } from '../../render/zone';

export default class ZoneGet extends ReadCommand {
  static override summary = 'Put the content of a zone out.';
  static override description =
    'Without --lock nothing keeps others from changing the zone while it is copied, and read permission is enough. ' +
    'Exit 3: an owner of the lock died with it, so what is put out may be half-updated.';
  static override examples = [
    'datablock-admin zone get sensor calibration > calibration.bin',
    'datablock-admin zone get sensor calibration --lock 3 --verify --output calibration.bin',
    'datablock-admin zone get --from sensor.snap sensor calibration | xxd | head',
  ];
  static override args = zoneArgs;
  static override flags = {
    ...lockFlags,
    ...secretFlags,
    output: Flags.string({
      default: '-',
      helpValue: 'FILE',
      summary: 'Write to this file; - is standard output (default).',
    }),
    verify: Flags.boolean({ summary: 'Put nothing out, and exit 6, unless it matches its checksum.' }),
  };

  protected override async execute(): Promise<Outcome> {
    const { args, flags } = await this.parse(ZoneGet);
    const { block, zone } = zoneArguments(args, flags['shm-name']);
    const { name: target, location } = this.subject({ args: block, flags });
    const locking = lockingOf(flags);
    if (flags.json && flags.output === '-')
      throw usageError(
        '--json prints its document on standard output: name a file for the data with --output',
      );
    if (locking !== undefined && flags.from !== undefined)
      throw usageError('a snapshot has no locks: --lock and --from exclude each other');
    native().catchSignals();
    const { output, verify } = flags;
    const transfer = getZone(
      target,
      { ...location, ...secretOption(flags), name: 'zone get' },
      { zone, output, locking, verify },
    );
    return transferOutcome(target, transfer, renderZoneGot);
  }
}
