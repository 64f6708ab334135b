/** What commands that plan or repair come to. */
import { native } from '../native';
import { exitOfBatch, exitOfPlan, exitOfRecovery, type Batch, type Recovery } from '../operations/recovery';
import type { RecoveryPlan } from '../operations/recovery-plan';
import { renderFailure, renderPlan, renderRecovery } from '../render/recovery';
import type { Style } from '../render/style';
import { unreadableWarnings } from '../render/unreadable';
import type { Outcome } from './base-command';

const SIGNALLED = 128;

/** A batch of one. */
export function single<T>(item: T): Batch<T> {
  return { done: [item], failures: [], unreadable: [] };
}

function outcome<T>(
  { done, failures, unreadable }: Batch<T>,
  exit: number,
  result: unknown,
  render: (item: T, style: Style) => string,
): Outcome {
  const text = (style: Style): string => {
    const parts = [
      ...done.map((item) => render(item, style)),
      ...failures.map((item) => renderFailure(item, style)),
    ];
    return parts.length === 0 ? 'No blocks.\n' : parts.join('');
  };
  return { exit, result, text, warnings: unreadableWarnings(unreadable) };
}

export function plannedOutcome(batch: Batch<RecoveryPlan>): Outcome {
  const { done: plans, failures } = batch;
  return outcome(batch, exitOfBatch(batch, exitOfPlan), { plans, failures }, renderPlan);
}

/** Whoever is interrupted says what was done so far. */
export function recoveredOutcome(batch: Batch<Recovery>): Outcome {
  const { done: blocks, failures } = batch;
  const signal = native().caughtSignal();
  const exit = signal === 0 ? exitOfBatch(batch, exitOfRecovery) : SIGNALLED + signal;
  return outcome(batch, exit, { blocks, failures }, renderRecovery);
}
