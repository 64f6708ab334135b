import type { Metrics, SegmentInfo } from '../native';
import type { Inspection } from '../operations/inspection';
import { renderBlockLine } from './diagnosis';
import { formatDuration, formatInstant } from './duration';
import { renderParticipant } from './participant';
import { formatSize } from './size';
import { renderSlotLine } from './slot';
import { renderSpinlock } from './spinlock';
import type { Style } from './style';
import { renderFields, renderTable } from './table';

function configFields(info: SegmentInfo): [string, string][] {
  const { creator, schema } = info;
  return [
    ['path', info.path],
    ['instance', info.instance],
    [
      'created',
      `${formatInstant(info.createdAt)} by PID ${creator.pid}, uid ${creator.uid}, DataBlock ${creator.version}`,
    ],
    ['size', `${formatSize(info.totalSize)}, layout ${info.layoutVersion}`],
    [
      'schema',
      schema === null ? 'none: messages are bytes' : `${schema.name} ${schema.version}, id ${schema.id}`,
    ],
    ['slots', `${info.slots} x ${formatSize(info.slotSize)} (stride ${info.stride})`],
    ['producers', info.producers],
    ['participants', `at most ${info.maxParticipants}, of them ${info.maxSync} sync consumers`],
    ['checksum', info.checksum === 'none' ? 'none' : `${info.checksum}, ${info.checksumPolicy}`],
    ['secret', info.secret ? 'needed to take part' : 'none'],
    ['overflow', info.overflow],
    ['self-healing', info.selfHeal ? `after ${info.healAfterMs} ms` : 'off'],
    ['fences', info.fences],
    ['timestamps', info.timestamps ? 'yes' : 'no'],
    ['owner', `uid ${info.uid}, gid ${info.gid}, mode ${info.mode.toString(8).padStart(4, '0')}`],
    ...(info.sameBoot ? [] : [['boot', 'made before the last boot'] as [string, string]]),
  ];
}

function valueOf(name: string, value: bigint): string {
  if (name.endsWith('_ns') && !name.includes('timestamp')) return formatDuration(value);
  if (name === 'uptime_seconds') return formatDuration(value * 1_000_000_000n);
  if (name === 'last_error_timestamp_ns') return value === 0n ? 'never' : formatInstant(value);
  return value.toString();
}

function metricFields(metrics: Metrics): [string, string][] {
  return Object.entries(metrics).map(([name, value]) => [name, valueOf(name, value)]);
}

function phaseCounts({ snapshot }: Inspection): string {
  const counts = Object.entries(snapshot.summary.byPhase).filter(([, count]) => count > 0);
  return counts.map(([phase, count]) => `${count} ${phase}`).join(', ');
}

export function renderInspection(inspection: Inspection, style: Style): string {
  const { info, snapshot, metrics, slots } = inspection;
  const title = (text: string): string => `\n${style.color.bold(text)}\n`;
  const zones = info.zones.map(({ name, offset, size }) => [name, String(offset), formatSize(size)]);
  return [
    renderBlockLine(info, style),
    title('Configuration'),
    renderFields(configFields(info), style),
    title('Metrics'),
    renderFields(metricFields(metrics), style),
    title(`Participants: ${snapshot.participants.length} of ${info.maxParticipants}`),
    ...snapshot.participants.map((participant) => renderParticipant(participant, style)),
    title(`Slots: ${phaseCounts(inspection)}; next message ${snapshot.claim}`),
    ...slots.map((slot) => renderSlotLine(slot, style)),
    ...(snapshot.spinlocks.length > 0 ? [title('Spinlocks that are held, or in doubt')] : []),
    ...snapshot.spinlocks.map((lock) => renderSpinlock(lock, snapshot.participants, style)),
    ...(zones.length > 0 ? [title('Zones'), renderTable(['NAME', 'OFFSET', 'SIZE'], zones, style)] : []),
  ].join('');
}
