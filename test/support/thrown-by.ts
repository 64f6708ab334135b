/** What `call` throws, to be looked at. */
export function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (e) {
    return e;
  }
  throw new Error('nothing was thrown');
}
