/** What participants are called in sentences and in commands. */
import type { ParticipantReport } from '../native';
import type { SeenParticipant } from './local-pids';

/** `producer 2` */
export function roleOf({ id, role }: Pick<ParticipantReport, 'id' | 'role'>): string {
  if (role === 'unknown') return `participant ${id}`;
  return `${role === 'zone-user' ? 'zone user' : role} ${id}`;
}

/** `PID 12345`; of which namespace when it is not ours, and which pid it has here. */
export function pidOf({ pid, pidNamespace, evidence, localPid }: SeenParticipant): string {
  if (evidence.samePidNamespace !== false) return `PID ${pid}`;
  const here = typeof localPid === 'number' ? ` (PID ${localPid} here)` : '';
  return `PID ${pid} of PID namespace ${pidNamespace}${here}`;
}

/** Its pid where commands run; null when the process cannot be named from here. */
function pidHere({ pid, evidence, localPid }: SeenParticipant): number | null {
  return evidence.samePidNamespace === false ? (localPid ?? null) : pid;
}

/** `kill -KILL PID`, where the process can be named from here. */
export function endCommand(participant: SeenParticipant): string | null {
  const pid = pidHere(participant);
  return pid === null ? null : `kill -KILL ${pid}`;
}

/** What lets a stopped participant go on; null when no command can. */
export function continueCommand(participant: SeenParticipant): string | null {
  const pid = pidHere(participant);
  const { frozen, processState } = participant.evidence;
  if (pid === null) return null;
  if (frozen === true)
    return `echo 0 > /sys/fs/cgroup$(sed -n 's/^0:://p' /proc/${pid}/cgroup)/cgroup.freeze`;
  return processState === 't' ? null : `kill -CONT ${pid}`;
}

/** `consumer 3, PID 123 (archive), ALIVE` */
export function describeParticipant(participant: SeenParticipant): string {
  return `${roleOf(participant)}, ${pidOf(participant)} (${participant.name}), ${participant.verdict}`;
}
