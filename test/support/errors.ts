import { DataBlockError } from '../../src/api/errors';

/** What `call` throws, which must be a DataBlockError; or rejects with. */
export function errorOf(call: () => unknown): DataBlockError {
  try {
    call();
  } catch (error) {
    expect(error).toBeInstanceOf(DataBlockError);
    return error as DataBlockError;
  }
  throw new Error('it did not throw');
}

/** Like {@link errorOf}, of something asynchronous. */
export async function rejectionOf(promise: Promise<unknown>): Promise<DataBlockError> {
  const error: unknown = await promise.then(
    () => new Error('it did not reject'),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DataBlockError);
  return error as DataBlockError;
}
