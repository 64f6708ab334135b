/** What on this machine will bite. */
import type { Location } from '../../native';
import { blockDirectory } from '../block-names';
import { ExitCode } from '../exit-code';
import { examineBlocks, type Attached } from './blocks';
import { thisMachine } from './machine';
import { examineMemory } from './memory';
import { examineProcesses } from './processes';
import { examineSession } from './session';
import type { Symptom } from './symptom';
import { tryOut } from './trial';

export interface CheckUp {
  directory: string;
  symptoms: Symptom[];
  /** Everybody who is attached to a block there, and what each runs. */
  attached: Attached[];
}

/** Makes a block of its own for a moment, in a folder that no command lists; changes nothing else. */
export function checkUp(location: Location): CheckUp {
  const machine = thisMachine();
  const directory = blockDirectory(location);
  const blocks = examineBlocks(machine, location);
  const symptoms = [
    ...examineMemory(machine, directory),
    ...tryOut(directory),
    ...examineProcesses(machine),
    examineSession(machine, directory),
    ...blocks.symptoms,
  ];
  return { directory, symptoms, attached: blocks.attached };
}

export function exitOfCheckUp({ symptoms }: CheckUp): number {
  return symptoms.some(({ level }) => level === 'problem') ? ExitCode.SafeToRepair : ExitCode.Ok;
}
