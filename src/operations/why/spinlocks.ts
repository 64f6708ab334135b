/** Waits for spinlocks. Who waits for one is not recorded, only that somebody does. */
import type { SpinlockReport } from '../../native';
import { formatDuration } from '../../render/duration';
import { endCommand } from '../naming';
import { commandLine, nextCommand } from '../next-command';
import type { Advice } from '../recommendation';
import type { Look } from './look';
import { remediesForDead } from './remedy';
import { nameOf, stateOf } from './sentence';

/** What is worth a sentence, the worst first. */
const order: readonly SpinlockReport['verdict'][] = ['stuck', 'orphaned', 'unknown', 'slow'];

function worst(locks: readonly SpinlockReport[]): SpinlockReport | null {
  return [...locks].sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict))[0] ?? null;
}

/** The lock that somebody waits for now. */
export function awaitedLock({ spinlocks }: Look): SpinlockReport | null {
  return worst(spinlocks.filter(({ awaited, verdict }) => awaited && order.includes(verdict)));
}

/** A lock that the next one will wait for. */
export function latentLock({ spinlocks }: Look): SpinlockReport | null {
  return worst(spinlocks.filter(({ verdict }) => order.includes(verdict)));
}

/** A lock whose data is in doubt. */
export function markedLock({ spinlocks }: Look): SpinlockReport | null {
  return spinlocks.find(({ verdict }) => verdict === 'marked') ?? null;
}

function holderSentence(lock: SpinlockReport, { participants }: Look): string {
  const holder = participants.find(({ id }) => id === lock.owner);
  const since =
    lock.heldForNs === null || lock.heldForNs < 0n ? '' : ` for ${formatDuration(lock.heldForNs)}`;
  if (holder === undefined) return `participant ${lock.owner}, whose entry is gone, has held it${since}`;
  const state = lock.verdict === 'orphaned' ? `is alive, but its thread has ended` : stateOf(holder);
  return `${nameOf(holder)}, which ${state}, has held it${since}`;
}

export function lockSentence(lock: SpinlockReport, look: Look): string {
  const who = lock.awaited ? 'Somebody waits for' : 'Nobody waits yet, but the next one will, for';
  return `${who} spinlock ${lock.spinlock}: ${holderSentence(lock, look)}.`;
}

export function markedSentence({ spinlock }: SpinlockReport): string {
  return `Nobody waits, but an owner died or left with spinlock ${spinlock}: what it protects may be half-updated.`;
}

export function lockRemedies(lock: SpinlockReport, look: Look, dir: string | undefined): Advice[] {
  const holder = look.participants.find(({ id }) => id === lock.owner);
  if (lock.verdict === 'stuck' && holder !== undefined) return remediesForDead([holder], look, dir);
  if (holder === undefined || lock.verdict === 'unknown')
    return [
      { text: 'Find out who holds its lock byte:', command: commandLine(['fuser', '-v', look.info.path]) },
    ];
  const end: Advice = {
    text: 'End its process, which releases the lock; the next owner is told:',
    command: endCommand(holder),
  };
  return lock.verdict === 'orphaned'
    ? [end]
    : [
        { text: 'Wait: nothing is lost meanwhile.', command: null },
        { ...end, text: `Or ${end.text.charAt(0).toLowerCase()}${end.text.slice(1)}` },
      ];
}

/** Looking at the zone under the lock, and taking the mark away. */
export function markedRemedies(
  { spinlock }: SpinlockReport,
  { info }: Look,
  dir: string | undefined,
): Advice[] {
  const zone = info.zones[0]?.name ?? 'ZONE';
  const lock = ['--lock', String(spinlock)];
  return [
    {
      text: 'Look at what it protects, under the lock:',
      command: nextCommand(['zone', 'get', info.name, zone, ...lock], { dir }),
    },
    {
      text: 'When it is whole, or was mended, say so:',
      command: nextCommand(['zone', 'get', info.name, zone, ...lock, '--mark-consistent'], { dir }),
    },
  ];
}
