/** Participants, their verdicts and what these rest on. */
import type { Evidence, ParticipantReport, Verdict } from '../native';
import { formatDuration } from './duration';
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

/** `PID 12345`, and of which namespace when it is not ours. */
export function pidOf({ pid, pidNamespace, evidence }: ParticipantReport): string {
  return evidence.samePidNamespace === false ? `PID ${pid} of PID namespace ${pidNamespace}` : `PID ${pid}`;
}

const nameOfState: Readonly<Record<string, string>> = {
  R: 'running',
  S: 'sleeping',
  D: 'in uninterruptible sleep',
  T: 'stopped',
  t: 'stopped by a debugger',
  Z: 'a zombie, not reaped by its parent yet',
  X: 'dead',
};

function processFact({
  lockHeld,
  samePidNamespace,
  sameStartTime,
  processState,
  processName,
}: Evidence): string | null {
  if (processState === null) return samePidNamespace === false || lockHeld === null ? null : 'process gone';
  if (sameStartTime === false) return `PID now belongs to ${processName ?? 'another process'}, started later`;
  return `process is ${nameOfState[processState] ?? `in state ${processState}`}`;
}

function heartbeatFact({ heartbeatAgeNs: age }: Evidence): string | null {
  if (age === null) return null;
  return age < 0n ? 'last heartbeat lies in the future' : `last heartbeat ${formatDuration(age)} ago`;
}

/** Each fact that is known, most telling first. */
export function evidenceFacts(evidence: Evidence): string[] {
  const { lockHeld, sameBoot, frozen } = evidence;
  const facts = [
    lockHeld === null ? 'lock byte cannot be asked' : lockHeld ? 'lock byte held' : 'lock byte free',
    sameBoot ? null : 'joined before the last boot',
    processFact(evidence),
    frozen === true ? 'cgroup frozen' : null,
    heartbeatFact(evidence),
  ];
  return facts.filter((fact) => fact !== null);
}

/** `DEAD: lock byte free, process gone` */
export function verdictWithEvidence({ verdict, reason, evidence }: ParticipantReport, style: Style): string {
  const why = reason === '' ? '' : ` (${reason})`;
  return `${colorVerdict(verdict, style)}${why}: ${evidenceFacts(evidence).join(', ')}`;
}

/** `producer 2` */
export function roleOf({ id, role }: ParticipantReport): string {
  return role === 'unknown' ? `participant ${id}` : `${role} ${id}`;
}

function progressOf({ role, lag, messages, lost, hold }: ParticipantReport): string {
  if (role === 'producer') return `${messages} written`;
  const parts = [`${messages} read`];
  if (hold !== null && lag !== null) parts.push(`${lag} behind`);
  if (lost > 0n) parts.push(`${lost} lost`);
  return parts.join(', ');
}

/** Two lines: who it is, and whether it is alive. */
export function renderParticipant(participant: ParticipantReport, style: Style): string {
  const { mode, name, note, standby, cleaner } = participant;
  const kind = [roleOf(participant), `(${mode}${standby ? ', standby' : ''})`].join(' ');
  const about = note === '' ? '' : `  "${note}"`;
  const lines = [
    `  ${kind}  ${pidOf(participant)} ${name}${about}  ${progressOf(participant)}`,
    `      ${verdictWithEvidence(participant, style)}`,
  ];
  if (cleaner !== null) {
    lines.push(
      `      being cleaned up after by PID ${cleaner.pid}, which is ${colorVerdict(cleaner.verdict, style)}`,
    );
  }
  return `${lines.join('\n')}\n`;
}
