const millisecondsPerUnit: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

const units = Object.keys(millisecondsPerUnit).join(', ');
const pattern = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i;

/**
 * Reads a duration as people write it: `500ms`, `2s`, `1.5m`.
 * A bare number is refused, since nobody can tell what it counts; only `0` needs no unit.
 *
 * @returns milliseconds
 * @throws RangeError saying what is wrong
 */
export function parseDuration(text: string): number {
  const match = pattern.exec(text.trim());
  const amount = match?.[1];
  const unit = match?.[2];
  if (amount === undefined || unit === undefined)
    throw new RangeError(`"${text}" is no duration, such as 500ms, 2s or 1m`);
  if (unit === '') {
    if (Number(amount) === 0) return 0;
    throw new RangeError(`"${text}" needs a unit, such as ${amount}ms or ${amount}s`);
  }
  const factor = millisecondsPerUnit[unit];
  if (factor === undefined) throw new RangeError(`"${unit}" is no unit of time; there are ${units}`);
  return Number(amount) * factor;
}

/** Like {@link parseDuration}, in nanoseconds for the native layer. */
export function parseDurationNs(text: string): bigint {
  return BigInt(Math.round(parseDuration(text) * 1e6));
}
