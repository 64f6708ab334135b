/** What to do about findings: sentences, each with the exact command where there is one. */
import type { CleanerReport, RecoveryAction, SegmentInfo, SlotReport, SpinlockReport } from '../native';
import type { Finding } from './findings';
import type { SeenParticipant } from './local-pids';
import { continueCommand, endCommand, pidOf } from './naming';
import { commandLine, nextCommand } from './next-command';

export interface Advice {
  text: string;
  /** A command line that works as it is. */
  command: string | null;
}

/** What advice is made from. */
export interface Case {
  info: SegmentInfo;
  participants: readonly SeenParticipant[];
  slots: readonly SlotReport[];
  spinlocks: readonly SpinlockReport[];
  findings: readonly Finding[];
  plan: readonly RecoveryAction[];
  /** `--dir`, to be carried over. */
  dir: string | undefined;
}

function whatIsLost(plan: readonly RecoveryAction[]): string {
  const lost = plan.reduce((sum, { loses }) => sum + loses, 0);
  if (lost === 0) return 'nothing is lost';
  return `nothing that was committed is lost; ${lost} ${lost === 1 ? 'message that was' : 'messages that were'} never finished will be skipped`;
}

function repairAdvice({ info, plan, dir }: Case): Advice[] {
  return [
    {
      text: `Safe to repair: ${whatIsLost(plan)}.`,
      command: nextCommand(['auto-recover', info.name], { dir }),
    },
  ];
}

function cleanerAdvice(participant: SeenParticipant, cleaner: CleanerReport, { info, dir }: Case): Advice {
  const who = `PID ${cleaner.pid}, which cleans up after participant ${participant.id}, is stopped`;
  return {
    text: `${who}. Let it go on (kill -CONT ${cleaner.pid}); or end it, and clean up:`,
    command: nextCommand(['auto-recover', info.name, '--kill-cleaner', '--confirm', info.name], { dir }),
  };
}

function stoppedAdvice(participant: SeenParticipant, subject: Case): Advice {
  const { cleaner } = participant;
  if (participant.verdict === 'DEAD' && cleaner !== null) return cleanerAdvice(participant, cleaner, subject);
  const end = endCommand(participant);
  const how = participant.evidence.processState === 't' ? 'stopped by a debugger' : 'stopped';
  return {
    text: `${pidOf(participant)} (${participant.name}) is ${how}. Let it go on; or end it${end === null ? '' : ` (${end})`}, then recover.`,
    command: continueCommand(participant),
  };
}

const howToLearn: Readonly<Record<string, string>> = {
  'other-boot': 'it joined before the last boot, and yet its lock byte is held',
  'lock-held-process-gone':
    'its process is gone, and yet its lock byte is held: a child that it forked may live on',
  'no-locks': 'the file system has no locks; keep blocks on tmpfs',
};

function unknownAdvice(participant: SeenParticipant, { info }: Case): Advice {
  const command = commandLine(['fuser', '-v', info.path]);
  if (participant.verdict === 'DEAD') {
    return {
      text: `Somebody whom this user cannot see is cleaning up after participant ${participant.id}.`,
      command,
    };
  }
  const why = howToLearn[participant.reason] ?? participant.reason;
  return {
    text: `It cannot be said whether ${pidOf(participant)} (${participant.name}) is alive: ${why}. Nothing of it is repaired until that is known.`,
    command,
  };
}

function ownerOf({ owner }: SlotReport, { participants }: Case): string {
  const found = participants.find(({ id }) => id === owner);
  return found === undefined ? `participant ${owner}` : `${pidOf(found)} (${found.name})`;
}

/** Its owner lives, but since when it has the slot cannot be said. */
function clockAdvice(slot: SlotReport, subject: Case): Advice {
  const { info, dir } = subject;
  const what = slot.seq === null ? 'the slot' : `message ${slot.seq}`;
  return {
    text: `${ownerOf(slot, subject)} lives and has slot ${slot.slot}. For how long cannot be said: its clock and ours differ. If it still is at ${what} when you look again, it hangs:`,
    command: nextCommand(['diagnose', info.name, '--slot', String(slot.slot)], { dir }),
  };
}

