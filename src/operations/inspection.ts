/** Everything there is to know of a block but its messages. */
import type { Metrics, SegmentInfo, SlotReport, Snapshot } from '../native';
import { withLocalPids, type SeenParticipant } from './local-pids';
import { observing, type ObserverLocation } from './opening';

/** Rings up to this many slots are shown whole. */
const wholeRing = 64;

export interface Inspection {
  info: SegmentInfo;
  snapshot: Snapshot & { participants: SeenParticipant[] };
  metrics: Metrics;
  /** Every slot of a small ring, else the notable ones. */
  slots: SlotReport[];
}

/** Read-only. */
export function inspect(name: string, location: ObserverLocation, stuckAfterNs: bigint): Inspection {
  return observing(name, location, (observer) => {
    const info = observer.info();
    const snapshot = observer.snapshot(stuckAfterNs, wholeRing);
    if (location.snapshot === undefined) snapshot.participants = withLocalPids(snapshot.participants);
    const slots = info.slots <= wholeRing ? observer.slots(0, info.slots, stuckAfterNs) : snapshot.notable;
    return { info, snapshot, metrics: observer.metrics(), slots };
  });
}
