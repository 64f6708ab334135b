import { ErrorNumber, errorNamed } from './errors';
import { checkWaitOptions } from './options';

/** How an asynchronous call waits. */
export interface WaitOptions {
  /** Milliseconds on the monotonic clock: 0 tries once, -1 waits for ever. Default: that of the handle. */
  timeoutMs?: number;
  /** Ends the wait, within 100 ms, with DataBlockError INTERRUPTED whose `cause` is the signal's reason. */
  signal?: AbortSignal;
}

/** A wait in the addon cannot be called off, so a wait that may be aborted is made of slices this long. */
const SLICE_MS = 100;

function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted)
    throw errorNamed('INTERRUPTED', 'the AbortSignal was aborted', { cause: signal.reason });
}

/**
 * Waits with one of the addon's asynchronous calls, and returns its status. What arrives in the very slice in
 * which the signal is aborted is returned: it was taken in hand, so it must not be lost.
 */
export async function waitAsync(
  what: string,
  wait: (timeoutMs: number) => Promise<number>,
  options: WaitOptions,
  defaultMs: number,
): Promise<number> {
  checkWaitOptions(what, options);
  const { timeoutMs = defaultMs, signal } = options;
  if (signal === undefined) return wait(timeoutMs);
  const deadline = timeoutMs < 0 ? Infinity : performance.now() + timeoutMs;
  for (;;) {
    throwIfAborted(signal);
    const left = Math.max(0, Math.ceil(deadline - performance.now()));
    const status = await wait(Math.min(left, SLICE_MS));
    if (status !== -ErrorNumber.TIMEOUT || left <= SLICE_MS) return status;
  }
}
