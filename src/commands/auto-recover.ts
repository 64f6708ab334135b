import * as fs from 'node:fs';
import { Args, Flags } from '@oclif/core';
import { errorNamed } from '../api/errors';
import { BaseCommand, type Outcome } from '../cli/base-command';
import { shmName } from '../cli/block-command';
import { confirm, confirmationFlags } from '../cli/confirmation';
import { resultEnvelope, toJsonLine } from '../cli/envelope';
import { writeOut } from '../cli/output';
import { plannedOutcome, recoveredOutcome, single } from '../cli/recovery-outcome';
import { usageError } from '../cli/usage-error';
import { watch, watchInterval, withWatchValue } from '../cli/watching';
import { native } from '../native';
import { killCleaner, stoppedCleaners } from '../operations/killing';
import { applyPlan, forAllBlocks, forEachBlock, recover, type Batch } from '../operations/recovery';
import { parsePlans, planFor, type RecoveryPlan } from '../operations/recovery-plan';
import { RecoveryWatch, type WatchEvent } from '../operations/recovery-watch';
import { renderWatchEvent } from '../render/recovery';

function readPlans(file: string): RecoveryPlan[] {
  let text: string;
  try {
    text = fs.readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (e) {
    throw errorNamed('IO', `the plan: ${(e as Error).message}`, { cause: e });
  }
  return parsePlans(text);
}

export default class AutoRecover extends BaseCommand {
  static override summary = 'Repair what dead participants left behind.';
  static override description = `Acts on participants that are certainly dead, and on nothing else, so it needs no confirmation. Messages that were committed are never lost. --dry-run says what would be done; with --json it is a plan that --plan applies later: what has changed since then is refused, the rest is applied.

With --watch it is a daemon: looks again and again, prints a line for each action, and ends with 0 at SIGINT or SIGTERM. Blocks may come and go meanwhile.`;
  static override examples = [
    'datablock-admin auto-recover sensor --dry-run',
    'datablock-admin auto-recover sensor',
    'datablock-admin auto-recover --all',
    'datablock-admin auto-recover --all --watch=5 --json',
    'datablock-admin auto-recover sensor --dry-run --json > plan.json; datablock-admin auto-recover --plan plan.json',
  ];
  static override args = {
    NAME: Args.string({ multiple: true, ignoreStdin: true, description: 'Names of the blocks.' }),
  };
  static override flags = {
    ...shmName,
    all: Flags.boolean({ summary: 'Every block of the directory.', exclusive: ['plan', 'shm-name'] }),
    'dry-run': Flags.boolean({ summary: 'Change nothing, say what would be done.' }),
    plan: Flags.string({
      helpValue: 'FILE',
      summary: 'Apply this plan; - is standard input.',
      exclusive: ['dry-run'],
    }),
    watch: Flags.custom<number>({ parse: watchInterval })({
      helpValue: 'SECS',
      summary: 'Do it again and again; --watch alone: every second.',
      exclusive: ['dry-run', 'plan', 'kill-cleaner'],
    }),
    'kill-cleaner': Flags.boolean({
      summary:
        'End whoever was stopped while it cleaned up, which keeps everybody else from it; asks before.',
      exclusive: ['dry-run', 'plan'],
    }),
    ...confirmationFlags,
  };

  private names: readonly string[] = [];

  protected override get block(): string | undefined {
    return this.names.length === 1 ? this.names[0] : undefined;
  }

  protected override streams(): boolean {
    return this.argv.some((word) => word.startsWith('--watch'));
  }

  protected override async execute(): Promise<Outcome> {
    const { args, flags } = await this.parse(AutoRecover, withWatchValue(this.argv));
    const { 'shm-name': named } = flags;
    this.names = [...new Set([...(args.NAME ?? []), ...(named === undefined ? [] : [named])])];
    if (flags.all && this.names.length > 0) throw usageError('--all and names of blocks exclude each other');
    if (flags.plan !== undefined) return this.about(this.applied(readPlans(flags.plan)));
    if (!flags.all && this.names.length === 0) throw usageError('the name of a block is missing, or --all');
    if (flags.watch !== undefined) return this.watched(flags.watch);
    if (flags['dry-run'])
      return this.about(plannedOutcome(this.each((name) => planFor(name, this.location))));
    if (flags['kill-cleaner']) await this.endCleaners(flags);
    native().catchSignals();
    return this.about(recoveredOutcome(this.each((name) => recover(name, this.location))));
  }

  private about(outcome: Outcome): Outcome {
    return this.block === undefined ? outcome : { ...outcome, target: this.block };
  }

  /** A single block that fails is an error of the command; of several each has its say. */
  private each<T>(work: (name: string) => T): Batch<T> {
    const [name, ...others] = this.names;
    if (name === undefined) return forAllBlocks(this.location, work);
    return others.length === 0 ? single(work(name)) : forEachBlock(this.names, work);
  }

  private applied(plans: readonly RecoveryPlan[]): Outcome {
    const byName = new Map(plans.map((plan) => [plan.block, plan]));
    const planOf = (name: string): RecoveryPlan => {
      const plan = byName.get(name);
      if (plan === undefined) throw errorNamed('BAD_DATA', `the plan says nothing of ${name}`);
      return plan;
    };
    if (this.names.length === 0) this.names = [...byName.keys()];
    native().catchSignals();
    if (this.names.length === 0) return recoveredOutcome({ done: [], failures: [], unreadable: [] });
    return recoveredOutcome(this.each((name) => applyPlan(planOf(name), this.location)));
  }

  private async endCleaners(flags: { yes: boolean; confirm?: string[] | undefined }): Promise<void> {
    const cleaners = this.each((name) => stoppedCleaners(name, this.location)).done.flat();
    for (const cleaner of cleaners) {
      await confirm({
        question: `End PID ${cleaner.pid}, which was stopped while it cleaned up ${cleaner.block}?`,
        answer: cleaner.block,
        confirmed: flags.yes || (flags.confirm ?? []).includes(cleaner.block),
      });
      killCleaner(cleaner, this.location);
    }
  }

  private async watched(ms: number): Promise<Outcome> {
    const counts = { actions: 0 };
    const tell = (event: WatchEvent): void => {
      if (event.event === 'action' && event.action.applied) counts.actions += 1;
      const now = new Date();
      const line = { exit: 0, target: event.block, result: event };
      writeOut(
        this.wantsJson
          ? toJsonLine(resultEnvelope(this.speaker, now, line))
          : renderWatchEvent(event, now, this.style(process.stdout)),
      );
    };
    const names = this.names.length === 0 ? undefined : this.names;
    const watcher = new RecoveryWatch(this.location, names, tell);
    const signal = await watch(ms, () => {
      watcher.cycle();
    });
    const result = { event: 'ended', signal, ...counts };
    return { exit: 0, result, note: () => `Ended by ${signal ?? 'its reader'}, ${counts.actions} actions\n` };
  }
}
