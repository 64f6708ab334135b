/** Processes of other PID namespaces, by the pids that they have in ours: what `kill` needs. */
import * as fs from 'node:fs';
import type { ParticipantReport } from '../native';

/** A participant, with its pid here where that is not the one in its entry. */
export interface SeenParticipant extends ParticipantReport {
  /** Pid in our namespace of a live process of another one; null when it is not to be seen from here. */
  localPid?: number | null;
}

function isForeign({ verdict, evidence }: ParticipantReport): boolean {
  return evidence.samePidNamespace === false && verdict !== 'DEAD';
}

/** Pid in the innermost namespace of a process; null when it is gone or hidden. */
function innermostPid(pid: string): number | null {
  try {
    const pids = /^NSpid:\t(.*)$/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return pids === undefined ? null : Number(pids.split('\t').at(-1));
  } catch {
    return null;
  }
}

function namespaceOf(pid: string): string | null {
  try {
    return /\[(\d+)\]/.exec(fs.readlinkSync(`/proc/${pid}/ns/pid`))?.[1] ?? null;
  } catch {
    return null;
  }
}

function processes(): string[] {
  try {
    return fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

/** Looks for those of other namespaces in /proc, which shows the processes of the namespaces below ours too. */
export function withLocalPids(participants: readonly ParticipantReport[]): SeenParticipant[] {
  const wanted = new Set(participants.filter(isForeign).map(({ pidNamespace }) => String(pidNamespace)));
  if (wanted.size === 0) return [...participants];
  const pids = new Map<string, number>();
  for (const pid of processes()) {
    const namespace = namespaceOf(pid);
    if (namespace !== null && wanted.has(namespace)) {
      pids.set(`${namespace}/${String(innermostPid(pid))}`, Number(pid));
    }
  }
  return participants.map((participant) =>
    isForeign(participant)
      ? { ...participant, localPid: pids.get(`${participant.pidNamespace}/${participant.pid}`) ?? null }
      : participant,
  );
}
