/** What `why` has to know of a block. */
import type {
  NativeObserver,
  RecoveryAction,
  SegmentInfo,
  SlotReport,
  Snapshot,
  SpinlockReport,
} from '../../native';
import { findingsOf, type Finding } from '../findings';
import { withLocalProcesses, type SeenParticipant, type SeenSnapshot } from '../local-pids';

export interface Look {
  info: SegmentInfo;
  claim: bigint;
  participants: SeenParticipant[];
  /** Slots that are not as they should be, at most a few hundred of them. */
  notable: SlotReport[];
  summary: Snapshot['summary'];
  spinlocks: SpinlockReport[];
  plan: RecoveryAction[];
  findings: Finding[];
  /** The slot of a message number. */
  slotOf: (seq: bigint) => SlotReport | undefined;
}

const mostNotable = 256;

/** @param live - it is a block, not a snapshot, so that processes can be asked after. */
export function lookAt(observer: NativeObserver, stuckAfterNs: bigint, live: boolean): Look {
  const info = observer.info();
  const taken = observer.snapshot(stuckAfterNs, mostNotable);
  const snapshot: SeenSnapshot = live ? withLocalProcesses(taken) : taken;
  const { claim, participants, notable, summary, spinlocks } = snapshot;
  return {
    info,
    claim,
    participants,
    notable,
    summary,
    spinlocks,
    plan: observer.plan(),
    findings: findingsOf(snapshot, stuckAfterNs),
    slotOf: (seq) => observer.slots(Number(seq % BigInt(info.slots)), 1, stuckAfterNs)[0],
  };
}
