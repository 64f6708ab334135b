/** Who waits for whom: follows the wait-for chain of a block to its end. */
import type { SlotReport } from '../../native';
import type { SeenParticipant } from '../local-pids';
import type { Look } from './look';

/**
 * What keeps somebody from going on.
 * - `hold`: the ring is full behind a sync consumer, which has not finished message `seq`.
 * - `slot`: somebody has the slot that is needed.
 * - `pins`: readers look at the bytes of the only slot.
 * - `quarantine`: every slot is quarantined behind a live producer that was fenced off.
 */
export interface Obstacle {
  kind: 'hold' | 'slot' | 'pins' | 'quarantine';
  /** Who is in the way; the first one is the one to talk about. */
  by: SeenParticipant[];
  slot: SlotReport | null;
  seq: bigint | null;
}

export interface Link {
  /** `producers` may be nobody: then whoever comes next will wait. */
  as: 'producers' | 'consumers';
  waiting: SeenParticipant[];
  obstacle: Obstacle;
}

const unfinished: readonly string[] = ['WRITING', 'DRAINING', 'DRAINING_EMPTY'];

function lapOf(seq: bigint, { info }: Look): bigint {
  return seq / BigInt(info.slots) + 1n;
}

function byId(ids: readonly number[], { participants }: Look): SeenParticipant[] {
  return participants.filter(({ id }) => ids.includes(id));
}

/** An owner whose entry is free all the same cannot be named. */
function slotObstacle(slot: SlotReport, look: Look): Obstacle {
  return { kind: 'slot', by: byId([slot.owner], look), slot, seq: slot.seq };
}

/** The sync consumer that is furthest behind. */
function slowest({ participants }: Look): SeenParticipant | undefined {
  return participants
    .filter(({ hold }) => hold !== null)
    .reduce<SeenParticipant | undefined>(
      (least, one) => (least === undefined || (one.hold ?? 0n) < (least.hold ?? 0n) ? one : least),
      undefined,
    );
}

/** What keeps producers from writing the next message (design 1.6). */
export function obstacleOfProducers(look: Look): Obstacle | null {
  const { claim, info, summary } = look;
  const last = slowest(look);
  const hold = last?.hold ?? null;
  if (last !== undefined && hold !== null && claim - hold >= BigInt(info.slots)) {
    return { kind: 'hold', by: [last], slot: null, seq: hold };
  }
  if (summary.byPhase.QUARANTINED === info.slots) {
    const owners = look.notable.map(({ owner }) => owner);
    return { kind: 'quarantine', by: byId(owners, look), slot: null, seq: null };
  }
  const slot = look.slotOf(claim);
  if (slot === undefined || !unfinished.includes(slot.phase)) return null;
  if (slot.lap < lapOf(claim, look)) return slotObstacle(slot, look);
  // A slot that somebody took for this very number is no obstacle: others help the number on.
  if (info.slots > 1 || slot.heldBy.length === 0) return null;
  return { kind: 'pins', by: byId(slot.heldBy, look), slot, seq: slot.seq };
}

/** What keeps a sync consumer from reading on; null when it has something to read, or the next message was not begun. */
export function obstacleOfConsumer({ hold }: SeenParticipant, look: Look): Obstacle | null {
  const slot = hold === null ? undefined : look.slotOf(hold);
  if (hold === null || slot === undefined) return null;
  const isTheirs = slot.lap === lapOf(hold, look) && unfinished.includes(slot.phase);
  return isTheirs ? slotObstacle(slot, look) : null;
}

/** What the one in the way waits for itself. */
function nextLink({ kind, by, slot }: Obstacle, look: Look): Link | null {
  const [culprit] = by;
  if (culprit?.verdict !== 'ALIVE') return null;
  if (kind === 'hold') {
    const obstacle = obstacleOfConsumer(culprit, look);
    return obstacle === null ? null : { as: 'consumers', waiting: [culprit], obstacle };
  }
  if (kind === 'slot' && slot !== null && slot.heldBy.length > 0) {
    const obstacle: Obstacle = { kind: 'pins', by: byId(slot.heldBy, look), slot, seq: slot.seq };
    return { as: 'producers', waiting: [culprit], obstacle };
  }
  return null;
}

/** The first wait there is, that of producers before that of consumers. */
function firstLink(look: Look): Link | null {
  const ofProducers = obstacleOfProducers(look);
  const alive = look.participants.filter(({ verdict }) => verdict !== 'DEAD');
  if (ofProducers !== null) {
    const waiting = alive.filter(
      ({ role, standby, id }) =>
        role === 'producer' && !standby && !ofProducers.by.some((one) => one.id === id),
    );
    return { as: 'producers', waiting, obstacle: ofProducers };
  }
  const consumers = alive.filter(({ role }) => role === 'consumer');
  for (const consumer of consumers.sort((a, b) => Number((a.hold ?? 0n) - (b.hold ?? 0n)))) {
    const obstacle = obstacleOfConsumer(consumer, look);
    if (obstacle === null) continue;
    const waiting = consumers.filter(({ hold }) => hold === consumer.hold);
    return { as: 'consumers', waiting, obstacle };
  }
  return null;
}

/** From who waits first to who is in the way of all. Empty: nobody waits for anybody in particular. */
export function waitChain(look: Look): Link[] {
  const links: Link[] = [];
  for (
    let link = firstLink(look);
    link !== null && links.length < look.participants.length + 1;
    link = nextLink(link.obstacle, look)
  ) {
    links.push(link);
  }
  return links;
}
