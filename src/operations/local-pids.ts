/** Processes of other PID namespaces, by the pids that they have in ours: what `kill` needs. */
import * as fs from 'node:fs';
import { native, type ParticipantReport, type Snapshot } from '../native';

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
    // A /proc of another PID namespace speaks of pids that are not ours.
    if (fs.readlinkSync('/proc/self') !== String(process.pid)) return [];
    return fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  } catch {
    return [];
  }
}

function withLocalProcess(participant: ParticipantReport, pid: number | undefined): SeenParticipant {
  const found = pid === undefined ? null : native().processFacts(pid);
  if (pid === undefined || found === null) return { ...participant, localPid: null };
  const { name, state, frozen, stopped } = found;
  const verdict = participant.verdict === 'ALIVE' && stopped ? 'STOPPED' : participant.verdict;
  const evidence = { ...participant.evidence, processState: state, processName: name, frozen };
  return { ...participant, verdict, evidence, localPid: pid };
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
  return participants.map((participant) => {
    if (!isForeign(participant)) return participant;
    return withLocalProcess(participant, pids.get(`${participant.pidNamespace}/${participant.pid}`));
  });
}

export type SeenSnapshot = Omit<Snapshot, 'participants'> & { participants: SeenParticipant[] };

/** Of a live block, not of a snapshot file, whose processes are somewhere else. */
export function withLocalProcesses(snapshot: Snapshot): SeenSnapshot {
  return { ...snapshot, participants: withLocalPids(snapshot.participants) };
}
