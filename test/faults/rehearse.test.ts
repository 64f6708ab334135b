/** The scenarios of `rehearse` are test cases: each is played for real, with the real tools. */
import * as fs from 'node:fs';
import { failed, type Step } from '../../src/operations/rehearsal/step';
import { scenarios, type Rehearsal } from '../../src/operations/rehearsal/rehearsal';
import { blockDirectory } from '../support/block-directory';
import { killChildrenAfterEach, startAdmin, until } from '../support/child';
import { runAdmin } from '../support/program';

const dir = blockDirectory();
killChildrenAfterEach();

/** Plays several scenarios at a time: they wait a lot. */
const lanes = 2;
const played = new Map<string, Rehearsal>();

beforeAll(async () => {
  const left = scenarios.map(({ name }) => name);
  const lane = async (): Promise<void> => {
    for (let name = left.shift(); name !== undefined; name = left.shift()) {
      const { stdout } = await startAdmin(['rehearse', name, '--json'], { dir }).ended;
      const { result } = JSON.parse(stdout.toString()) as { result: Rehearsal[] };
      played.set(name, result[0]!);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}, 120_000);

function wrong(steps: readonly Step[]): Step[] {
  return steps.filter(failed);
}

test.each(scenarios.map(({ name }) => name))('%s', (name) => {
  const { outcome, steps, error } = played.get(name)!;
  if (outcome === 'impossible') return;
  expect({ outcome, wrong: wrong(steps), error }).toEqual({ outcome: 'passed', wrong: [], error: null });
  expect(steps.some(({ kind }) => kind === 'run')).toBe(true);
});

test('nothing is left behind, also when it is interrupted', async () => {
  expect(fs.readdirSync(dir)).toEqual([]);
  const child = startAdmin(['rehearse', 'kill-reader'], { dir });
  await until('a consumer is there', () => child.stdout.includes('consume'));
  child.kill('SIGINT');
  expect((await child.ended).exit).toBe(130);
  expect(fs.readdirSync(dir)).toEqual([]);
});

test('what needs rights that are not there: exit 77, and says so', () => {
  // Without unshare there is no way to make a namespace.
  const { exit, stdout } = runAdmin(['rehearse', 'full-shm'], { dir, env: { PATH: '/nowhere' } });
  expect(exit).toBe(77);
  expect(stdout).toMatch(/\[SKIPPED\] full-shm: It needs root, /);
});

test('the list, and wrong usage', () => {
  const { stdout } = runAdmin(['rehearse', '--list']);
  for (const { name, summary } of scenarios)
    expect(stdout).toMatch(new RegExp(`^ {2}${name} +${summary}$`, 'm'));
  expect(runAdmin(['rehearse', 'kill-writr']).stderr).toMatch(/did you mean kill-writer\?/);
  expect(runAdmin(['rehearse']).exit).toBe(64);
  expect(runAdmin(['rehearse', 'truncated', '--all']).exit).toBe(64);
});
