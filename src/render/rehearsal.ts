/** A rehearsal as it goes on: what is done, as it would be typed, and what came of it. */
import type { Rehearsal } from '../operations/rehearsal/rehearsal';
import type { Scenario } from '../operations/rehearsal/scenario';
import type { Step } from '../operations/rehearsal/step';
import type { Style } from './style';
import { renderFields } from './table';

function indented(output: string): string {
  return output.replace(/^(?=.)/gm, '    ');
}

export function renderScenario({ name, summary }: Scenario, { color }: Style): string {
  return `${color.bold(name)}: ${summary}\n`;
}

/** What is as expected needs no word. */
export function renderStep(step: Step, { color }: Style): string {
  switch (step.kind) {
    case 'say':
      return `\n${step.text}\n`;
    case 'do':
      return `$ ${step.command}\n${indented(step.output)}`;
    case 'run': {
      const { command, output, exit, expected, passed } = step;
      const end = exit === 0 ? '' : `    (exit ${String(exit)})\n`;
      const verdict = passed ? '' : `${color.red('[FAILED]')} not as expected, which is exit ${expected}\n`;
      return `$ ${color.bold(command)}\n${indented(output)}${end}${verdict}`;
    }
    case 'expect':
      return `${step.passed ? color.green('[OK]') : color.red('[FAILED]')} ${step.text}\n`;
  }
}

export function renderRehearsal({ scenario, outcome, error }: Rehearsal, { color }: Style): string {
  switch (outcome) {
    case 'passed':
      return `\n${color.green('[OK]')} ${scenario}: all as expected\n`;
    case 'failed':
      return `\n${color.red('[FAILED]')} ${scenario}${error === null ? '' : `: ${error.message}`}\n`;
    case 'impossible':
      return `\n${color.yellow('[SKIPPED]')} ${scenario}: ${error?.message ?? ''}\n`;
  }
}

export function renderScenarios(scenarios: readonly Scenario[], style: Style): string {
  return renderFields(
    scenarios.map(({ name, summary }) => [name, summary] as const),
    style,
  );
}
