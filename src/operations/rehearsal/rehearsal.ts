/** Playing scenarios. */
import { DataBlockError, wrapNative } from '../../api/errors';
import type { Location } from '../../native';
import { blockDirectory } from '../block-names';
import { errorSummary, type ErrorSummary } from '../error-summary';
import { ExitCode } from '../exit-code';
import type { Scenario } from './scenario';
import { Stage } from './stage';
import type { Step } from './step';
import { fullMemory } from './scenarios/full-shm';
import { futureVersion } from './scenarios/future-version';
import { garbageHeader } from './scenarios/garbage-header';
import { killReader } from './scenarios/kill-reader';
import { killWriter } from './scenarios/kill-writer';
import { otherPidNamespace } from './scenarios/other-pid-namespace';
import { pidReuse } from './scenarios/pid-reuse';
import { stopWriter } from './scenarios/stop-writer-then-continue';
import { suspectedCorruption } from './scenarios/suspected-corruption';
import { tableFull } from './scenarios/table-full';
import { truncated } from './scenarios/truncated';
import { twoRecoveries } from './scenarios/two-recoveries';

export const scenarios: readonly Scenario[] = [
  killWriter,
  killReader,
  stopWriter,
  twoRecoveries,
  tableFull,
  truncated,
  garbageHeader,
  futureVersion,
  suspectedCorruption,
  fullMemory,
  otherPidNamespace,
  pidReuse,
];

export interface Rehearsal {
  scenario: string;
  summary: string;
  /** `impossible`: it cannot be played here; `error` says why. */
  outcome: 'passed' | 'failed' | 'impossible';
  steps: Step[];
  error: ErrorSummary | null;
}

export interface Watcher {
  began: (scenario: Scenario) => void;
  step: (step: Step) => void;
  ended: (rehearsal: Rehearsal) => void;
  /** Ends what is being played. */
  signal: AbortSignal;
}

/** Plays it in a directory of its own, which is gone afterwards. */
export async function rehearse(scenario: Scenario, location: Location, watcher: Watcher): Promise<Rehearsal> {
  const stage = new Stage(blockDirectory(location), watcher.step);
  const interrupt = (): void => {
    stage.interrupt();
  };
  watcher.signal.addEventListener('abort', interrupt, { once: true });
  watcher.began(scenario);
  const error = await playOn(stage, scenario);
  watcher.signal.removeEventListener('abort', interrupt);
  const impossible = error?.code === 'PERMISSION';
  const outcome = impossible ? 'impossible' : stage.failed || error !== null ? 'failed' : 'passed';
  const { name, summary } = scenario;
  const rehearsal: Rehearsal = { scenario: name, summary, outcome, steps: stage.steps, error };
  watcher.ended(rehearsal);
  return rehearsal;
}

async function playOn(stage: Stage, scenario: Scenario): Promise<ErrorSummary | null> {
  try {
    await scenario.play(stage);
    return null;
  } catch (e) {
    const error = wrapNative(e);
    if (!(error instanceof DataBlockError)) throw error;
    return errorSummary(error);
  } finally {
    await stage.clear();
  }
}

const PERMISSION_EXIT = 77;

/** What failed outweighs what could not be played. */
export function exitOfRehearsals(rehearsals: readonly Rehearsal[]): number {
  const interrupted = rehearsals.find(({ error }) => error?.code === 'INTERRUPTED');
  if (interrupted !== undefined) return interrupted.error?.exitCode ?? ExitCode.Corrupt;
  if (rehearsals.some(({ outcome }) => outcome === 'failed')) return ExitCode.Corrupt;
  return rehearsals.some(({ outcome }) => outcome === 'impossible') ? PERMISSION_EXIT : ExitCode.Ok;
}
