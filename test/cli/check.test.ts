import { blockDirectory } from '../support/block-directory';
import { makeBlock, publish } from '../support/blocks';
import { documentOf } from '../support/json';
import { leaveTraces, Participant } from '../support/participants';
import { runAdmin, type Run } from '../support/program';

const dir = blockDirectory();

function check(...args: string[]): Run {
  return runAdmin(['check', ...args], { dir });
}

test('0: nothing is too much', () => {
  makeBlock('good', dir);
  const { exit, stdout, stderr } = check('good', '--max-lag', '80%', '--max-stuck', '5s');
  expect({ exit, stderr }).toEqual({ exit: 0, stderr: '' });
  expect(stdout).toMatch(
    /^DATABLOCK OK - good: lag 0 of 4, stuck 0s, dead 0 of 64 \| lag=0;;3\.2;0;4 [^\n]+\n$/,
  );
});

test('1 and 2: above the limits', async () => {
  makeBlock('lag', dir);
  await Participant.start('follow', 'lag', dir);
  publish('lag', dir, 3);
  expect(check('lag', '--warn-lag', '50%', '--max-lag', '80%').exit).toBe(1);
  const { exit, stdout } = check('lag', '--warn-lag', '2', '--max-lag', '70%');
  expect(exit).toBe(2);
  expect(stdout).toMatch(/^DATABLOCK CRITICAL - lag: lag 3 of 4 is too much \| lag=3;2;2\.8;0;4 /);
  await Participant.start('write', 'lag', dir);
  expect(check('lag', '--max-stuck', '1ms').stdout).toMatch(/stuck \S+s is too much/);
});

test('1: the dead, whatever the limits', async () => {
  makeBlock('dead', dir);
  await leaveTraces('write', 'dead', dir);
  const { exit, stdout } = check('dead');
  expect(exit).toBe(1);
  expect(stdout).toMatch(/^DATABLOCK WARNING - dead: 2 traces safe to repair \(auto-recover\) \|/);
  expect(check('dead', '--max-dead', '0').exit).toBe(2);
});

test('2: not there; 3: asked wrongly; on standard output all the same', () => {
  const missing = check('nowhere');
  expect({ exit: missing.exit, stderr: missing.stderr }).toEqual({ exit: 2, stderr: '' });
  expect(missing.stdout).toMatch(/^DATABLOCK CRITICAL - nowhere: [^\n|]+ \(DB0501 NO_SUCH_BLOCK\)\n$/);
  const wrong = check('good', '--max-lag', 'much');
  expect({ exit: wrong.exit, stderr: wrong.stderr }).toEqual({ exit: 3, stderr: '' });
  expect(wrong.stdout).toMatch(/^DATABLOCK UNKNOWN - [^\n]+USAGE\)\n$/);
});

test('prometheus and json, also of what is not there', () => {
  expect(check('good', '--format', 'prometheus').stdout).toMatch(/^datablock_up\{block="good"\} 1$/m);
  expect(check('nowhere', '--format=prometheus').stdout).toMatch(
    /^datablock_check_status\{block="nowhere"\} 2$/m,
  );
  const good = check('good', '--format', 'json');
  expect(documentOf(good)).toMatchObject({ status: 'ok', exit: 0 });
  expect(check('good', '--json').exit).toBe(0);
  expect(documentOf(check('nowhere', '--json'))).toMatchObject({ status: 'critical', exit: 2 });
});
