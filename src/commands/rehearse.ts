import { Args, Flags } from '@oclif/core';
import { closestName } from '../api/closest-name';
import { BaseCommand, type Outcome } from '../cli/base-command';
import { writeOut } from '../cli/output';
import { usageError } from '../cli/usage-error';
import {
  exitOfRehearsals,
  rehearse,
  scenarios,
  type Rehearsal,
  type Watcher,
} from '../operations/rehearsal/rehearsal';
import type { Scenario } from '../operations/rehearsal/scenario';
import { renderRehearsal, renderScenario, renderScenarios, renderStep } from '../render/rehearsal';

function scenarioNamed(name: string): Scenario {
  const scenario = scenarios.find((one) => one.name === name);
  if (scenario !== undefined) return scenario;
  const near = closestName(
    name,
    scenarios.map((one) => one.name),
  );
  throw usageError(`there is no scenario ${name}${near === undefined ? '' : ` (did you mean ${near}?)`}`);
}

export default class Rehearse extends BaseCommand {
  static override summary =
    'Let something go wrong for real, and show what the tools say and how it is repaired.';
  static override description =
    'Each scenario makes a block in a directory of its own, really kills, stops, truncates or fills, repairs, and removes ' +
    'everything again; the blocks that there are stay untouched. Exit code 6 when something was not as expected, 77 when a scenario needs ' +
    'rights that this user has not.';
  static override examples = [
    'datablock-admin rehearse --list',
    'datablock-admin rehearse kill-writer',
    'datablock-admin rehearse --all --json',
  ];
  static override args = {
    SCENARIO: Args.string({ ignoreStdin: true, description: 'Which one; --list shows them all.' }),
  };
  static override flags = {
    list: Flags.boolean({ summary: 'Show what there is to rehearse.', exclusive: ['all'] }),
    all: Flags.boolean({ default: false, summary: 'Rehearse everything, one after another.' }),
  };

  protected override async execute(): Promise<Outcome> {
    const { args, flags } = await this.parse(Rehearse);
    if (flags.list) {
      const result = scenarios.map(({ name, summary }) => ({ name, summary }));
      return { exit: 0, result, text: (style) => renderScenarios(scenarios, style) };
    }
    if (flags.all === (args.SCENARIO !== undefined))
      throw usageError('name one scenario, or say --all (or --list)');
    const chosen = args.SCENARIO === undefined ? scenarios : [scenarioNamed(args.SCENARIO)];
    const rehearsals = await this.rehearsed(chosen);
    return { exit: exitOfRehearsals(rehearsals), result: rehearsals };
  }

  /** What happens is shown while it happens. */
  private async rehearsed(chosen: readonly Scenario[]): Promise<Rehearsal[]> {
    const style = this.style(process.stdout);
    const show = (text: string): void => {
      if (!this.wantsJson) writeOut(text);
    };
    const signalled = new AbortController();
    const onSignal = (): void => {
      signalled.abort();
    };
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
    const watcher: Watcher = {
      began: (scenario) => {
        show(renderScenario(scenario, style));
      },
      step: (step) => {
        show(renderStep(step, style));
      },
      ended: (rehearsal) => {
        show(`${renderRehearsal(rehearsal, style)}${chosen.length > 1 ? '\n' : ''}`);
      },
      signal: signalled.signal,
    };
    const rehearsals: Rehearsal[] = [];
    for (const scenario of chosen) {
      if (!signalled.signal.aborted) rehearsals.push(await rehearse(scenario, this.location, watcher));
    }
    return rehearsals;
  }
}
