import { limitFlags, limitsOf } from '../../../src/cli/check-flags';
import { absolute, exceeds } from '../../../src/operations/check/limit';

async function parsed(flag: string, text: string): Promise<unknown> {
  const parse = limitFlags[flag]?.parse as unknown as (text: string) => Promise<unknown>;
  return parse(text);
}

test('counts, shares and durations', async () => {
  expect(await parsed('max-lag', '80%')).toEqual({ value: 80, percent: true });
  expect(await parsed('max-lag', '100')).toEqual({ value: 100, percent: false });
  expect(await parsed('warn-stuck', '1500ms')).toEqual({ value: 1.5, percent: false });
  expect(await parsed('max-dead', '0')).toEqual({ value: 0, percent: false });
});

test.each([
  ['max-lag', 'much'],
  ['max-lag', '-1'],
  ['max-dead', '50%'],
  ['max-dead', '1.5'],
  ['max-stuck', '5'],
])('--%s %s is refused', async (flag, text) => {
  await expect(parsed(flag, text)).rejects.toThrow(RangeError);
});

test('a limit is exceeded above it, not at it', () => {
  const quantity = { value: 8, most: 10 };
  expect(absolute({ value: 80, percent: true }, quantity)).toBe(8);
  expect(exceeds(quantity, { value: 80, percent: true })).toBe(false);
  expect(exceeds(quantity, { value: 79, percent: true })).toBe(true);
  expect(exceeds(quantity, undefined)).toBe(false);
});

test('only the limits that were given', () => {
  const limit = { value: 1, percent: false };
  expect(limitsOf({ 'max-lag': limit, 'warn-dead': limit, format: 'nagios' })).toEqual({
    max: { lag: limit },
    warn: { dead: limit },
  });
});
