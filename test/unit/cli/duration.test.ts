import { parseDuration, parseDurationNs } from '../../../src/cli/duration';

test.each([
  ['500ms', 500],
  ['2s', 2_000],
  ['1m', 60_000],
  ['1.5m', 90_000],
  ['2h', 7_200_000],
  ['1d', 86_400_000],
  ['250us', 0.25],
  ['10 s', 10_000],
  [' 3s ', 3_000],
  ['0', 0],
  ['0s', 0],
])('%j is %d ms', (text, milliseconds) => {
  expect(parseDuration(text)).toBe(milliseconds);
});

test.each([
  ['500', /needs a unit, such as 500ms or 500s/],
  ['5 parsecs', /"parsecs" is no unit of time/],
  ['5S', /"S" is no unit of time/],
  ['-5s', /is no duration/],
  ['', /is no duration/],
  ['s', /is no duration/],
  ['1e3s', /is no unit|is no duration/],
  ['0x10s', /is no unit|is no duration/],
  ['1m30s', /is no duration/],
])('%j is refused', (text, reason) => {
  expect(() => parseDuration(text)).toThrow(reason);
});

test('nanoseconds for the native layer', () => {
  expect(parseDurationNs('30s')).toBe(30_000_000_000n);
  expect(parseDurationNs('250us')).toBe(250_000n);
  expect(parseDurationNs('1ns')).toBe(1n);
});
