/** Who has a slot. */
import { errorNamed } from '../api/errors';
import type { NativeObserver, SlotReport } from '../native';
import { withLocalPids, type SeenParticipant } from './local-pids';

/** @throws DataBlockError USAGE when there is no such slot */
function reportOn(observer: NativeObserver, slot: number): SlotReport {
  const { slots, name } = observer.info();
  const report = slot < slots ? observer.slots(slot, 1, 0n)[0] : undefined;
  if (report === undefined)
    throw errorNamed('USAGE', `there is no slot ${slot}; ${name} has slots 0 to ${slots - 1}`);
  return report;
}

/** Null when its entry is free. */
export function participantWith(observer: NativeObserver, id: number): SeenParticipant | null {
  const found = observer.snapshot(0n, 0).participants.filter((participant) => participant.id === id);
  return withLocalPids(found)[0] ?? null;
}

/** A slot that changes hands at every one of so many looks is somebody's, but it cannot be said whose. */
const mostLooks = 16;

/** @throws DataBlockError USAGE when there is no such slot */
export function look(
  observer: NativeObserver,
  slot: number,
): { report: SlotReport; owner: SeenParticipant | null } {
  for (let looks = 1; ; looks++) {
    const report = reportOn(observer, slot);
    const owner = report.owner === 0 ? null : participantWith(observer, report.owner);
    // Who has left may have a successor in its seat, which never had this slot.
    const isSettled = report.owner === 0 || reportOn(observer, slot).word === report.word;
    if (isSettled || looks === mostLooks) return { report, owner: isSettled ? owner : null };
  }
}

/** Slots that somebody owns, all of them. */
export function ownedSlots(observer: NativeObserver): number[] {
  return observer
    .snapshot(0n, observer.info().slots)
    .notable.filter(({ owner }) => owner !== 0)
    .map(({ slot }) => slot);
}
