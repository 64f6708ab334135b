/** The blocks that there are: who made them, and what those who are attached run. */
import { DataBlockError } from '../../api/errors';
import { native, type Location, type ParticipantReport, type SegmentInfo } from '../../native';
import { counted } from '../../render/table';
import { blockNames } from '../block-names';
import { withLocalPids } from '../local-pids';
import { pidOf, roleOf } from '../naming';
import { nextCommand } from '../next-command';
import { observing } from '../opening';
import type { Machine } from './machine';
import { note, ok, problem, type Symptom } from './symptom';

const topic = 'versions';

/** A living participant, and the library that it joined with. */
export interface Attached {
  block: string;
  participant: number;
  pid: number;
  name: string;
  version: string;
}

/** What was found at one block. */
interface Finding {
  attached: Attached[];
  symptoms: Symptom[];
}

function olderMaker({ name, creator }: SegmentInfo): Symptom[] {
  const { version } = native();
  if (creator.version === version) return [];
  return [note(topic, `${name} was made by DataBlock ${creator.version}, these tools are ${version}`)];
}

/** The library that it mapped is not the one that is installed now. */
function runsReplacedLibrary(machine: Machine, { pid, evidence }: ParticipantReport): boolean {
  if (evidence.sameStartTime !== true) return false;
  return /(datablock\.node|libdatablock\S*) \(deleted\)$/m.test(machine.read(`/proc/${pid}/maps`) ?? '');
}

function examineBlock(name: string, location: Location, machine: Machine): Finding {
  return observing(name, location, (observer) => {
    const living = withLocalPids(observer.snapshot(0n, 0).participants).filter(
      ({ verdict }) => verdict !== 'DEAD',
    );
    const symptoms = living.flatMap((participant) => {
      const who = `${roleOf(participant)} of ${name}, ${pidOf(participant)} (${participant.name}),`;
      if (participant.version !== native().version) {
        return [
          note(topic, `${who} runs DataBlock ${participant.version}, these tools are ${native().version}`),
        ];
      }
      if (!runsReplacedLibrary(machine, participant)) return [];
      return [problem(topic, `${who} runs a library that was replaced since: restart it`)];
    });
    const attached = living.map(({ id, pid, name: who, version }) => ({
      block: name,
      participant: id,
      pid,
      name: who,
      version,
    }));
    return { attached, symptoms: [...olderMaker(observer.info()), ...symptoms] };
  });
}

function damaged(name: string, { code, message }: DataBlockError, location: Location): Finding | null {
  if (['NOT_A_BLOCK', 'NO_SUCH_BLOCK', 'PERMISSION'].includes(code)) return null;
  const symptom = problem('blocks', `${name}: ${message}`, nextCommand(['diagnose', name], location));
  return { attached: [], symptoms: [symptom] };
}

/** Null: nothing can be said of it. */
function examined(name: string, location: Location, machine: Machine): Finding | null {
  try {
    return examineBlock(name, location, machine);
  } catch (e) {
    if (!(e instanceof DataBlockError)) throw e;
    return damaged(name, e, location);
  }
}

export function examineBlocks(machine: Machine, location: Location): Finding {
  const findings = blockNames(location)
    .map((name) => examined(name, location, machine))
    .filter((finding) => finding !== null);
  const attached = findings.flatMap((finding) => finding.attached);
  const symptoms = findings.flatMap((finding) => finding.symptoms);
  if (!symptoms.some((symptom) => symptom.topic === topic)) {
    const made = counted(findings.length - symptoms.length, 'block');
    const who = counted(attached.length, 'participant');
    symptoms.push(ok(topic, `${made} and ${who}, all of DataBlock ${native().version} like these tools`));
  }
  return { attached, symptoms };
}
