import { parseInputFraming } from '../../../src/cli/input-framing-flag';
import { parseRate } from '../../../src/cli/rate';

test.each([
  ['1000/s', 1000],
  ['1000', 1000],
  ['0.5/s', 0.5],
  [' 3/s ', 3],
])('the rate %j', async (text, perSecond) => {
  expect(await parseRate(text)).toBe(perSecond);
});

test.each(['', '0', '0/s', '-1/s', '5/m', 'fast', '1e3/s', 'NaN', 'Infinity'])(
  '%j is no rate',
  async (text) => {
    await expect(parseRate(text)).rejects.toThrow('is no rate, such as 1000/s');
  },
);

test.each([
  ['lines', { kind: 'lines' }],
  ['length', { kind: 'length' }],
  ['raw', { kind: 'raw' }],
  ['fixed:1', { kind: 'fixed', size: 1 }],
  ['fixed:64KiB', { kind: 'fixed', size: 65_536 }],
])('the framing %j', async (text, framing) => {
  expect(await parseInputFraming(text)).toEqual(framing);
});

test.each(['', 'line', 'fixed', 'fixed:', 'fixed:0', 'fixed:-1', 'fixed:1K', 'hex', 'Lines'])(
  '%j is no framing',
  async (text) => {
    await expect(parseInputFraming(text)).rejects.toThrow(RangeError);
  },
);
