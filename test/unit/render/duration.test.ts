import { formatDuration, formatInstant } from '../../../src/render/duration';

const second = 1_000_000_000n;

test.each([
  [0n, '0s'],
  [999n, '999ns'],
  [1_500n, '1us'],
  [250_000_000n, '250ms'],
  [second, '1s'],
  [1_500_000_000n, '1.5s'],
  [9_990_000_000n, '9.9s'],
  [45n * second, '45s'],
  [60n * second, '1m'],
  [192n * second, '3m 12s'],
  [3_600n * second, '1h'],
  [7_500n * second, '2h 5m'],
  [86_400n * second, '1d'],
  [97_200n * second, '1d 3h'],
  [-2n * second, '-2s'],
])('%d ns is %s', (ns, text) => {
  expect(formatDuration(ns)).toBe(text);
});

test('an instant', () => {
  expect(formatInstant(0n)).toBe('1970-01-01 00:00:00 UTC');
  expect(formatInstant(1_795_168_530_999_999_999n)).toBe('2026-11-20 09:55:30 UTC');
});
