/** One line per slot: `Slot 1: WRITING (stuck 45s) ... STUCK`. */
import type { SlotReport, SlotVerdict } from '../native';
import { formatDuration } from './duration';
import type { Style } from './style';
import { counted } from './table';

function colorSlotVerdict(verdict: SlotVerdict, { color }: Style): string {
  const word = verdict === 'healthy' ? 'OK' : verdict.toUpperCase();
  switch (verdict) {
    case 'healthy':
      return color.green(word);
    case 'busy':
      return color.cyan(word);
    case 'held':
    case 'slow':
    case 'quarantined':
      return color.yellow(word);
    case 'stuck':
    case 'corrupt':
      return color.red.bold(word);
    case 'unknown':
      return color.magenta(word);
  }
}

function howLong({ verdict, heldForNs }: SlotReport): string | null {
  if (heldForNs === null) return null;
  const word = verdict === 'stuck' || verdict === 'slow' || verdict === 'held' ? `${verdict} ` : '';
  return word + (heldForNs < 0n ? 'for a time unknown: the clocks differ' : formatDuration(heldForNs));
}

function detailOf(slot: SlotReport): string | null {
  if (slot.phase === 'COMMITTED' && slot.seq !== null) {
    const age = slot.ageNs === null ? '' : `, ${formatDuration(slot.ageNs)} ago`;
    return `message ${slot.seq}, ${counted(slot.length, 'byte')}${age}`;
  }
  return howLong(slot);
}

export function renderSlotLine(slot: SlotReport, style: Style): string {
  const detail = detailOf(slot);
  const phase = detail === null ? slot.phase : `${slot.phase} (${detail})`;
  const why = slot.reason === '' ? '' : ` (${slot.reason})`;
  return `Slot ${slot.slot}: ${phase} ... ${colorSlotVerdict(slot.verdict, style)}${why}\n`;
}
