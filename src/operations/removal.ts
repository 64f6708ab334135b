/** Removing blocks. */
import { DataBlockError, translated } from '../api/errors';
import { native, type Location } from '../native';
import { errorSummary, type ErrorSummary } from './error-summary';
import { listBlocks, type ListedBlock } from './listing';
import { observing } from './opening';

/** A block that is there but cannot be opened has no identity that could be compared. */
const unreadableIdentity = '';

const damage: readonly string[] = [
  'TRUNCATED',
  'FUTURE_VERSION',
  'LAYOUT_MISMATCH',
  'HEADER_CORRUPT',
  'HEADER_INCONSISTENT',
];

export interface RemovalTarget {
  name: string;
  /** '' when the block is damaged. */
  instance: string;
  /** Why it cannot be opened, or null. */
  damage: string | null;
}

/** What `rm` is about to remove. A file that is no block is never removed. */
export function removalTarget(name: string, location: Location): RemovalTarget {
  try {
    return {
      name,
      instance: observing(name, location, (observer) => observer.info().instance),
      damage: null,
    };
  } catch (e) {
    if (e instanceof DataBlockError && damage.includes(e.code)) {
      return { name, instance: unreadableIdentity, damage: e.message };
    }
    throw e;
  }
}

/** Removes the name, if this very block has it still and nobody is attached (or `force`). */
export function remove(target: RemovalTarget, location: Location, force: boolean): void {
  translated(() => {
    native().unlink(target.name, target.instance, force, location);
  });
}

/** A block that could not be removed, and why. */
export interface Kept {
  name: string;
  error: ErrorSummary;
}

export interface Pruning {
  removed: ListedBlock[];
  kept: Kept[];
}

/** Blocks that no live participant uses. */
export function staleBlocks(location: Location): ListedBlock[] {
  return listBlocks(location).blocks.filter(({ stale }) => stale);
}

/** Removes those blocks; one that came into use meanwhile stays. */
export function prune(blocks: readonly ListedBlock[], location: Location): Pruning {
  const pruning: Pruning = { removed: [], kept: [] };
  for (const block of blocks) {
    try {
      remove(
        { name: block.name, instance: block.info?.instance ?? unreadableIdentity, damage: null },
        location,
        false,
      );
      pruning.removed.push(block);
    } catch (e) {
      if (!(e instanceof DataBlockError)) throw e;
      pruning.kept.push({ name: block.name, error: errorSummary(e) });
    }
  }
  return pruning;
}
