/** Work that is done again and again until SIGINT or SIGTERM ends it. */
import { setTimeout as pause } from 'node:timers/promises';
import { isReaderGone } from './output';
import { parseDuration } from './duration';
import { usageError } from './usage-error';

const DEFAULT_WATCH = '1s';

/** `--watch` alone stands for `--watch=1s`: the value of an oclif flag is not optional. */
export function withWatchValue(argv: readonly string[]): string[] {
  const end = argv.indexOf('--');
  const words = end === -1 ? argv.length : end;
  return argv.map((word, i) => (word === '--watch' && i < words ? `--watch=${DEFAULT_WATCH}` : word));
}

/** Milliseconds; a bare number counts seconds. */
export function watchInterval(text: string): Promise<number> {
  return Promise.resolve().then(() => {
    const ms = parseDuration(/^\d+(\.\d+)?$/.test(text) ? `${text}s` : text);
    if (ms < 10) throw usageError('--watch looks at most every 10ms');
    return ms;
  });
}

/**
 * Calls `cycle` every `ms`; returns the signal that ended it, or null when nobody reads standard output any more. A cycle is never cut
 * short.
 */
export async function watch(ms: number, cycle: () => void): Promise<NodeJS.Signals | null> {
  const stop = new AbortController();
  let signal: NodeJS.Signals | null = null;
  const note = (name: NodeJS.Signals): void => {
    signal ??= name;
    stop.abort();
  };
  process.on('SIGINT', note).on('SIGTERM', note);
  try {
    for (;;) {
      cycle();
      if (isReaderGone()) return null;
      // Signals that came during the cycle are delivered at this await.
      await pause(ms, undefined, { signal: stop.signal }).catch(() => undefined);
      if (stop.signal.aborted) return signal;
    }
  } finally {
    process.off('SIGINT', note).off('SIGTERM', note);
  }
}
