import { blockDirectory } from '../support/block-directory';
import { makeBlock } from '../support/blocks';
import { leaveTraces } from '../support/participants';
import { runAdmin } from '../support/program';

const dir = blockDirectory();

test('nothing yet', () => {
  makeBlock('quiet', dir);
  expect(runAdmin(['history', 'quiet'], { dir })).toEqual({
    exit: 0,
    stdout: 'Nothing was ever repaired or forced here.\n',
    stderr: '',
  });
});

test('a repair is on record: when, who, what, why', async () => {
  makeBlock('repaired', dir);
  await leaveTraces('write', 'repaired', dir);
  expect(runAdmin(['auto-recover', 'repaired'], { dir }).exit).toBe(1);
  const { stdout } = runAdmin(['history', 'repaired'], { dir });
  expect(stdout).toMatch(/^TIME +ACTION +PARTICIPANT +SLOT +MESSAGE +BY PID +EVIDENCE +WORD\n/);
  expect(stdout).toMatch(/^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC +\S+ +1 +0 +0 /m);

  const { result } = JSON.parse(runAdmin(['history', 'repaired', '--json'], { dir }).stdout) as {
    result: { entries: { slot: number | null; uid: number; before: string; after: string }[] };
  };
  const entry = result.entries.find(({ slot }) => slot === 0)!;
  expect(entry.uid).toBe(process.getuid!());
  expect(entry.before).not.toBe(entry.after);
});
