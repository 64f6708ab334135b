/** Tools that run twice at the same time: nobody knows what else runs at 3 a.m. */
import { start } from './child';
import { documentOf } from './json';
import { admin, runAdmin, type Run } from './program';

/** The same command of datablock-admin twice at once, behind some words. */
export async function twice(
  args: readonly string[],
  dir: string,
  behind: readonly string[] = [],
): Promise<Run[]> {
  const [program, ...words] = [...behind, process.execPath, admin, ...args];
  const both = [1, 2].map(() => start(program!, words, { dir }));
  const ends = await Promise.all(both.map(({ ended }) => ended));
  return ends.map(({ exit, stdout, stderr }) => ({ exit, stdout: stdout.toString(), stderr }));
}

/** Exit codes of both. */
export async function exitsOfTwo(
  args: readonly string[],
  dir: string,
  behind: readonly string[] = [],
): Promise<(number | null)[]> {
  return (await twice(args, dir, behind)).map(({ exit }) => exit);
}

interface Recorded {
  action: string;
  participant: number;
  slot: number | null;
  before: string;
}

/** No step is on record twice. */
export function expectNothingDoneTwice(name: string, dir: string): void {
  const { entries } = documentOf(runAdmin(['history', name, '--json'], { dir })).result as {
    entries: Recorded[];
  };
  const steps = entries.map(({ action, participant, slot, before }) =>
    [action, participant, slot, before].join(' '),
  );
  expect(steps).not.toEqual([]);
  expect(new Set(steps).size).toBe(steps.length);
}

/** Two recoveries at once, of a block that somebody dead has left traces in: together they do all of it, and nothing twice. */
export async function expectRepairByTwo(
  name: string,
  dir: string,
  behind: readonly string[] = [],
): Promise<void> {
  const both = await twice(['auto-recover', name], dir, behind);
  // 1: it did something; 0: the other one was faster with everything.
  const exits = both.map(({ exit }) => exit).sort();
  expect({ exits, stderr: both.map(({ stderr }) => stderr).join('') }).toEqual({
    exits: [exits[0] === 0 ? 0 : 1, 1],
    stderr: '',
  });
  expectNothingDoneTwice(name, dir);
  expect(runAdmin(['diagnose', name], { dir }).exit).toBe(0);
  expect(runAdmin(['validate', name], { dir }).exit).toBe(0);
}
