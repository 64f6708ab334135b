/** Parts of a recovery plan, for those who want to take one step at a time. Each acts on dead participants only. */
import type { Location } from '../native';
import { recover, type Recovery } from './recovery';
import { planFor, type PlannedAction, type RecoveryPlan } from './recovery-plan';

/**
 * - `readers`: holds, pins and entries of dead consumers.
 * - `writer`: slots and entries of dead producers.
 * - `entries`: entries of dead participants that hold nothing else.
 */
export type Step = 'readers' | 'writer' | 'entries';

/** Participants that hold a slot, a hold or a pin. */
function holders(actions: readonly PlannedAction[]): Set<number> {
  return new Set(
    actions.filter(({ kind }) => kind !== 'free-participant').map(({ participant }) => participant),
  );
}

function selected(actions: readonly PlannedAction[], step: Step): PlannedAction[] {
  if (step === 'readers') return actions.filter(({ role }) => role === 'consumer');
  if (step === 'writer') return actions.filter(({ role }) => role === 'producer');
  const held = holders(actions);
  return actions.filter(({ participant }) => !held.has(participant));
}

/** Read-only. */
export function planStep(name: string, location: Location, step: Step): RecoveryPlan {
  const plan = planFor(name, location);
  return { ...plan, actions: selected(plan.actions, step) };
}

export function takeStep(name: string, location: Location, step: Step): Recovery {
  return recover(name, location, (actions) => selected(actions, step));
}
