import type { Outcome } from '../../cli/base-command';
import { ReadCommand } from '../../cli/read-command';
import { secretFlags, secretOption } from '../../cli/secret-flags';
import { listZones } from '../../operations/zones';
import { renderZones } from '../../render/zone';

export default class ZoneList extends ReadCommand {
  static override summary = 'Show the zones of a block, and how their checksums stand.';
  static override description =
    'A checksum is stored by whoever says that the zone is whole; that it differs may only mean that somebody is changing the zone. ' +
    'Needs read permission only.';
  static override examples = ['datablock-admin zone list sensor', 'datablock-admin zone list sensor --json'];

  static override flags = secretFlags;

  protected override async execute(): Promise<Outcome> {
    const { args, flags } = await this.parse(ZoneList);
    const { name: target, location } = this.subject({ args, flags });
    const list = listZones(target, { ...location, ...secretOption(flags) });
    return { exit: 0, target, result: list, text: (style) => renderZones(list, style) };
  }
}
