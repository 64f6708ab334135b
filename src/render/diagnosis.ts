import type { SegmentInfo, SlotReport } from '../native';
import type { Advice } from '../operations/recommendation';
import type { Diagnosis } from '../operations/diagnosis';
import type { SeenParticipant } from '../operations/local-pids';
import { pidOf, roleOf } from '../operations/naming';
import { formatInstant } from './duration';
import { renderParticipant } from './participant';
import { formatSize } from './size';
import { renderSlotLine } from './slot';
import { renderSpinlock } from './spinlock';
import type { Style } from './style';
import { counted } from './table';

/** The first line about a block, wherever one is shown. */
export function renderBlockLine(info: SegmentInfo, { color }: Style): string {
  const { name, slots, slotSize, producers, path } = info;
  return `${color.bold(name)}: ${counted(slots, 'slot')} of ${formatSize(slotSize)}, ${producers === 'multi' ? 'many producers' : 'one producer'}, ${path}\n`;
}

function renderSlot(
  slot: SlotReport,
  participants: ReadonlyMap<number, SeenParticipant>,
  style: Style,
): string {
  const owner = participants.get(slot.owner);
  const lines = [renderSlotLine(slot, style)];
  if (owner !== undefined) lines.push(`    ${roleOf(owner)}, ${pidOf(owner)} ${owner.name}${writes(slot)}\n`);
  for (const id of slot.heldBy) {
    const reader = participants.get(id);
    if (reader !== undefined) lines.push(`    held by ${roleOf(reader)}, ${pidOf(reader)} ${reader.name}\n`);
  }
  return lines.join('');
}

function writes({ phase, seq }: SlotReport): string {
  return phase === 'WRITING' && seq !== null ? `, message ${seq}` : '';
}

function renderSummary({ summary, info, slots, truncated }: Diagnosis): string {
  if (slots.length === info.slots) return '';
  const counts = Object.entries(summary.byVerdict).filter(([, count]) => count > 0);
  const more = truncated ? ' There are more of these than are listed: --all lists every slot.' : '';
  return `${counted(info.slots, 'slot')}: ${counts.map(([verdict, count]) => `${count} ${verdict}`).join(', ')}.${more}\n`;
}

/** `[INFO] PID 12345 is DEAD, safe to reset` */
export function renderSafeToReset(participant: SeenParticipant, { color }: Style): string {
  return `${color.blue('[INFO]')} ${pidOf(participant)} is DEAD, safe to reset\n`;
}

export function renderAdvice(advice: readonly Advice[], { color }: Style): string {
  if (advice.length === 0) return `${color.green('Healthy.')} Nothing to do.\n`;
  const lines = advice.map(
    ({ text, command }) => `  ${text}\n${command === null ? '' : `      ${color.bold(command)}\n`}`,
  );
  return `${color.bold('Recommendation')}\n${lines.join('')}`;
}

export function renderDiagnosis(diagnosis: Diagnosis, style: Style): string {
  const { info, at, recorded, claim, participants, slots, spinlocks, advice } = diagnosis;
  const byId = new Map(participants.map((participant) => [participant.id, participant]));
  const dead = participants.filter(
    ({ verdict, cleaner, evidence }) =>
      verdict === 'DEAD' && (cleaner === null || evidence.lockHeld === false),
  );
  return [
    renderBlockLine(info, style),
    recorded ? `As it was at ${formatInstant(at)}; commands are for where the block lives\n` : '',
    `Next message ${claim}, ${counted(participants.length, 'participant')} of ${info.maxParticipants}\n`,
    participants.length > 0 ? `\n${style.color.bold('Participants')}\n` : '',
    ...participants.map((participant) => renderParticipant(participant, style)),
    '\n',
    ...slots.map((slot) => renderSlot(slot, byId, style)),
    renderSummary(diagnosis),
    ...spinlocks.map((lock) => renderSpinlock(lock, participants, style)),
    '\n',
    ...dead.map((participant) => renderSafeToReset(participant, style)),
    renderAdvice(advice, style),
  ].join('');
}
