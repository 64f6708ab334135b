/** Whether a callback's result is still to come. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}

/**
 * Runs `body`, then `done` with its result when it returned, or `failed` when it threw; both once, after a
 * promise has settled when `body` returned one. The error of `body` goes on, whatever `failed` meets.
 */
export function runTransaction<T>(body: () => T, done: (result: Awaited<T>) => void, failed: () => void): T {
  const giveUp = (error: unknown): never => {
    try {
      failed();
    } catch {
      // What went wrong first is what the caller must hear of.
    }
    throw error;
  };
  let result: T;
  try {
    result = body();
  } catch (error) {
    return giveUp(error);
  }
  if (isThenable(result)) {
    return Promise.resolve(result).then((value) => {
      done(value);
      return value;
    }, giveUp) as T;
  }
  done(result as Awaited<T>);
  return result;
}
