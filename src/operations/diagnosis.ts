/** Looks at one block: what is the matter, with whom, and what to do. */
import type {
  NativeObserver,
  RecoveryAction,
  SegmentInfo,
  SlotReport,
  SlotSummary,
  SpinlockReport,
} from '../native';
import { errorNamed } from '../api/errors';
import { exitOfFindings, findingsOf, type Finding } from './findings';
import { withLocalProcesses, type SeenParticipant, type SeenSnapshot } from './local-pids';
import { observing, type ObserverLocation } from './opening';
import { recommend, type Advice } from './recommendation';

/** Rings up to this many slots are shown whole. */
const wholeRing = 64;
/** Most slots that are listed of a larger one. */
const mostNotable = 256;

export interface DiagnosisOptions {
  stuckAfterNs: bigint;
  /** Only this slot. */
  slot?: number | undefined;
  /** Every slot, however many there are. */
  all?: boolean;
}

export interface Diagnosis {
  info: SegmentInfo;
  /** When, nanoseconds since 1970. */
  at: bigint;
  /** It is of a snapshot: what holds now may differ. */
  recorded: boolean;
  /** Next message number to be claimed. */
  claim: bigint;
  participants: SeenParticipant[];
  summary: SlotSummary;
  /** Those that were asked for, else every slot of a small ring, else the notable ones. */
  slots: SlotReport[];
  /** There are more notable slots than `slots` holds. */
  truncated: boolean;
  /** Those that are held, or whose data is in doubt; none when one slot was asked for. */
  spinlocks: SpinlockReport[];
  findings: Finding[];
  plan: RecoveryAction[];
  advice: Advice[];
  exit: number;
}

function reportedSlots(
  observer: NativeObserver,
  info: SegmentInfo,
  snapshot: SeenSnapshot,
  options: DiagnosisOptions,
): SlotReport[] {
  if (options.slot !== undefined) return observer.slots(options.slot, 1, options.stuckAfterNs);
  if (options.all === true || info.slots <= wholeRing)
    return observer.slots(0, info.slots, options.stuckAfterNs);
  return snapshot.notable;
}

/** A finding about a slot that was not asked for does not matter to who asks about one slot. */
function relevant(findings: Finding[], slots: readonly SlotReport[], slot: number | undefined): Finding[] {
  if (slot === undefined) return findings;
  const involved = new Set(slots.flatMap(({ owner, heldBy }) => [owner, ...heldBy]));
  return findings.filter((finding) =>
    finding.slot === null
      ? finding.participant !== null && involved.has(finding.participant)
      : finding.slot === slot,
  );
}

function look(observer: NativeObserver, location: ObserverLocation, options: DiagnosisOptions): Diagnosis {
  const recorded = location.snapshot !== undefined;
  const info = observer.info();
  if (options.slot !== undefined && options.slot >= info.slots) {
    throw errorNamed(
      'USAGE',
      `there is no slot ${options.slot}; ${info.name} has slots 0 to ${info.slots - 1}`,
    );
  }
  const taken = observer.snapshot(options.stuckAfterNs, options.all === true ? info.slots : mostNotable);
  const snapshot: SeenSnapshot = recorded ? taken : withLocalProcesses(taken);
  const slots = reportedSlots(observer, info, snapshot, options);
  // Judge the slots that are shown: they may have been read a moment later than those of the snapshot.
  const truncated = slots === snapshot.notable && snapshot.truncated;
  const judged = { ...snapshot, notable: slots, truncated };
  const findings = relevant(findingsOf(judged, options.stuckAfterNs), slots, options.slot);
  const plan = observer.plan();
  const { at, claim, participants, summary } = snapshot;
  const spinlocks = options.slot === undefined ? snapshot.spinlocks : [];
  const advice = recommend({ info, participants, slots, spinlocks, findings, plan, dir: location.dir });
  return {
    info,
    at,
    recorded,
    claim,
    participants,
    summary,
    slots,
    truncated,
    spinlocks,
    findings,
    plan,
    advice,
    exit: exitOfFindings(findings),
  };
}

/** Read-only; changes no byte of the block. */
export function diagnose(name: string, location: ObserverLocation, options: DiagnosisOptions): Diagnosis {
  return observing(name, location, (observer) => look(observer, location, options));
}