/** A slot whose owner lives. */
function liveOwnerAdvice(slot: SlotReport, subject: Case): Advice {
  const { info, participants, dir } = subject;
  const owner = participants.find(({ id }) => id === slot.owner);
  const who = ownerOf(slot, subject);
  if (slot.verdict === 'held') {
    return {
      text: `Slot ${slot.slot} waits for its readers ${slot.heldBy.join(', ')}, which live. The ring goes on without it.`,
      command: null,
    };
  }
  if (slot.verdict === 'quarantined') {
    return { text: `Slot ${slot.slot} comes back as soon as ${who} notices, leaves or ends.`, command: null };
  }
  const how = owner?.verdict === 'STOPPED' ? 'stopped' : 'alive';
  const reset = ['force-reset-slot', info.name, '--slot', String(slot.slot)];
  if (info.producers === 'single') {
    const canBeEnded = owner === undefined || endCommand(owner) !== null;
    return {
      text: `${who} is ${how} and has slot ${slot.slot}. Wait for it; or end it${canBeEnded ? ', which resets the slot:' : ' where it runs, then recover.'}`,
      command: canBeEnded ? nextCommand([...reset, '--kill', '--confirm', info.name], { dir }) : null,
    };
  }
  return {
    text: `${who} is ${how} and has slot ${slot.slot}. Wait for it, or fence it off: what it writes there then is thrown away.`,
    command: nextCommand([...reset, '--force'], { dir }),
  };
}

/** A lock that is held by somebody alive for long, or whose data is in doubt. */
function lockAdvice(lock: SpinlockReport, { info, participants, dir }: Case): Advice {
  const { spinlock, verdict, owner } = lock;
  if (verdict === 'marked') {
    const zone = info.zones[0]?.name ?? 'ZONE';
    const look = ['zone', 'get', info.name, zone, '--lock', String(spinlock)];
    return {
      text: `An owner died or left with spinlock ${spinlock}: look at what it protects, and mend it; then say that it is whole:`,
      command: nextCommand([...look, '--mark-consistent'], { dir }),
    };
  }
  const holder = participants.find(({ id }) => id === owner);
  const who = holder === undefined ? `participant ${owner}` : `${pidOf(holder)} (${holder.name})`;
  const how = verdict === 'orphaned' ? 'in a thread that has ended' : 'for long';
  const end = holder === undefined ? null : endCommand(holder);
  return {
    text: `${who} holds spinlock ${spinlock} ${how}. Wait for it; or end it, and the next owner is told.`,
    command: end,
  };
}

function adviceFor(finding: Finding, subject: Case): Advice[] {
  const participant = subject.participants.find(({ id }) => id === finding.participant);
  const slot = subject.slots.find((report) => report.slot === finding.slot);
  const lock = subject.spinlocks.find(({ spinlock }) => spinlock === finding.spinlock);
  switch (finding.severity) {
    case 'safe':
      return repairAdvice(subject);
    case 'corrupt':
      return [
        {
          text: 'Impossible content. Stop the participants, find out what exactly, save what you need, recreate the block.',
          command: nextCommand(['validate', subject.info.name], { dir: subject.dir }),
        },
      ];
    case 'unknown':
      if (slot !== undefined && slot.reason !== 'owner') return [clockAdvice(slot, subject)];
      return participant === undefined ? [] : [unknownAdvice(participant, subject)];
    case 'unsafe':
      if (slot !== undefined) return [liveOwnerAdvice(slot, subject)];
      if (lock !== undefined) return [lockAdvice(lock, subject)];
      return participant === undefined ? [] : [stoppedAdvice(participant, subject)];
  }
}

const maxAdvice = 8;

/** At most a handful, each once; what is safe comes first, since it may be all that is needed. */
export function recommend(subject: Case): Advice[] {
  const order = ['safe', 'unsafe', 'unknown', 'corrupt'];
  const sorted = [...subject.findings].sort((a, b) => order.indexOf(a.severity) - order.indexOf(b.severity));
  const advice = new Map(
    sorted.flatMap((finding) => adviceFor(finding, subject)).map((item) => [item.text, item]),
  );
  return [...advice.values()].slice(0, maxAdvice);
}
