/** Why does nothing move? One sentence, what is lost, what to do. */
import { exitOfFindings } from '../findings';
import type { SeenParticipant } from '../local-pids';
import { continueCommand } from '../naming';
import { nextCommand } from '../next-command';
import { observing, type ObserverLocation } from '../opening';
import type { Advice } from '../recommendation';
import { sleep } from '../signals';
import { lookAt, type Look } from './look';
import { lostSentence, remediesFor, remediesForDead, remediesForFenced } from './remedy';
import {
  calmSentence,
  latentSentence,
  quarantineSentence,
  sentenceOf,
  stoppedSentence,
  tracesSentence,
} from './sentence';
import {
  awaitedLock,
  latentLock,
  lockRemedies,
  lockSentence,
  markedLock,
  markedRemedies,
  markedSentence,
} from './spinlocks';
import { waitChain, type Link, type Obstacle } from './waits';

/**
 * - `blocked`: somebody waits for somebody who is named.
 * - `moving`: so it is, but what is waited for moves on: slow, not stuck.
 * - `latent`: nobody waits yet, but the next one will.
 * - `traces`: nobody waits; the dead have left something behind.
 * - `quarantined`: nobody waits; a slot is set aside until its owner notices.
 * - `stopped`: nobody waits for a slot or a hold; somebody is stopped.
 * - `corrupt`: impossible content.
 * - `calm`: it flows, or there is nothing to do.
 */
export type Situation =
  'blocked' | 'moving' | 'latent' | 'traces' | 'quarantined' | 'stopped' | 'corrupt' | 'calm';

export interface Explanation {
  situation: Situation;
  sentence: string;
  lost: string;
  remedies: Advice[];
  /** From who waits first to who is in the way of all. */
  chain: Link[];
  /** Messages published, and finished by the one in the way, while we looked. */
  moved: { published: bigint; finished: bigint; inNs: bigint };
  exit: number;
}

interface Judgement {
  situation: Situation;
  sentence: string;
  remedies: Advice[];
}

function deadOf({ participants }: Look): SeenParticipant[] {
  return participants.filter(({ verdict }) => verdict === 'DEAD');
}

/** A slot that is not as it should be, though nobody waits for it yet. */
function latentObstacle({ notable, participants }: Look): Obstacle | null {
  const slot = notable.find(({ verdict }) => ['stuck', 'slow', 'unknown'].includes(verdict));
  if (slot === undefined) return null;
  return { kind: 'slot', by: participants.filter(({ id }) => id === slot.owner), slot, seq: slot.seq };
}

function unblocked(look: Look, published: bigint, dir: string | undefined): Judgement {
  const { name } = look.info;
  if (look.findings.some(({ severity }) => severity === 'corrupt')) {
    return {
      situation: 'corrupt',
      sentence: 'The block has impossible content.',
      remedies: [{ text: 'See what exactly:', command: nextCommand(['validate', name], { dir }) }],
    };
  }
  const awaited = awaitedLock(look);
  if (awaited !== null) {
    return {
      situation: 'blocked',
      sentence: lockSentence(awaited, look),
      remedies: lockRemedies(awaited, look, dir),
    };
  }
  const obstacle = latentObstacle(look);
  if (obstacle !== null) {
    return {
      situation: 'latent',
      sentence: latentSentence(obstacle),
      remedies: remediesFor(obstacle, look, dir),
    };
  }
  const lock = latentLock(look);
  if (lock !== null) {
    return {
      situation: 'latent',
      sentence: lockSentence(lock, look),
      remedies: lockRemedies(lock, look, dir),
    };
  }
  const dead = deadOf(look);
  if (dead.length > 0)
    return {
      situation: 'traces',
      sentence: tracesSentence(dead, look),
      remedies: remediesForDead(dead, look, dir),
    };
  const quarantined = look.notable.filter(({ verdict }) => verdict === 'quarantined');
  if (quarantined.length > 0) {
    const owners = look.participants.filter(({ id }) => quarantined.some(({ owner }) => owner === id));
    return {
      situation: 'quarantined',
      sentence: quarantineSentence(quarantined, owners),
      remedies: remediesForFenced(owners),
    };
  }
  const stopped = look.participants.filter(({ verdict }) => verdict === 'STOPPED');
  if (stopped.length > 0) {
    const remedies = stopped.map((one) => ({ text: 'Let it go on:', command: continueCommand(one) }));
    return { situation: 'stopped', sentence: stoppedSentence(stopped, look), remedies };
  }
  const marked = markedLock(look);
  if (marked !== null) {
    return {
      situation: 'traces',
      sentence: markedSentence(marked),
      remedies: markedRemedies(marked, look, dir),
    };
  }
  return { situation: 'calm', sentence: calmSentence(look, published), remedies: [] };
}

/** The last of the chain: who is in the way of all. */
function rootOf(chain: readonly Link[]): Obstacle | undefined {
  return chain[chain.length - 1]?.obstacle;
}

/** How far the one in the way has come between two looks. */
function finishedBy(root: Obstacle | undefined, before: Look): bigint {
  const culprit = root?.by[0];
  const then = before.participants.find(
    ({ id, generation }) => id === culprit?.id && generation === culprit.generation,
  );
  if (culprit === undefined || then === undefined) return 0n;
  if (culprit.hold !== null && then.hold !== null) return culprit.hold - then.hold;
  return culprit.messages - then.messages;
}

function explain(before: Look, look: Look, inNs: bigint, dir: string | undefined): Explanation {
  const chain = waitChain(look);
  const root = rootOf(chain);
  const published = look.claim - before.claim;
  const finished = finishedBy(root, before);
  const moved = { published, finished, inNs };
  const common = { chain, moved, lost: lostSentence(look.plan), exit: exitOfFindings(look.findings) };
  if (root === undefined) return { ...common, ...unblocked(look, published, dir) };
  const situation = finished > 0n || published > 0n ? 'moving' : 'blocked';
  return { ...common, situation, sentence: sentenceOf(chain), remedies: remediesFor(root, look, dir) };
}

/** Looks twice, `watchMs` apart, to tell what is stuck from what is slow. Read-only. */
export function explainWaits(
  name: string,
  location: ObserverLocation,
  options: { stuckAfterNs: bigint; watchMs: number },
): Explanation {
  const live = location.snapshot === undefined;
  return observing(name, location, (observer) => {
    const before = lookAt(observer, options.stuckAfterNs, live);
    if (!live) return explain(before, before, 0n, location.dir);
    sleep(options.watchMs);
    const after = lookAt(observer, options.stuckAfterNs, live);
    return explain(before, after, BigInt(Math.round(options.watchMs * 1e6)), location.dir);
  });
}
