/**
 * What `produce` and `consume` have in common: they move data until it ends, or a signal or an error ends
 * them.
 */
import { Flags } from '@oclif/core';
import { DataBlockError, formatErrorNumber, wrapNative } from '../api/errors';
import { MAX_TIMEOUT_MS } from '../api/options';
import { native } from '../native';
import type { PumpRun } from '../operations/pump-run';
import type { Outcome } from './base-command';
import { BlockCommand } from './block-command';
import { writeErr } from './output';
import { ProgressLine } from './progress-line';
import { usageError } from './usage-error';

const SIGNALLED = 128;

export abstract class PumpCommand extends BlockCommand {
  static override baseFlags = {
    ...BlockCommand.baseFlags,
    progress: Flags.boolean({
      allowNo: true,
      default: true,
      helpGroup: 'GLOBAL',
      summary: 'Show progress on a terminal when it takes longer than a second.',
    }),
  };

  /** Runs `run` and says what came of it, whatever ended it. */
  protected pump<S extends object>(
    target: string,
    run: PumpRun<S>,
    render: (summary: S) => string,
    progress: ProgressLine | undefined,
  ): Outcome {
    native().catchSignals();
    let failure: DataBlockError | undefined;
    try {
      run.run();
    } catch (thrown) {
      const error = wrapNative(thrown);
      if (!(error instanceof DataBlockError)) throw error;
      failure = error;
    } finally {
      progress?.clear();
    }
    failure = run.problem?.() ?? failure;
    const signal = native().caughtSignal();
    const interrupted = signal !== 0 && failure?.code === 'INTERRUPTED';
    if (failure?.code === 'BROKEN_PIPE') return { exit: 0, target, result: run.summary() };
    if (interrupted || failure === undefined) {
      return {
        exit: interrupted ? SIGNALLED + signal : 0,
        target,
        result: run.summary(),
        note: () => render(run.summary()),
      };
    }
    return this.#failed(target, run, failure, render);
  }

  /**
   * With `--json` the figures and the error are in one document; else the figures come first, then the error
   * as always.
   */
  #failed<S extends object>(
    target: string,
    run: PumpRun<S>,
    failure: DataBlockError,
    render: (summary: S) => string,
  ): Outcome {
    const summary = run.summary();
    if (!this.wantsJson) {
      if (run.joined) writeErr(render(summary));
      throw failure;
    }
    const { code, number, message } = failure;
    const error = { code, number: formatErrorNumber(number), message };
    return { exit: failure.exitCode, target, result: { ...summary, error }, warnings: [message] };
  }

  /** A progress line, where there is a terminal for it. */
  protected progressLine(wanted: boolean): ProgressLine | undefined {
    return wanted && !this.wantsJson && process.stderr.isTTY ? new ProgressLine() : undefined;
  }

  /** A duration flag as a time-out in milliseconds. */
  protected timeoutMs(flag: string, value: number | undefined, unset: number): number {
    if (value === undefined) return unset;
    const ms = Math.ceil(value);
    if (ms > MAX_TIMEOUT_MS) throw usageError(`--${flag} can be at most 24 days`);
    return ms;
  }
}
