/** How long things may take where a call names no time-out (docs/timeouts.md). */
import { native, type Timeouts } from '../native';
import { translated } from './errors';

/**
 * The defaults, what the environment (`DATABLOCK_TIMEOUT_READ_MS`, ...) says instead, and before both what `own` says.
 * @throws DataBlockError ENVIRONMENT_INVALID that names a variable that makes no sense.
 */
export function timeouts(own: Partial<Timeouts> = {}): Timeouts {
  return { ...translated(() => native().timeouts()), ...own };
}
