import type { ChecksumVerdict } from '../native';
import type { LockFacts, ZoneList, ZoneTransfer } from '../operations/zones';
import { formatInstant } from './duration';
import { formatSize } from './size';
import type { Style } from './style';
import { renderTable } from './table';

function colorChecksum(checksum: ChecksumVerdict, { color }: Style): string {
  switch (checksum) {
    case 'matches':
      return color.green(checksum);
    case 'differs':
      return color.red(checksum);
    case 'unverifiable':
      return color.yellow(checksum);
    case 'absent':
      return color.dim(checksum);
  }
}

export function renderZones({ info, zones }: ZoneList, style: Style): string {
  if (zones.length === 0) return `${style.color.bold(info.name)} has no zones.\n`;
  const rows = zones.map(({ name, size, checksum, updatedAt }) => [
    name,
    String(size),
    formatSize(size),
    colorChecksum(checksum, style),
    updatedAt === null ? 'never' : formatInstant(updatedAt),
  ]);
  return renderTable(['NAME', 'BYTES', 'SIZE', 'CHECKSUM', 'STORED'], rows, style);
}

function underLock(lock: LockFacts | null): string {
  if (lock === null) return '';
  const mark = lock.markedConsistent ? ', which counts as consistent now' : '';
  return ` under spinlock ${lock.spinlock}${mark}`;
}

export function renderZoneGot({ zone, bytes, checksum, lock }: ZoneTransfer, { color }: Style): string {
  return `${color.green('[OK]')} Put out ${bytes} bytes of zone ${zone}${underLock(lock)}; checksum ${checksum}\n`;
}

export function renderZonePut({ zone, bytes, checksum, lock }: ZoneTransfer, { color }: Style): string {
  return `${color.green('[OK]')} Replaced the ${bytes} bytes of zone ${zone}${underLock(lock)}; checksum ${checksum}\n`;
}
