/** What can be known of processes here, and what they may do. */
import { asRoot, mountOf, softLimit, type Machine } from './machine';
import { note, ok, problem, type Symptom } from './symptom';

/** Inode of the PID namespace that the machine starts with. */
const INITIAL_PID_NAMESPACE = 'pid:[4026531836]';

/** A handle has two descriptors, one more while it looks after another participant. */
const FEW_DESCRIPTORS = 256;

function procFs(machine: Machine): Symptom {
  if (machine.read('/proc/self/stat') !== null) return ok('/proc', 'is there');
  return problem(
    '/proc',
    'is not there: who is alive is still certain, but STOPPED cannot be told, and evidence is thin',
    asRoot(machine, 'mount -t proc proc /proc'),
  );
}

function hidden(machine: Machine): Symptom | null {
  const option = mountOf(machine, '/proc')?.options.find((word) => word.startsWith('hidepid='));
  if (option === undefined || option === 'hidepid=0' || option === 'hidepid=off') return null;
  return note(
    '/proc',
    `${option}: processes of other users are hidden, so that STOPPED cannot be told of them`,
    asRoot(machine, 'mount -o remount,hidepid=0 /proc'),
  );
}

function pidNamespace(machine: Machine): Symptom {
  const namespace = machine.link('/proc/self/ns/pid');
  if (namespace === null) return note('PID namespace', 'unknown');
  if (namespace === INITIAL_PID_NAMESPACE) return ok('PID namespace', 'that of the machine');
  const about = 'processes outside are shown with their namespace, and can be ended from there only';
  return note('PID namespace', `${namespace}, not that of the machine: ${about}`);
}

function descriptors(machine: Machine): Symptom {
  const topic = 'open files';
  const limit = softLimit(machine, 'Max open files');
  if (limit === null) return note(topic, 'the limit is unknown');
  const text = `at most ${limit === Infinity ? 'as many as one likes' : limit} per process`;
  if (limit >= FEW_DESCRIPTORS) return ok(topic, text);
  return problem(topic, `${text}: a process with several handles runs out`, 'ulimit -n 1024');
}

export function examineProcesses(machine: Machine): Symptom[] {
  return [procFs(machine), hidden(machine), pidNamespace(machine), descriptors(machine)].filter(
    (symptom) => symptom !== null,
  );
}
