/** A command that takes one of the single steps of recovery. */
import { Flags } from '@oclif/core';
import { native } from '../native';
import { planStep, takeStep, type Step } from '../operations/single-steps';
import type { Outcome } from './base-command';
import { BlockCommand } from './block-command';
import { plannedOutcome, recoveredOutcome, single } from './recovery-outcome';

export abstract class StepCommand extends BlockCommand {
  static override flags = {
    'dry-run': Flags.boolean({ summary: 'Change nothing, say what would be done.' }),
  };

  protected abstract readonly step: Step;

  protected override async execute(): Promise<Outcome> {
    const { args, flags } = await this.parse(StepCommand);
    const target = this.blockName({ args, flags });
    if (flags['dry-run']) {
      return { ...plannedOutcome(single(planStep(target, this.location, this.step))), target };
    }
    native().catchSignals();
    return { ...recoveredOutcome(single(takeStep(target, this.location, this.step))), target };
  }
}
