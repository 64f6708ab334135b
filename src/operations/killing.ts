/** Ending processes that are in the way: those that the user was shown and agreed to, and no others. */
import type { ErrorName } from '../api/errors';
import { errorNamed } from '../api/errors';
import { timeouts } from '../api/timeouts';
import type { CleanerIdentity, Location, NativeRecovery, ParticipantReport } from '../native';
import { observing, recovering } from './opening';
import type { SeenParticipant } from './local-pids';
import { look, ownedSlots } from './slot-owner';

/** A participant whose process may be ended. */
export type Victim = Pick<ParticipantReport, 'id' | 'generation'>;

function isVictim({ id, generation }: Victim, victims: readonly Victim[]): boolean {
  return victims.some((victim) => victim.id === id && victim.generation === generation);
}

/** Live owners of the slot, or of all slots. */
export function liveOwners(name: string, location: Location, slot: number | undefined): SeenParticipant[] {
  return observing(name, location, (observer) => {
    const slots = slot === undefined ? ownedSlots(observer) : [slot];
    const owners = slots.map((k) => look(observer, k).owner).filter((owner) => owner !== null);
    const alive = owners.filter(({ verdict }) => verdict !== 'DEAD');
    return [...new Map(alive.map((owner) => [owner.id, owner])).values()];
  });
}

/** `spared`: dead, or nobody; else why it could not be ended: a name of the error catalogue. */
export type Killing = 'killed' | 'spared' | ErrorName;

/** Ends the owner, if it lives and is one of the victims. */
export function killIfMeant(
  recovery: NativeRecovery,
  owner: ParticipantReport | null,
  victims: readonly Victim[],
): Killing {
  if (owner === null || owner.verdict === 'DEAD' || victims.length === 0) return 'spared';
  if (!isVictim(owner, victims)) return 'CHANGED';
  const { applied, code } = recovery.killParticipant(owner.id, owner.generation, timeouts().killMs);
  if (applied) return 'killed';
  return code === 'NOTHING_TO_DO' ? 'spared' : (code as ErrorName);
}

/** Somebody who was stopped while it cleaned up after a dead participant, so that nobody else can. */
export interface StoppedCleaner extends CleanerIdentity {
  block: string;
  /** The dead participant. */
  participant: number;
}

/** Read-only. */
export function stoppedCleaners(name: string, location: Location): StoppedCleaner[] {
  return observing(name, location, (observer) =>
    observer
      .snapshot(0n, 0)
      .participants.flatMap(({ id, cleaner, evidence }) =>
        cleaner?.verdict === 'STOPPED' && evidence.lockHeld === true
          ? [{ ...cleaner, block: name, participant: id }]
          : [],
      ),
  );
}

/** @throws DataBlockError when it cannot be ended */
export function killCleaner(cleaner: StoppedCleaner, location: Location): void {
  const { block, participant, pid } = cleaner;
  const { applied, code } = recovering(block, location, (recovery) =>
    recovery.killCleaner(participant, cleaner, timeouts().killMs),
  );
  // Somebody else has ended it before us, and may be cleaning up by now.
  const isOutOfTheWay = code === 'NOTHING_TO_DO' || code === 'CHANGED';
  if (!applied && !isOutOfTheWay)
    throw errorNamed(code as ErrorName, `PID ${pid}, which cleans up after participant ${participant}`);
}
