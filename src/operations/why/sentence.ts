/** The words of `why`. */
import { formatDuration } from '../../render/duration';
import type { SlotReport } from '../../native';
import type { SeenParticipant } from '../local-pids';
import { pidOf, roleOf } from '../naming';
import type { Look } from './look';
import type { Link, Obstacle } from './waits';

/** `producer 2 (PID 12345, ingest)` */
export function nameOf(participant: SeenParticipant): string {
  return `${roleOf(participant)} (${pidOf(participant)}, ${participant.name})`;
}

function listed(participants: readonly SeenParticipant[]): string {
  const names = participants.map(nameOf);
  const last = names.pop() ?? 'nobody';
  return names.length === 0 ? last : `${names.join(', ')} and ${last}`;
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** `which is DEAD` */
export function stateOf({ verdict, reason, cleaner, evidence }: SeenParticipant): string {
  switch (verdict) {
    case 'ALIVE':
    case 'STOPPED':
      return `is ${verdict}`;
    case 'UNKNOWN':
      return `may be alive or dead (${reason})`;
    case 'DEAD':
      return cleaner === null || evidence.lockHeld === false
        ? 'is DEAD'
        : `is DEAD (PID ${cleaner.pid} cleans up after it, and is ${cleaner.verdict})`;
  }
}

function sinceOf({ slot, by }: Obstacle): string {
  const held = slot?.heldForNs ?? null;
  if (held !== null && held < 0n) return ' (for how long cannot be told: the clocks differ)';
  if (held !== null) return ` for ${formatDuration(held)}`;
  const age = by[0]?.evidence.heartbeatAgeNs ?? -1n;
  return age < 0n ? '' : `; last heard of ${formatDuration(age)} ago`;
}

/** What the one in the way does. */
function actOf(obstacle: Obstacle): string {
  const { kind, slot, seq } = obstacle;
  switch (kind) {
    case 'hold':
      return `has not finished message ${String(seq)}${sinceOf(obstacle)}`;
    case 'slot':
      return `has had slot ${String(slot?.slot)}${sinceOf(obstacle)}, with message ${String(seq)} unfinished`;
    case 'pins':
      return `looks at slot ${String(slot?.slot)}, the only one there is`;
    case 'quarantine':
      return 'was fenced off, and every slot is quarantined behind it';
  }
}

function whoWaits({ as, waiting }: Link): string {
  if (waiting.length > 0) return `${listed(waiting)} ${waiting.length === 1 ? 'waits' : 'wait'}`;
  return as === 'producers' ? 'the next producer will wait' : 'the next consumer will wait';
}

function culpritOf(obstacle: Obstacle): string {
  const [culprit] = obstacle.by;
  if (culprit === undefined) return `the owner of slot ${String(obstacle.slot?.slot)}, whose entry is gone`;
  return nameOf(culprit);
}

/** `Producer 1 (PID 17, capture) waits for consumer 3 (PID 33, archive), which is STOPPED and has not finished message 12.` */
export function sentenceOf(chain: readonly Link[]): string {
  const parts: string[] = [];
  chain.forEach((link, i) => {
    if (i === 0) parts.push(capitalized(`${whoWaits(link)} for ${culpritOf(link.obstacle)}`));
    else parts.push(`waits for ${culpritOf(link.obstacle)}`);
  });
  const { obstacle } = chain[chain.length - 1] ?? {};
  const culprit = obstacle?.by[0];
  const end =
    obstacle === undefined || culprit === undefined
      ? ''
      : `, which ${stateOf(culprit)} and ${actOf(obstacle)}`;
  return `${parts.join(', which ')}${end}.`;
}

/** Of a slot that nobody waits for yet. */
export function latentSentence(obstacle: Obstacle): string {
  const culprit = obstacle.by[0];
  if (culprit === undefined)
    return `Nobody waits yet, but slot ${String(obstacle.slot?.slot)} has an owner without an entry.`;
  return `Nobody waits yet, but ${nameOf(culprit)} ${stateOf(culprit)} and ${actOf(obstacle)}.`;
}

/** Consumers that could read on if only somebody wrote, where nobody is left who would. */
function starving({ participants, claim }: Look): SeenParticipant[] {
  const mayWrite = ({ role, standby, verdict }: SeenParticipant): boolean =>
    role === 'producer' && !standby && (verdict === 'ALIVE' || verdict === 'UNKNOWN');
  if (participants.some(mayWrite)) return [];
  return participants.filter(({ verdict, hold }) => verdict === 'ALIVE' && hold !== null && hold >= claim);
}

/** What it means to the others that these are gone, or stand still. */
function toOthers(culprits: readonly SeenParticipant[], look: Look): string {
  const readers = culprits.some(({ role }) => role === 'producer') ? starving(look) : [];
  if (readers.length === 0) return 'Nobody waits, but';
  return `${capitalized(listed(readers))} ${readers.length === 1 ? 'has' : 'have'} nothing to read:`;
}

export function tracesSentence(dead: readonly SeenParticipant[], look: Look): string {
  const [one] = dead;
  const who =
    dead.length === 1 && one !== undefined
      ? `${nameOf(one)} is DEAD`
      : `${dead.length} participants are DEAD`;
  return `${toOthers(dead, look)} ${who} and left traces.`;
}

export function stoppedSentence(stopped: readonly SeenParticipant[], look: Look): string {
  return `${toOthers(stopped, look)} ${listed(stopped)} ${stopped.length === 1 ? 'is' : 'are'} STOPPED.`;
}

/** Of slots that are set aside, while the ring goes on without them. */
export function quarantineSentence(slots: readonly SlotReport[], owners: readonly SeenParticipant[]): string {
  const which = slots.length === 1 ? `slot ${String(slots[0]?.slot)} is` : `${slots.length} slots are`;
  const [one] = owners;
  const whose =
    owners.length === 1 && one !== undefined
      ? `${nameOf(one)}, which ${stateOf(one)}, has`
      : `${listed(owners)} have`;
  return `Nobody waits, but ${which} quarantined: ${whose} not noticed yet that it was fenced off.`;
}

/** Of a block in which nothing is wrong. */
export function calmSentence({ participants, claim, notable }: Look, moved: bigint): string {
  if (participants.length === 0)
    return `Nobody is attached: ${claim} messages were published, and nobody waits.`;
  if (moved > 0n) return `Messages flow: ${moved} were published while we looked.`;
  const busy = notable.find(({ verdict }) => verdict === 'busy');
  const writer = participants.find(({ id }) => id === busy?.owner);
  if (busy !== undefined && writer !== undefined) {
    const obstacle: Obstacle = { kind: 'slot', by: [writer], slot: busy, seq: busy.seq };
    return `Nobody waits: ${nameOf(writer)} is at work, and ${actOf(obstacle)}.`;
  }
  const behind = participants.filter(({ hold, lag }) => hold !== null && (lag ?? 0n) > 0n);
  if (behind.length > 0)
    return `Nobody waits: ${listed(behind)} ${behind.length === 1 ? 'has' : 'have'} messages to read, and producers have room.`;
  const isAnyProducer = participants.some(({ role, standby }) => role === 'producer' && !standby);
  const producers = isAnyProducer ? 'no producer has a message in hand' : 'no producer is attached';
  return `It is idle: everything that was published was read, and ${producers}.`;
}
