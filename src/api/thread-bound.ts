/**
 * A handle cannot be sent to another thread: what would arrive there is a plain object without any function.
 * Structured cloning refuses symbols, and names this one in its DataCloneError: so every handle has it as a
 * property.
 */
export const THREAD_BOUND = Symbol(
  'A DataBlock handle belongs to the thread that opened it: send the name of its block instead, and open it there. It',
);
