/** What happens in a rehearsal, for whoever watches it. */

/** A line of explanation. */
export interface Saying {
  kind: 'say';
  text: string;
}

/** Something was done that is no command of ours: a signal, a process in the background, a file damaged. */
export interface Deed {
  kind: 'do';
  command: string;
  output: string;
}

/** A command of ours, as it would be typed, and what it said on both streams. */
export interface Run {
  kind: 'run';
  command: string;
  output: string;
  exit: number | null;
  /** What it had to end with. */
  expected: number;
  passed: boolean;
}

/** Something that had to be so. */
export interface Expectation {
  kind: 'expect';
  text: string;
  passed: boolean;
}

export type Step = Saying | Deed | Run | Expectation;

export function failed(step: Step): boolean {
  return (step.kind === 'run' || step.kind === 'expect') && !step.passed;
}
