import { colorLevel } from '../../../src/cli/color';

const terminal = true;
const pipe = false;

test('auto colours for a terminal only', () => {
  expect(colorLevel('auto', { TERM: 'xterm' }, terminal)).toBe(1);
  expect(colorLevel('auto', { TERM: 'xterm' }, pipe)).toBe(0);
  expect(colorLevel('auto', { TERM: 'dumb' }, terminal)).toBe(0);
  expect(colorLevel('auto', { COLORTERM: 'truecolor' }, terminal)).toBe(3);
});

test('NO_COLOR switches colour off, unless it is empty', () => {
  expect(colorLevel('auto', { NO_COLOR: '1' }, terminal)).toBe(0);
  expect(colorLevel('auto', { NO_COLOR: '1', FORCE_COLOR: '1' }, terminal)).toBe(0);
  expect(colorLevel('auto', { NO_COLOR: '' }, terminal)).toBe(1);
});

test('FORCE_COLOR colours a pipe', () => {
  expect(colorLevel('auto', { FORCE_COLOR: '1' }, pipe)).toBe(1);
  expect(colorLevel('auto', { FORCE_COLOR: '' }, pipe)).toBe(1);
  expect(colorLevel('auto', { FORCE_COLOR: '2' }, pipe)).toBe(2);
  expect(colorLevel('auto', { FORCE_COLOR: '3' }, pipe)).toBe(3);
  expect(colorLevel('auto', { FORCE_COLOR: '0' }, terminal)).toBe(0);
});

test('the flag wins over the environment', () => {
  expect(colorLevel('always', { NO_COLOR: '1' }, pipe)).toBe(1);
  expect(colorLevel('never', { FORCE_COLOR: '3' }, terminal)).toBe(0);
});
