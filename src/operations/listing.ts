/** All blocks of a directory, and who uses them. */
import { DataBlockError } from '../api/errors';
import type { Location, ParticipantReport, SegmentInfo } from '../native';
import { readBlockNames } from './block-names';
import { errorSummary, type ErrorSummary } from './error-summary';
import { observing } from './opening';

/**
 * - `in-use`: somebody is attached, or it cannot be said that nobody is.
 * - `idle`: nobody is attached.
 * - `abandoned`: nobody alive is attached, and dead participants left traces.
 * - `damaged`: it cannot be opened.
 */
export type BlockState = 'in-use' | 'idle' | 'abandoned' | 'damaged';

export interface ListedBlock {
  name: string;
  state: BlockState;
  /** No live participant uses it, so that `prune` may remove it. */
  stale: boolean;
  /** What cannot be known of a damaged block is null. */
  info: SegmentInfo | null;
  /** Number of messages so far. */
  messages: bigint | null;
  producers: number;
  consumers: number;
  dead: number;
  error: ErrorSummary | null;
}

export interface Listing {
  blocks: ListedBlock[];
  /** Files that this user may not open; they may be blocks. */
  unreadable: string[];
}

function isAttached({ state, verdict }: ParticipantReport): boolean {
  return state !== 'free' && verdict !== 'DEAD';
}

function stateOf(participants: readonly ParticipantReport[]): BlockState {
  if (participants.some(isAttached)) return 'in-use';
  return participants.some(({ verdict }) => verdict === 'DEAD') ? 'abandoned' : 'idle';
}

function listBlock(name: string, location: Location): ListedBlock {
  return observing(name, location, (observer) => {
    const { participants, claim } = observer.snapshot(0n, 0);
    const attached = participants.filter(isAttached);
    const state = stateOf(participants);
    return {
      name,
      state,
      stale: state !== 'in-use',
      info: observer.info(),
      messages: claim,
      producers: attached.filter(({ role }) => role === 'producer').length,
      consumers: attached.filter(({ role }) => role === 'consumer').length,
      dead: participants.filter(({ verdict }) => verdict === 'DEAD').length,
      error: null,
    };
  });
}

function damagedBlock(name: string, error: DataBlockError): ListedBlock {
  return {
    name,
    state: 'damaged',
    stale: false,
    info: null,
    messages: null,
    producers: 0,
    consumers: 0,
    dead: 0,
    error: errorSummary(error),
  };
}

/** Files that are no blocks are none of our business; nor are those that went away meanwhile. */
const notOurs: readonly string[] = ['NOT_A_BLOCK', 'NO_SUCH_BLOCK'];

/** Read-only. */
export function listBlocks(location: Location): Listing {
  const blocks: ListedBlock[] = [];
  const unreadable: string[] = [];
  for (const name of readBlockNames(location)) {
    try {
      blocks.push(listBlock(name, location));
    } catch (e) {
      if (!(e instanceof DataBlockError)) throw e;
      if (e.code === 'PERMISSION') unreadable.push(name);
      else if (!notOurs.includes(e.code)) blocks.push(damagedBlock(name, e));
    }
  }
  return { blocks, unreadable };
}
