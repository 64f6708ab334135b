/** Recoveries without end against a block that is in full use: nobody who lives may notice. */
import * as path from 'node:path';
import { blockDirectory } from '../support/block-directory';
import { makeBlock } from '../support/blocks';
import { killChildrenAfterEach, start, startAdmin, until } from '../support/child';
import { documentOf } from '../support/json';
import { leaveTraces } from '../support/participants';
import { root, runAdmin } from '../support/program';

const dir = blockDirectory();
killChildrenAfterEach();

const recoveries = 1000;

/** Plans and applies again and again, as `auto-recover` does, in one process; prints how many actions were taken and refused. */
const recoverer = `
  const { planFor } = require(${JSON.stringify(path.join(root, 'dist', 'operations', 'recovery-plan.js'))});
  const { applyPlan } = require(${JSON.stringify(path.join(root, 'dist', 'operations', 'recovery.js'))});
  const location = { dir: process.argv[1] };
  const sum = { recoveries: 0, applied: 0, refused: 0 };
  for (; sum.recoveries < ${recoveries}; sum.recoveries++) {
    for (const { applied } of applyPlan(planFor('load', location), location).actions) sum[applied ? 'applied' : 'refused']++;
  }
  console.log(JSON.stringify(sum));`;

test('1000 recoveries beside a stream that is verified', async () => {
  makeBlock('load', dir, { slots: 64, slotSize: 256 });
  const consumer = startAdmin(
    ['consume', 'load', '--verify', '--follow', '--output', '/dev/null', '--json', '--count', '300000'],
    { dir },
  );
  await until('it is attached', () => runAdmin(['diagnose', 'load'], { dir }).stdout.includes('consumer'));
  const producers = [1, 2].map(() =>
    startAdmin(['produce', 'load', '--pattern', 'random', '--size', '256', '--count', '150000'], { dir }),
  );
  await until(
    'messages flow',
    () => !runAdmin(['diagnose', 'load'], { dir }).stdout.includes('Next message 0,'),
  );
  // Somebody dies in between, so that there is something to do as well.
  await leaveTraces('attach', 'load', dir);
  const both = [1, 2].map(() => start(process.execPath, ['-e', recoverer, dir], { dir }));
  const sums = [];
  for (const one of both) {
    const { exit, stdout, stderr } = await one.ended;
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
    sums.push(JSON.parse(stdout.toString()) as { recoveries: number; applied: number });
  }
  expect(sums.map((sum) => sum.recoveries)).toEqual([recoveries, recoveries]);
  expect(sums.reduce((total, { applied }) => total + applied, 0)).toBe(1);
  for (const producer of producers) expect(await producer.ended).toMatchObject({ exit: 0 });
  const { exit, stdout, stderr } = await consumer.ended;
  const result = documentOf({ exit, stderr, stdout: stdout.toString() }).result;
  expect({ exit, result }).toMatchObject({
    exit: 0,
    result: { messages: '300000', verification: { passed: true, gaps: '0', order: '0', content: '0' } },
  });
  expect(runAdmin(['diagnose', 'load'], { dir }).exit).toBe(0);
  expect(runAdmin(['validate', 'load'], { dir }).exit).toBe(0);
}, 60_000);
