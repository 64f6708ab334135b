import type { DataBlockError } from '../api/errors';

/** Work that moves messages until it is done, fails or is interrupted, and can then say how much it was. */
export interface PumpRun<S> {
  /** Blocks until it is done. @throws DataBlockError */
  run(): void;
  /** It has joined the block. Until then there is nothing to sum up. */
  readonly joined: boolean;
  /** What was done, whatever ended it. */
  summary(): S;
  /** What is wrong with the data that went through, when {@link run} did not throw because of it. */
  problem?(): DataBlockError | undefined;
}
