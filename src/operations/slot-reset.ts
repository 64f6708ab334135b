/** Resetting slots by hand. */
import { errorEntryNamed, errorNamed, type ErrorName } from '../api/errors';
import type {
  Location,
  NativeObserver,
  NativeRecovery,
  ParticipantReport,
  Phase,
  SlotReport,
} from '../native';
import { ExitCode, worstExit } from './exit-code';
import { observing, recovering } from './opening';

export interface SlotReset {
  slot: number;
  applied: boolean;
  /** '' when applied, else why not: a name of the error catalogue. */
  code: string;
  before: bigint;
  after: bigint;
  phaseBefore: Phase;
  /** What the slot is now; the same as before when nothing was done. */
  phaseAfter: Phase;
  /** Who had the slot. */
  owner: ParticipantReport | null;
}

/** What a reset makes of a slot (design 1.7). */
function phaseAfterReset(before: Phase, ownerWasAlive: boolean): Phase {
  if (ownerWasAlive) return 'QUARANTINED';
  return before === 'DRAINING' ? 'COMMITTED' : 'FREE';
}

function look(
  observer: NativeObserver,
  slot: number,
): { report: SlotReport; owner: ParticipantReport | null } {
  const { slots, name } = observer.info();
  const report = slot < slots ? observer.slots(slot, 1, 0n)[0] : undefined;
  if (report === undefined)
    throw errorNamed('USAGE', `there is no slot ${slot}; ${name} has slots 0 to ${slots - 1}`);
  const owner = observer.snapshot(0n, 0).participants.find(({ id }) => id === report.owner) ?? null;
  return { report, owner };
}

function resetOne(
  observer: NativeObserver,
  recovery: NativeRecovery,
  slot: number,
  force: boolean,
): SlotReset {
  const { report, owner } = look(observer, slot);
  const { applied, code, before, after } = recovery.forceResetSlot(slot, force);
  const ownerWasAlive = owner !== null && owner.verdict !== 'DEAD';
  const phaseAfter = applied ? phaseAfterReset(report.phase, ownerWasAlive) : report.phase;
  return { slot, applied, code, before, after, phaseBefore: report.phase, phaseAfter, owner };
}

/**
 * Resets one slot. Of a dead owner: the step that automatic recovery would take. Of a live one: refused, unless `force`
 * quarantines it.
 */
export function resetSlot(name: string, location: Location, slot: number, force: boolean): SlotReset {
  return observing(name, location, (observer) =>
    recovering(name, location, (recovery) => resetOne(observer, recovery, slot, force)),
  );
}

/** Most slots that are looked at in one go. */
const mostSlots = 4096;

/** Resets every slot that somebody owns. */
export function resetAllSlots(name: string, location: Location, force: boolean): SlotReset[] {
  return observing(name, location, (observer) =>
    recovering(name, location, (recovery) => {
      const owned = observer.snapshot(0n, mostSlots).notable.filter(({ owner }) => owner !== 0);
      return owned.map(({ slot }) => resetOne(observer, recovery, slot, force));
    }),
  );
}

/** Exit code of one reset. A refusal has that of its reason. */
export function exitOfReset({ applied, code }: SlotReset): number {
  if (applied) return ExitCode.Repaired;
  return errorEntryNamed(code)?.exitCode ?? ExitCode.Refused;
}

export function exitOfResets(resets: readonly SlotReset[]): number {
  return worstExit(resets.map(exitOfReset));
}

/** The error that a refused reset of a single slot ends with. */
export function refusal({ slot, code, owner }: SlotReset): Error {
  const who = owner === null ? '' : `: PID ${owner.pid} (${owner.name}) is ${owner.verdict}`;
  return errorNamed(code as ErrorName, `slot ${slot}${who}`);
}
