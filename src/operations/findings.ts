/** What is wrong with a block, and how bad that is. Decides the exit code of `diagnose`. */
import type {
  ParticipantReport,
  SlotReport,
  SlotVerdict,
  Snapshot,
  SpinlockVerdict,
  Verdict,
} from '../native';
import { ExitCode, worstExit } from './exit-code';

/**
 * - `safe`: a dead participant's trace; automatic recovery repairs it.
 * - `unsafe`: somebody lives who may still act on it; a person has to decide.
 * - `unknown`: it cannot be said whether somebody lives.
 * - `corrupt`: impossible content.
 */
export type Severity = 'safe' | 'unsafe' | 'unknown' | 'corrupt';

export interface Finding {
  severity: Severity;
  slot: number | null;
  spinlock: number | null;
  participant: number | null;
}

const exitBySeverity: Record<Severity, number> = {
  safe: ExitCode.SafeToRepair,
  unknown: ExitCode.VerdictUnknown,
  unsafe: ExitCode.NotProvablySafe,
  corrupt: ExitCode.Corrupt,
};

/** The worst finding decides, in the order of {@link worstExit}: safe, unknown, unsafe, corrupt. */
export function exitOfFindings(findings: readonly Finding[]): number {
  return worstExit(findings.map(({ severity }) => exitBySeverity[severity]));
}

/** Of one that holds the dead one's lock byte: while it is stopped, nobody else can clean up. */
function severityOfCleaner(verdict: Verdict): Severity {
  if (verdict === 'STOPPED') return 'unsafe';
  return verdict === 'UNKNOWN' ? 'unknown' : 'safe';
}

function severityOfParticipant({ state, verdict, cleaner, evidence }: ParticipantReport): Severity | null {
  if (state === 'invalid') return 'corrupt';
  if (state === 'free') return null;
  switch (verdict) {
    case 'ALIVE':
      return null;
    case 'STOPPED':
      return 'unsafe';
    case 'UNKNOWN':
      return 'unknown';
    case 'DEAD':
      return cleaner === null || evidence.lockHeld !== true ? 'safe' : severityOfCleaner(cleaner.verdict);
  }
}

function severityOfSlot(slot: SlotReport, ownerIsDead: boolean, stuckAfterNs: bigint): Severity | null {
  switch (slot.verdict) {
    case 'healthy':
    case 'busy':
      return null;
    case 'stuck':
      return 'safe';
    case 'slow':
      return 'unsafe';
    case 'held':
      // Draining behind a reader is normal for a moment.
      if (slot.heldForNs !== null && slot.heldForNs < 0n) return 'unknown';
      return slot.heldForNs !== null && slot.heldForNs > stuckAfterNs ? 'unsafe' : null;
    case 'quarantined':
      return ownerIsDead ? 'safe' : 'unsafe';
    case 'unknown':
      return 'unknown';
    case 'corrupt':
      return 'corrupt';
  }
}

const severityOfSpinlock: Record<SpinlockVerdict, Severity | null> = {
  held: null,
  slow: 'unsafe',
  stuck: 'safe',
  orphaned: 'unsafe',
  // Nobody can tell from outside whether the data is whole.
  marked: 'unsafe',
  unknown: 'unknown',
  corrupt: 'corrupt',
};

/** Slots beyond the listed ones are known by their number only; each counts as the worst that its verdict can mean. */
const severityOfUnlisted: Partial<Record<SlotVerdict, Severity>> = {
  stuck: 'safe',
  slow: 'unsafe',
  quarantined: 'unsafe',
  unknown: 'unknown',
  corrupt: 'corrupt',
};

function unlistedFindings(snapshot: Snapshot): Finding[] {
  if (!snapshot.truncated) return [];
  return Object.entries(severityOfUnlisted)
    .filter(
      ([verdict]) => snapshot.summary.byVerdict[verdict as SlotVerdict] > countListed(snapshot, verdict),
    )
    .map(([, severity]) => ({ severity, slot: null, spinlock: null, participant: null }));
}

function countListed(snapshot: Snapshot, verdict: string): number {
  return snapshot.notable.filter((slot) => slot.verdict === verdict).length;
}

function ownerOrNull(owner: number): number | null {
  return owner === 0 ? null : owner;
}

/** Everything in this snapshot that is not as it should be. */
export function findingsOf(snapshot: Snapshot, stuckAfterNs: bigint): Finding[] {
  const findings: Finding[] = [];
  const dead = new Set<number>();
  for (const participant of snapshot.participants) {
    if (participant.verdict === 'DEAD') dead.add(participant.id);
    const severity = severityOfParticipant(participant);
    if (severity !== null)
      findings.push({ severity, slot: null, spinlock: null, participant: participant.id });
  }
  for (const slot of snapshot.notable) {
    const severity = severityOfSlot(slot, dead.has(slot.owner), stuckAfterNs);
    if (severity !== null) {
      findings.push({ severity, slot: slot.slot, spinlock: null, participant: ownerOrNull(slot.owner) });
    }
  }
  for (const { spinlock, verdict, owner } of snapshot.spinlocks) {
    const severity = severityOfSpinlock[verdict];
    if (severity !== null) findings.push({ severity, slot: null, spinlock, participant: ownerOrNull(owner) });
  }
  return [...findings, ...unlistedFindings(snapshot)];
}
