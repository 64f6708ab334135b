/** Participants, their verdicts and what these rest on. */
import type { CleanerReport, Evidence, ParticipantReport, Verdict } from '../native';
import type { SeenParticipant } from '../operations/local-pids';
import { pidOf, roleOf } from '../operations/naming';
import { formatDuration, formatInstant } from './duration';
import type { Style } from './style';

export function colorVerdict(verdict: Verdict, { color }: Style): string {
  switch (verdict) {
    case 'ALIVE':
      return color.green(verdict);
    case 'STOPPED':
      return color.yellow(verdict);
    case 'DEAD':
      return color.red(verdict);
    case 'UNKNOWN':
      return color.magenta(verdict);
  }
}

const nameOfState: Readonly<Record<string, string>> = {
  R: 'running',
  S: 'sleeping',
  D: 'in uninterruptible sleep',
  I: 'idle',
  T: 'stopped',
  t: 'stopped by a debugger',
  Z: 'a zombie: dead, and not reaped by its parent yet',
  X: 'dead',
};

function lockFact({ cleaner, evidence: { lockHeld } }: SeenParticipant): string {
  if (lockHeld === null) return 'lock byte cannot be asked';
  if (!lockHeld) return 'lock byte free';
  return cleaner === null ? 'lock byte held' : 'lock byte held by who cleans up';
}

/** The process that has this pid now may be another one, or hidden from us; one in another namespace can be seen from above. */
function processFact({ pid, state, verdict, reason, evidence }: SeenParticipant): string | null {
  const { samePidNamespace, sameStartTime, processState, processName } = evidence;
  if (state === 'joining' && verdict !== 'DEAD') return 'joining right now';
  if (samePidNamespace === false && processState === null) return null;
  if (samePidNamespace === null) return '/proc cannot be asked';
  if (processState === null) {
    const gone = verdict === 'DEAD' || reason === 'lock-held-process-gone';
    return gone ? 'process gone' : 'process hidden from this user';
  }
  if (sameStartTime === false)
    return `pid ${pid} now belongs to ${processName ?? 'another process'}, started later`;
  return `process is ${nameOfState[processState] ?? `in state ${processState}`}`;
}

function heartbeatFact({ heartbeatAgeNs: age }: Evidence): string | null {
  if (age === null) return null;
  return age < 0n
    ? `last heartbeat UNKNOWN (clock): ${formatDuration(-age)} in the future`
    : `last heartbeat ${formatDuration(age)} ago`;
}

/** Each fact that is known, most telling first. */
export function evidenceFacts(participant: SeenParticipant): string[] {
  const { sameBoot, frozen } = participant.evidence;
  const facts = [
    lockFact(participant),
    sameBoot ? null : 'joined before the last boot',
    processFact(participant),
    frozen === true ? 'cgroup frozen' : null,
    heartbeatFact(participant.evidence),
  ];
  return facts.filter((fact) => fact !== null);
}

/** `DEAD: lock byte free, process gone` */
export function verdictWithEvidence(participant: SeenParticipant, style: Style): string {
  const { verdict, reason } = participant;
  const why = reason === '' ? '' : ` (${reason})`;
  return `${colorVerdict(verdict, style)}${why}: ${evidenceFacts(participant).join(', ')}`;
}

function progressOf({ role, lag, messages, lost, hold }: ParticipantReport): string {
  if (role === 'producer') return `${messages} written`;
  if (role === 'zone-user') return '';
  const parts = [`${messages} read`];
  if (hold !== null && lag !== null) parts.push(`${lag} behind`);
  if (lost > 0n) parts.push(`${lost} lost`);
  return parts.join(', ');
}

/** Whoever cleans up holds the dead one's lock byte; when it dies too, the byte is free and anyone may finish. */
function renderCleaner(cleaner: CleanerReport, lockHeld: boolean | null, style: Style): string {
  const who = `PID ${cleaner.pid}, since ${formatInstant(cleaner.since)}`;
  if (lockHeld === false) return `PID ${cleaner.pid} began to clean up, and died: anyone may finish it`;
  return `being cleaned up after by ${who}, which is ${colorVerdict(cleaner.verdict, style)}`;
}

/** Two lines: who it is, and whether it is alive. */
export function renderParticipant(participant: SeenParticipant, style: Style): string {
  const { mode, name, note, standby, cleaner, evidence } = participant;
  const how = mode === 'none' ? '' : ` (${mode}${standby ? ', standby' : ''})`;
  const kind = `${roleOf(participant)}${how}`;
  const about = note === '' ? '' : `  "${note}"`;
  const lines = [
    `  ${kind}  ${pidOf(participant)} ${name}${about}  ${progressOf(participant)}`.trimEnd(),
    `      ${verdictWithEvidence(participant, style)}`,
  ];
  if (cleaner !== null) lines.push(`      ${renderCleaner(cleaner, evidence.lockHeld, style)}`);
  return `${lines.join('\n')}\n`;
}
