/** The blocks that there are: who made them, and what those who are attached run. */
import { DataBlockError } from '../../api/errors';
import { native, type Location, type ParticipantReport, type SegmentInfo } from '../../native';
import { blockNames } from '../block-names';
import { nextCommand } from '../next-command';
import { observing } from '../opening';
import type { Machine } from './machine';
import { note, ok, problem, type Symptom } from './symptom';

const topic = 'versions';

function olderMaker({ name, creator }: SegmentInfo): Symptom | null {
  const { version } = native();
  if (creator.version === version) return null;
  return note(topic, `${name} was made by DataBlock ${creator.version}, these tools are ${version}`);
}

/** The library that it mapped is not the one that is installed now. */
function runsOldLibrary(machine: Machine, { pid, verdict, evidence }: ParticipantReport): boolean {
  if (verdict === 'DEAD' || evidence.sameStartTime !== true) return false;
  return /(datablock\.node|libdatablock\S*) \(deleted\)$/m.test(machine.read(`/proc/${pid}/maps`) ?? '');
}

function examineBlock(name: string, location: Location, machine: Machine): Symptom[] {
  return observing(name, location, (observer) => {
    const { participants } = observer.snapshot(0n, 0);
    const outdated = participants
      .filter((participant) => runsOldLibrary(machine, participant))
      .map(({ pid, name: who }) =>
        problem(
          topic,
          `PID ${pid} (${who}), attached to ${name}, runs a library that was replaced since: restart it`,
        ),
      );
    const maker = olderMaker(observer.info());
    return [...(maker === null ? [] : [maker]), ...outdated];
  });
}

function damaged(name: string, { code, message }: DataBlockError, location: Location): Symptom | null {
  if (['NOT_A_BLOCK', 'NO_SUCH_BLOCK', 'PERMISSION'].includes(code)) return null;
  return problem('blocks', `${name}: ${message}`, nextCommand(['diagnose', name], location));
}

export function examineBlocks(machine: Machine, location: Location): Symptom[] {
  const symptoms: Symptom[] = [];
  let looked = 0;
  for (const name of blockNames(location)) {
    try {
      symptoms.push(...examineBlock(name, location, machine));
      looked += 1;
    } catch (e) {
      if (!(e instanceof DataBlockError)) throw e;
      const symptom = damaged(name, e, location);
      if (symptom !== null) symptoms.push(symptom);
    }
  }
  const all = `${looked} blocks and those attached to them agree with these tools (${native().version})`;
  return symptoms.some((symptom) => symptom.topic === topic) ? symptoms : [...symptoms, ok(topic, all)];
}
