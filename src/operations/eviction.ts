/** Taking the hold of a live sync consumer away: producers go on, and the consumer is told EVICTED. */
import { closestName } from '../api/closest-name';
import { DataBlockError, errorNamed, type ErrorName } from '../api/errors';
import type { Location } from '../native';
import { ExitCode } from './exit-code';
import { withLocalPids, type SeenParticipant } from './local-pids';
import { pidOf } from './naming';
import { observing, recovering } from './opening';
import { exitOfRecovery, recoverParticipants, type Recovery } from './recovery';

function wrong(detail: string): DataBlockError {
  return errorNamed('USAGE', detail);
}

function participantsOf(name: string, location: Location): SeenParticipant[] {
  return withLocalPids(observing(name, location, (observer) => observer.snapshot(0n, 0).participants));
}

/** The one consumer with that id or name. Read-only. */
export function findConsumer(name: string, location: Location, wanted: string): SeenParticipant {
  const participants = participantsOf(name, location);
  const consumers = participants.filter(({ role }) => role === 'consumer');
  const byId = participants.filter(({ id }) => String(id) === wanted);
  const found = byId.length > 0 ? byId : consumers.filter((consumer) => consumer.name === wanted);
  const [participant, ...others] = found;
  if (participant === undefined) {
    const near = closestName(
      wanted,
      consumers.map((consumer) => consumer.name),
    );
    throw wrong(`${name} has no consumer ${wanted}${near === undefined ? '' : ` (did you mean ${near}?)`}`);
  }
  if (others.length > 0) {
    const ids = found.map(({ id }) => id).join(', ');
    throw wrong(`several consumers are called ${wanted}: say which by its id (${ids})`);
  }
  return requireSync(participant);
}

/** Only a sync consumer holds anybody back. */
function requireSync(participant: SeenParticipant): SeenParticipant {
  const { id, role, mode } = participant;
  if (role !== 'consumer') throw errorNamed('NOT_A_SYNC_CONSUMER', `participant ${id} is a ${role}`);
  if (mode !== 'sync') throw errorNamed('NOT_A_SYNC_CONSUMER', `consumer ${id} reads in ${mode} mode`);
  return participant;
}

export interface Eviction {
  consumer: SeenParticipant;
  evicted: boolean;
  /** It was dead already, so that this was done instead. */
  recovery: Recovery | null;
}

/** A consumer that is slow but moves changes its hold between our look and our step. */
const ATTEMPTS = 20;

/** @throws DataBlockError CHANGED when it has left, or moves too fast to be hopeless */
export function evict(name: string, location: Location, asked: SeenParticipant): Eviction {
  const { id, generation, verdict } = asked;
  if (verdict === 'DEAD') {
    return { consumer: asked, evicted: false, recovery: recoverParticipants(name, location, [id]) };
  }
  for (let attempt = 1; ; attempt++) {
    const who = `consumer ${id}, ${pidOf(asked)} (${asked.name})`;
    const consumer = participantsOf(name, location).find((one) => one.id === id);
    if (consumer?.generation !== generation) throw errorNamed('CHANGED', `${who}, has left`);
    const { hold } = consumer;
    if (hold === null) return { consumer, evicted: false, recovery: null };
    const { applied, code } = recovering(name, location, (recovery) =>
      recovery.evictConsumer(id, generation, hold),
    );
    if (applied) return { consumer, evicted: true, recovery: null };
    if (code !== 'CHANGED') throw errorNamed(code as ErrorName, who);
    if (attempt === ATTEMPTS) throw errorNamed(code, `${who}, moves: it finished message ${hold}`);
  }
}

export function exitOfEviction({ evicted, recovery }: Eviction): number {
  if (recovery !== null) return exitOfRecovery(recovery);
  return evicted ? ExitCode.Repaired : ExitCode.Ok;
}
