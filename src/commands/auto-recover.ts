import * as fs from 'node:fs';
import { Args, Flags } from '@oclif/core';
import { errorNamed } from '../api/errors';
import { BaseCommand, type Outcome } from '../cli/base-command';
import { shmName } from '../cli/block-command';
import { usageError } from '../cli/usage-error';
import {
  applyPlan,
  exitOfBatch,
  exitOfPlan,
  exitOfRecovery,
  forAllBlocks,
  forEachBlock,
  recover,
  type Batch,
  type Recovery,
} from '../operations/recovery';
import { parsePlans, planFor, type RecoveryPlan } from '../operations/recovery-plan';
import { renderFailure, renderPlan, renderRecovery } from '../render/recovery';
import type { Style } from '../render/style';
import { unreadableWarnings } from '../render/unreadable';

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
  static override description =
    'Acts on participants that are certainly dead, and on nothing else, so it needs no confirmation. Messages that were ' +
    'committed are never lost. --dry-run says what would be done; with --json it is a plan that --plan applies later: what ' +
    'has changed since then is refused, the rest is applied.';
  static override examples = [
    'datablock-admin auto-recover sensor --dry-run',
    'datablock-admin auto-recover sensor',
    'datablock-admin auto-recover --all',
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
  };

  private names: readonly string[] = [];

  protected override get block(): string | undefined {
    return this.names.length === 1 ? this.names[0] : undefined;
  }

  protected override async execute(): Promise<Outcome> {
    const { args, flags } = await this.parse(AutoRecover);
    const { 'shm-name': named } = flags;
    this.names = [...new Set([...(args.NAME ?? []), ...(named === undefined ? [] : [named])])];
    if (flags.all && this.names.length > 0) throw usageError('--all and names of blocks exclude each other');
    if (flags.plan !== undefined) return this.recovered(this.applied(readPlans(flags.plan)));
    if (!flags.all && this.names.length === 0) throw usageError('the name of a block is missing, or --all');
    if (flags['dry-run']) return this.planned(this.each((name) => planFor(name, this.location)));
    return this.recovered(this.each((name) => recover(name, this.location)));
  }

  /** A single block that fails is an error of the command; of several each has its say. */
  private each<T>(work: (name: string) => T): Batch<T> {
    const [name, ...others] = this.names;
    if (name === undefined) return forAllBlocks(this.location, work);
    return others.length === 0
      ? { done: [work(name)], failures: [], unreadable: [] }
      : forEachBlock(this.names, work);
  }

  private applied(plans: readonly RecoveryPlan[]): Batch<Recovery> {
    const byName = new Map(plans.map((plan) => [plan.block, plan]));
    const planOf = (name: string): RecoveryPlan => {
      const plan = byName.get(name);
      if (plan === undefined) throw errorNamed('BAD_DATA', `the plan says nothing of ${name}`);
      return plan;
    };
    if (this.names.length === 0) this.names = [...byName.keys()];
    if (this.names.length === 0) return { done: [], failures: [], unreadable: [] };
    return this.each((name) => applyPlan(planOf(name), this.location));
  }

  private planned(batch: Batch<RecoveryPlan>): Outcome {
    const { done: plans, failures } = batch;
    return this.outcome(batch, exitOfBatch(batch, exitOfPlan), { plans, failures }, renderPlan);
  }

  private recovered(batch: Batch<Recovery>): Outcome {
    const { done: blocks, failures } = batch;
    return this.outcome(batch, exitOfBatch(batch, exitOfRecovery), { blocks, failures }, renderRecovery);
  }

  private outcome<T>(
    batch: Batch<T>,
    exit: number,
    result: unknown,
    render: (item: T, style: Style) => string,
  ): Outcome {
    const { done, failures, unreadable } = batch;
    const { block } = this;
    const text = (style: Style): string => {
      const parts = [
        ...done.map((item) => render(item, style)),
        ...failures.map((item) => renderFailure(item, style)),
      ];
      return parts.length === 0 ? 'No blocks.\n' : parts.join('');
    };
    const warnings = unreadableWarnings(unreadable);
    return { exit, result, text, warnings, ...(block === undefined ? {} : { target: block }) };
  }
}
