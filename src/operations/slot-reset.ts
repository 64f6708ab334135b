/** Resetting slots by hand. */
import { errorEntryNamed, errorNamed, type ErrorName } from '../api/errors';
import type { Location, NativeObserver, NativeRecovery, Phase } from '../native';
import { ExitCode, worstExit } from './exit-code';
import { killIfMeant, type Victim } from './killing';
import type { SeenParticipant } from './local-pids';
import { pidOf } from './naming';
import { observing, recovering } from './opening';
import { sleep } from './signals';
import { look, ownedSlots } from './slot-owner';

/** How long a peer that cleans up may keep us out. */
const LET_IN_MS = 2000;

type ForcedReset = ReturnType<NativeRecovery['forceResetSlot']>;

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
  owner: SeenParticipant | null;
  /** Its process was ended first. */
  killed: boolean;
}

/** What a reset makes of a slot (design 1.7). */
function phaseAfterReset(before: Phase, ownerWasAlive: boolean): Phase {
  if (ownerWasAlive) return 'QUARANTINED';
  return before === 'DRAINING' ? 'COMMITTED' : 'FREE';
}

/** What may be done to live owners. */
export interface Means {
  /** Quarantine their slots. */
  force: boolean;
  /** End their processes: those that were shown to the user, and no others. */
  kill: readonly Victim[];
}

/** A live peer may be cleaning up after the killed one right now. */
function resetWhenLetIn(recovery: NativeRecovery, slot: number, force: boolean): ForcedReset {
  const deadline = performance.now() + LET_IN_MS;
  for (;;) {
    const result = recovery.forceResetSlot(slot, force);
    if (result.code !== 'BEING_CLEANED' || performance.now() > deadline) return result;
    sleep(1);
  }
}

function resetOne(observer: NativeObserver, recovery: NativeRecovery, slot: number, means: Means): SlotReset {
  const { report, owner } = look(observer, slot);
  const { word, phase } = report;
  const unchanged = {
    slot,
    applied: false,
    before: word,
    after: word,
    phaseBefore: phase,
    phaseAfter: phase,
  };
  const killing = killIfMeant(recovery, owner, means.kill);
  const killed = killing === 'killed';
  if (killing !== 'killed' && killing !== 'spared') return { ...unchanged, code: killing, owner, killed };
  const { applied, code, before, after } = resetWhenLetIn(recovery, slot, means.force);
  const done = { slot, applied, code, before, after, phaseBefore: phase, owner, killed };
  if (applied) {
    const ownerWasAlive = owner !== null && owner.verdict !== 'DEAD' && !killed;
    return { ...done, phaseAfter: phaseAfterReset(phase, ownerWasAlive) };
  }
  // A live peer may have cleaned up after the killed one before us.
  return { ...done, phaseAfter: killed ? look(observer, slot).report.phase : phase };
}

/**
 * Resets one slot. Of a dead owner: the step that automatic recovery would take. Of a live one: refused, unless `means` say
 * otherwise.
 */
export function resetSlot(name: string, location: Location, slot: number, means: Means): SlotReset {
  return observing(name, location, (observer) =>
    recovering(name, location, (recovery) => resetOne(observer, recovery, slot, means)),
  );
}

/** Resets every slot that somebody owns. */
export function resetAllSlots(name: string, location: Location, means: Means): SlotReset[] {
  return observing(name, location, (observer) =>
    recovering(name, location, (recovery) =>
      ownedSlots(observer).map((slot) => resetOne(observer, recovery, slot, means)),
    ),
  );
}

/** Exit code of one reset. A refusal has that of its reason. */
export function exitOfReset({ applied, code, killed }: SlotReset): number {
  if (applied || (killed && code === 'NOTHING_TO_DO')) return ExitCode.Repaired;
  return errorEntryNamed(code)?.exitCode ?? ExitCode.Refused;
}

export function exitOfResets(resets: readonly SlotReset[]): number {
  return worstExit(resets.map(exitOfReset));
}

/** The error that a refused reset of a single slot ends with. */
export function refusal({ slot, code, owner }: SlotReset): Error {
  const who = owner === null ? '' : `: ${pidOf(owner)} (${owner.name}) is ${owner.verdict}`;
  return errorNamed(code as ErrorName, `slot ${slot}${who}`);
}
