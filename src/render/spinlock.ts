/** One line per lock: `Spinlock 3: held by producer 2, PID 12345 (capture), thread 12346 (stuck 45s) ... STUCK`. */
import type { SpinlockReport, SpinlockVerdict } from '../native';
import type { SeenParticipant } from '../operations/local-pids';
import { pidOf, roleOf } from '../operations/naming';
import { formatDuration } from './duration';
import type { Style } from './style';

function colorSpinlockVerdict(verdict: SpinlockVerdict, { color }: Style): string {
  const word = verdict.toUpperCase();
  switch (verdict) {
    case 'held':
      return color.cyan(word);
    case 'slow':
    case 'marked':
      return color.yellow(word);
    case 'stuck':
    case 'orphaned':
    case 'corrupt':
      return color.red.bold(word);
    case 'unknown':
      return color.magenta(word);
  }
}

function holderOf({ owner, thread }: SpinlockReport, participants: readonly SeenParticipant[]): string {
  const holder = participants.find(({ id }) => id === owner);
  const who =
    holder === undefined ? `participant ${owner}` : `${roleOf(holder)}, ${pidOf(holder)} (${holder.name})`;
  return `held by ${who}, thread ${String(thread)}`;
}

function howLong({ heldForNs, depth, awaited }: SpinlockReport): string {
  const facts = [
    heldForNs === null || heldForNs < 0n
      ? 'for a time unknown: the clocks differ'
      : formatDuration(heldForNs),
  ];
  if (depth > 1) facts.push(`${depth} deep`);
  if (awaited) facts.push('somebody waits for it');
  return facts.join(', ');
}

function detailOf(lock: SpinlockReport, participants: readonly SeenParticipant[]): string {
  if (lock.verdict === 'corrupt') return `impossible word 0x${lock.word.toString(16)}`;
  if (lock.owner === 0) return 'free; an owner died or left with it, so its data may be half-updated';
  const mark = lock.marked ? '; an owner before it died with the lock' : '';
  return `${holderOf(lock, participants)} (${howLong(lock)})${mark}`;
}

export function renderSpinlock(
  lock: SpinlockReport,
  participants: readonly SeenParticipant[],
  style: Style,
): string {
  return `Spinlock ${lock.spinlock}: ${detailOf(lock, participants)} ... ${colorSpinlockVerdict(lock.verdict, style)}\n`;
}
