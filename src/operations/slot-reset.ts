/** Resetting slots by hand. */
import { errorEntryNamed, errorNamed, type ErrorName } from '../api/errors';
import type { Location, NativeObserver, NativeRecovery, Phase } from '../native';
import { ExitCode, worstExit } from './exit-code';
import { killIfMeant, type Victim } from './killing';
import type { SeenParticipant } from './local-pids';
import { pidOf } from './naming';
import { observing, recovering } from './opening';
import { sleep } from './signals';
import { look, ownedSlots, participantWith } from './slot-owner';

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
  const { report, owner: seen } = look(observer, slot);
  const killing = killIfMeant(recovery, seen, means.kill);
  const killed = killing === 'killed';
  if (killing !== 'killed' && killing !== 'spared') {
    const { word, phase } = report;
    const unchanged = { before: word, after: word, phaseBefore: phase, phaseAfter: phase };
    return { slot, applied: false, code: killing, ...unchanged, owner: seen, killed };
  }
  const { owner: id, ...result } = resetWhenLetIn(recovery, slot, means.force);
  // What it says is of the moment of the deed: by then somebody else may have had the slot.
  const isAsSeen = killed || result.before === report.word;
  const owner = isAsSeen ? seen : id === 0 ? null : participantWith(observer, id);
  return { slot, ...result, phaseBefore: killed ? report.phase : result.phaseBefore, owner, killed };
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
  if (owner === null) return errorNamed(code as ErrorName, `slot ${slot}`);
  const who = `${pidOf(owner)} (${owner.name})`;
  const what =
    code === 'VERDICT_UNKNOWN' && owner.verdict !== 'UNKNOWN'
      ? `which process ${who} is cannot be told from here, so that it cannot be ended`
      : `${who} is ${owner.verdict}`;
  return errorNamed(code as ErrorName, `slot ${slot}: ${what}`);
}
