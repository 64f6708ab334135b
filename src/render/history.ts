import type { HistoryEntry } from '../native';
import { formatInstant } from './duration';
import type { Style } from './style';
import { renderTable } from './table';

function hex(word: bigint): string {
  return `0x${word.toString(16)}`;
}

function row(entry: HistoryEntry): string[] {
  const { at, action, participant, slot, spinlock, seq, pid, uid, evidence, before, after } = entry;
  return [
    formatInstant(at),
    action,
    participant === 0 ? '' : String(participant),
    placeOf(slot, spinlock),
    seq === null ? '' : String(seq),
    `${pid} (uid ${uid})`,
    evidence,
    `${hex(before)} > ${hex(after)}`,
  ];
}

/** `3`, or `lock 3`. */
function placeOf(slot: number | null, spinlock: number | null): string {
  if (spinlock !== null) return `lock ${spinlock}`;
  return slot === null ? '' : String(slot);
}

const head = ['TIME', 'ACTION', 'PARTICIPANT', 'SLOT', 'MESSAGE', 'BY PID', 'EVIDENCE', 'WORD'];

/** The flight recorder, oldest first. */
export function renderHistory(entries: readonly HistoryEntry[], style: Style): string {
  if (entries.length === 0) return 'Nothing was ever repaired or forced here.\n';
  return renderTable(head, entries.map(row), style);
}
