const second = 1_000_000_000n;
const minute = 60n * second;
const hour = 60n * minute;
const day = 24n * hour;

/** Two units at most: `3m 12s`, and no second one that is zero. */
function pair(ns: bigint, large: bigint, largeName: string, small: bigint, smallName: string): string {
  const rest = (ns % large) / small;
  const whole = `${ns / large}${largeName}`;
  return rest === 0n ? whole : `${whole} ${rest}${smallName}`;
}

/** A duration as people say it: `45s`, `3m 12s`, `250ms`. */
export function formatDuration(ns: bigint): string {
  if (ns === 0n) return '0s';
  if (ns < 0n) return `-${formatDuration(-ns)}`;
  if (ns >= day) return pair(ns, day, 'd', hour, 'h');
  if (ns >= hour) return pair(ns, hour, 'h', minute, 'm');
  if (ns >= minute) return pair(ns, minute, 'm', second, 's');
  if (ns >= 10n * second) return `${ns / second}s`;
  if (ns >= second) return `${(Number(ns / 100_000_000n) / 10).toString()}s`;
  if (ns >= 1_000_000n) return `${ns / 1_000_000n}ms`;
  if (ns >= 1_000n) return `${ns / 1_000n}us`;
  return `${ns}ns`;
}

/** An instant, from nanoseconds since 1970: `2026-11-20 10:15:30 UTC`. */
export function formatInstant(ns: bigint): string {
  const iso = new Date(Number(ns / 1_000_000n)).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}
