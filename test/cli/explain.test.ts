import { runAdmin } from '../support/program';

test.each(['DB0501', '501', 'db501', 'NO_SUCH_BLOCK', 'no-such-block'])('explain %s', (code) => {
  const { exit, stdout, stderr } = runAdmin(['explain', code]);
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  expect(stdout).toMatch(
    /^DB0501 NO_SUCH_BLOCK\nThere is no block of this name\.\nExit code: 66\nWhat to do\n {2}datablock-admin list/,
  );
});

test('--json', () => {
  const { result } = JSON.parse(runAdmin(['explain', '601', '--json']).stdout) as { result: unknown };
  expect(result).toMatchObject({ number: 'DB0601', name: 'OWNER_ALIVE', exitCode: 5 });
});

test('an unknown code: what was meant', () => {
  const { exit, stdout, stderr } = runAdmin(['explain', 'NO_SUCH_BLOK']);
  expect({ exit, stdout }).toEqual({ exit: 64, stdout: '' });
  expect(stderr).toMatch(/there is no error NO_SUCH_BLOK \(did you mean NO_SUCH_BLOCK\?\)/);
  expect(runAdmin(['explain', '9999']).exit).toBe(64);
});
