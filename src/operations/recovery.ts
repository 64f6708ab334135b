/** Automatic recovery: repairs what dead participants left, and only that. */
import { DataBlockError, errorNamed } from '../api/errors';
import { native, type ApplyResult, type Location, type NativeRecovery } from '../native';
import { readBlockNames } from './block-names';
import { errorSummary, type ErrorSummary } from './error-summary';
import { ExitCode, worstExit } from './exit-code';
import { recovering } from './opening';
import { planFor, type PlannedAction, type RecoveryPlan } from './recovery-plan';
import { sleep } from './signals';

/** An action and what became of it. */
export interface TakenAction extends PlannedAction {
  applied: boolean;
  /** '' when applied, else why not: a name of the error catalogue. */
  code: string;
}

/** What recovery came to on one block. */
export interface Recovery {
  block: string;
  instance: string;
  actions: TakenAction[];
}

/** A block that could not be looked at. */
export interface RecoveryFailure {
  block: string;
  error: ErrorSummary;
}

/** Codes that mean: somebody else, often a live peer that heals itself, has done it already. */
const alreadyDone: readonly string[] = ['NOTHING_TO_DO'];

/** A signal lets the action in hand be finished, and no other be begun. */
function applyUnlessSignalled(recovery: NativeRecovery, action: PlannedAction): ApplyResult {
  if (native().caughtSignal() !== 0) return { applied: false, code: 'INTERRUPTED' };
  return recovery.apply(action);
}

/** Applies what a plan says; what has changed since then is refused, the rest is applied. */
export function applyPlan(plan: RecoveryPlan, location: Location): Recovery {
  return recovering(plan.block, location, (recovery) => {
    const { instance } = recovery.info();
    if (instance !== plan.instance) {
      throw errorNamed(
        'RECREATED',
        `the plan is for block ${plan.instance}, and ${plan.block} is now block ${instance}`,
      );
    }
    const actions = plan.actions.map((action) => ({ ...action, ...applyUnlessSignalled(recovery, action) }));
    return { block: plan.block, instance, actions };
  });
}

/** Others may repair at the same time, live peers above all. */
const ROUNDS = 50;
const PAUSE_MS = 10;

/** Which of all actions are meant. */
export type Selection = (actions: readonly PlannedAction[]) => readonly PlannedAction[];

/**
 * Plans and applies. What somebody else was faster with is planned anew, and is no refusal if nothing of it is left then. Where
 * there is nothing to do, permission to read is enough.
 */
export function recover(name: string, location: Location, select: Selection = (all) => all): Recovery {
  const taken: TakenAction[] = [];
  for (let round = 1; ; round++) {
    const whole = planFor(name, location);
    const plan = { ...whole, actions: [...select(whole.actions)] };
    const { block, instance } = plan;
    if (plan.actions.length === 0) return { block, instance, actions: taken };
    const { actions } = applyPlan(plan, location);
    const refused = actions.filter(({ applied }) => !applied);
    const isOver = refused.length === 0 || native().caughtSignal() !== 0 || round === ROUNDS;
    if (isOver) return { block, instance, actions: [...taken, ...actions] };
    taken.push(...actions.filter(({ applied }) => applied));
    sleep(PAUSE_MS);
  }
}

/** Cleans up after these participants, as far as they are dead. */
export function recoverParticipants(
  name: string,
  location: Location,
  participants: readonly number[],
): Recovery {
  return recover(name, location, (actions) =>
    actions.filter(({ participant }) => participants.includes(participant)),
  );
}

export function exitOfRecovery({ actions }: Recovery): number {
  if (actions.some(({ applied, code }) => !applied && !alreadyDone.includes(code))) return ExitCode.Refused;
  return actions.some(({ applied }) => applied) ? ExitCode.Repaired : ExitCode.Ok;
}

export function exitOfPlan({ actions }: RecoveryPlan): number {
  return actions.length > 0 ? ExitCode.SafeToRepair : ExitCode.Ok;
}

/** What happened on several blocks. */
export interface Batch<T> {
  done: T[];
  failures: RecoveryFailure[];
  /** Files that this user may not open; they may be blocks. */
  unreadable: string[];
}

/** Does `work` for each block; one that fails does not keep the others from being done. */
export function forEachBlock<T>(names: readonly string[], work: (name: string) => T): Batch<T> {
  const batch: Batch<T> = { done: [], failures: [], unreadable: [] };
  for (const name of names) {
    try {
      batch.done.push(work(name));
    } catch (e) {
      if (!(e instanceof DataBlockError)) throw e;
      batch.failures.push({ block: name, error: errorSummary(e) });
    }
  }
  return batch;
}

/** Like {@link forEachBlock} over all files of the directory; those that are no blocks are passed over. */
export function forAllBlocks<T>(location: Location, work: (name: string) => T): Batch<T> {
  const { done, failures } = forEachBlock(readBlockNames(location), work);
  const passedOver = ['NOT_A_BLOCK', 'NO_SUCH_BLOCK', 'PERMISSION'];
  return {
    done,
    failures: failures.filter(({ error }) => !passedOver.includes(error.code)),
    unreadable: failures.filter(({ error }) => error.code === 'PERMISSION').map(({ block }) => block),
  };
}

export function exitOfBatch<T>({ done, failures }: Batch<T>, exitOf: (item: T) => number): number {
  return worstExit([...done.map(exitOf), ...failures.map(({ error }) => error.exitCode)]);
}
