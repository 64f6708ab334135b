/** Who has a slot. */
import { errorNamed } from '../api/errors';
import type { NativeObserver, SlotReport } from '../native';
import { withLocalPids, type SeenParticipant } from './local-pids';

/** @throws DataBlockError USAGE when there is no such slot */
export function look(
  observer: NativeObserver,
  slot: number,
): { report: SlotReport; owner: SeenParticipant | null } {
  const { slots, name } = observer.info();
  const report = slot < slots ? observer.slots(slot, 1, 0n)[0] : undefined;
  if (report === undefined)
    throw errorNamed('USAGE', `there is no slot ${slot}; ${name} has slots 0 to ${slots - 1}`);
  const owner = observer.snapshot(0n, 0).participants.filter(({ id }) => id === report.owner);
  return { report, owner: withLocalPids(owner)[0] ?? null };
}

/** Most slots that are looked at in one go. */
const mostSlots = 4096;

/** Slots that somebody owns. */
export function ownedSlots(observer: NativeObserver): number[] {
  return observer
    .snapshot(0n, mostSlots)
    .notable.filter(({ owner }) => owner !== 0)
    .map(({ slot }) => slot);
}
