import { native } from '../native';
import { errorNamed } from '../api/errors';

/** SIGINT and SIGTERM are looked for this often during a sleep. */
const SLICE_MS = 20;

const neverNotified = new Int32Array(new SharedArrayBuffer(4));

/** Throws INTERRUPTED when SIGINT or SIGTERM has come since native().catchSignals(). */
export function throwIfSignalled(): void {
  if (native().caughtSignal() !== 0) throw errorNamed('INTERRUPTED');
}

/** Blocks this thread. @returns false when a signal cut it short. */
export function sleep(ms: number): boolean {
  const end = performance.now() + ms;
  for (let left = ms; left > 0; left = end - performance.now()) {
    if (native().caughtSignal() !== 0) return false;
    Atomics.wait(neverNotified, 0, 0, Math.min(left, SLICE_MS));
  }
  return native().caughtSignal() === 0;
}
