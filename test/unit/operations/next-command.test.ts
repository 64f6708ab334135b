import { commandLine, fillInAdvice, nextCommand } from '../../../src/operations/next-command';

test('a command carries over where the block lives', () => {
  expect(nextCommand(['diagnose', 'sensor'])).toBe('datablock-admin diagnose sensor');
  expect(nextCommand(['diagnose', 'sensor'], { dir: '/x' })).toBe('datablock-admin diagnose sensor --dir /x');
  expect(nextCommand(['rm', 'a'], { dir: "/it's here" })).toBe(`datablock-admin rm a --dir '/it'\\''s here'`);
});

test('advice gets the name, and the directory ahead of the remark', () => {
  const line = 'datablock-admin diagnose NAME   # who is it?';
  expect(fillInAdvice(line, {})).toBe(line);
  expect(fillInAdvice(line, { block: 'sensor' })).toBe('datablock-admin diagnose sensor   # who is it?');
  expect(fillInAdvice(line, { block: 'sensor', dir: '/x' })).toBe(
    'datablock-admin diagnose sensor --dir /x   # who is it?',
  );
});

test('advice about the command itself', () => {
  expect(fillInAdvice('datablock-admin COMMAND --help', { command: 'list' })).toBe(
    'datablock-admin list --help',
  );
});

test('advice that is no command of ours gets no flag', () => {
  expect(fillInAdvice('ls -l DIR/NAME', { block: 'sensor', dir: '/x', directory: '/x' })).toBe(
    'ls -l /x/sensor',
  );
  expect(fillInAdvice('Try again.', { block: 'sensor', dir: '/x' })).toBe('Try again.');
});

test('a name that looks like a flag, and words that a shell would take apart', () => {
  expect(nextCommand(['diagnose', '-x', '--slot', '1'])).toBe(
    'datablock-admin diagnose --shm-name=-x --slot 1',
  );
  expect(nextCommand(['force-reset-slot', '-x', '--kill', '--confirm', '-x'])).toBe(
    'datablock-admin force-reset-slot --shm-name=-x --kill --confirm -x',
  );
  expect(fillInAdvice('datablock-admin diagnose NAME   # who?', { block: '-x' })).toBe(
    'datablock-admin diagnose --shm-name=-x   # who?',
  );
  expect(commandLine(['fuser', '-v', "/my dir's/a"])).toBe(`fuser -v '/my dir'\\''s/a'`);
});
