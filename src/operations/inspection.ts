/** Everything there is to know of a block but its messages. */
import type { Metrics, SegmentInfo, SlotReport } from '../native';
import { withLocalProcesses, type SeenSnapshot } from './local-pids';
import { observing, type ObserverLocation } from './opening';

/** Rings up to this many slots are shown whole. */
const wholeRing = 64;

export interface Inspection {
  info: SegmentInfo;
  snapshot: SeenSnapshot;
  metrics: Metrics;
  /** Every slot of a small ring, else the notable ones. */
  slots: SlotReport[];
}

/** Read-only. */
export function inspect(name: string, location: ObserverLocation, stuckAfterNs: bigint): Inspection {
  return observing(name, location, (observer) => {
    const info = observer.info();
    const taken = observer.snapshot(stuckAfterNs, wholeRing);
    const snapshot = location.snapshot === undefined ? withLocalProcesses(taken) : taken;
    const slots = info.slots <= wholeRing ? observer.slots(0, info.slots, stuckAfterNs) : snapshot.notable;
    return { info, snapshot, metrics: observer.metrics(), slots };
  });
}
