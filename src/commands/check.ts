import { Flags } from '@oclif/core';
import { DataBlockError, formatErrorNumber, wrapNative } from '../api/errors';
import type { Outcome } from '../cli/base-command';
import { limitFlags, limitsOf } from '../cli/check-flags';
import { resultEnvelope, toJson } from '../cli/envelope';
import type { ErrorReport } from '../cli/error-report';
import { ReadCommand } from '../cli/read-command';
import { stuckAfterFlag } from '../cli/unit-flags';
import { check, statusOfError, type Status } from '../operations/check/check';
import { renderNagios, renderNagiosError, wordFor } from '../render/check/nagios';
import { renderPrometheus, renderPrometheusError } from '../render/check/prometheus';

const formats = ['nagios', 'prometheus', 'json'] as const;

/** A command line that could not be parsed has a format all the same. */
function formatIn(argv: readonly string[]): string {
  const at = argv.findIndex((word) => word === '--format' || word.startsWith('--format='));
  if (argv.includes('--json')) return 'json';
  return argv[at]?.split('=')[1] ?? argv[at + 1] ?? 'nagios';
}

export default class Check extends ReadCommand {
  static override summary = 'Compare a block with limits, for monitoring.';
  static override description = `The exit code is that of monitoring plugins, and of this command alone: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.

CRITICAL: above a --max limit, corrupt, or not there. WARNING: above a --warn limit, dead participants that nobody cleaned up after, somebody stopped or slow. UNKNOWN: it cannot be looked at, or it cannot be said who is alive. Changes nothing.`;
  static override examples = [
    'datablock-admin check sensor --max-lag 80% --max-stuck 5s',
    'datablock-admin check sensor --warn-lag 50% --max-lag 90% --max-dead 0 --format prometheus',
  ];
  static override flags = {
    ...limitFlags,
    format: Flags.option({
      options: formats,
      default: 'nagios',
      summary: 'nagios: one line with performance data; prometheus: its text format; json: as --json.',
    })(),
    'stuck-after': stuckAfterFlag,
  };

  protected override get wantsJson(): boolean {
    return super.wantsJson || formatIn(this.argv) === 'json';
  }

  protected override async execute(): Promise<Outcome> {
    const { args, flags } = await this.parse(Check);
    const { name: target, location } = this.subject({ args, flags });
    const checked = check(target, location, flags['stuck-after'], limitsOf(flags));
    const { status, measured, findings } = checked;
    const render = flags.format === 'prometheus' ? renderPrometheus : renderNagios;
    return {
      exit: status,
      status: wordFor(status).toLowerCase(),
      target,
      result: { measured, findings },
      text: () => render(target, checked),
    };
  }

  /** Monitoring reads standard output, and knows four exit codes. */
  protected override reportOf(thrown: unknown, block = this.block): ErrorReport {
    const error = wrapNative(thrown);
    const status: Status = statusOfError(error);
    const known = error instanceof DataBlockError ? error : undefined;
    const message = `${(error as Error).message}${known === undefined ? '' : ` (${formatErrorNumber(known.number)} ${known.code})`}`;
    return { stream: 'out', exit: status, text: this.errorText(status, message, block) };
  }

  private errorText(status: Status, message: string, block: string | undefined): string {
    const format = formatIn(this.argv);
    if (format === 'prometheus') return renderPrometheusError(block, status);
    if (format !== 'json') return renderNagiosError(block, status, message);
    const outcome = {
      exit: status,
      status: wordFor(status).toLowerCase(),
      target: block,
      result: { message },
    };
    return toJson(resultEnvelope(this.speaker, new Date(), outcome));
  }
}
