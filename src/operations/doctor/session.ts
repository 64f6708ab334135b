/** systemd-logind removes the shared memory of a user who logs out, unless it is told not to. */
import { asRoot, type Machine } from './machine';
import { note, ok, problem, type Symptom } from './symptom';

const topic = 'RemoveIPC';

/** Users below this are never cleaned up after. */
const FIRST_REGULAR_UID = 1000;

const folders = ['/usr/lib/systemd', '/usr/local/lib/systemd', '/run/systemd', '/etc/systemd'];

/** From the weakest to the strongest: logind.conf, then the files of logind.conf.d by name. */
function configFiles(machine: Machine): string[] {
  const main = [...folders].reverse().map((folder) => `${folder}/logind.conf`);
  const first = main.find((file) => machine.read(file) !== null);
  const byName = new Map<string, string>();
  for (const folder of folders) {
    for (const name of machine.list(`${folder}/logind.conf.d`)) {
      if (name.endsWith('.conf')) byName.set(name, `${folder}/logind.conf.d/${name}`);
    }
  }
  const dropIns = [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, file]) => file);
  return [...(first === undefined ? [] : [first]), ...dropIns];
}

/** The last word wins; unset means yes. */
function removes(machine: Machine): boolean {
  let value = 'yes';
  for (const file of configFiles(machine)) {
    for (const [, word] of (machine.read(file) ?? '').matchAll(/^[ \t]*RemoveIPC[ \t]*=[ \t]*(\S*)/gm)) {
      value = word === undefined || word === '' ? 'yes' : word.toLowerCase();
    }
  }
  return !['no', 'false', '0', 'off', 'n', 'f'].includes(value);
}

export function examineSession(machine: Machine, directory: string): Symptom {
  if (machine.list('/run/systemd/system').length === 0 && machine.list('/run/systemd/seats').length === 0) {
    return ok(topic, 'no systemd here: nobody removes blocks at log-out');
  }
  if (!`${directory}/`.startsWith('/dev/shm/')) return ok(topic, `does not reach ${directory}`);
  if (!removes(machine)) return ok(topic, 'no: blocks stay when their owner logs out');
  const mend = asRoot(
    machine,
    "mkdir -p /etc/systemd/logind.conf.d && printf '[Login]\\nRemoveIPC=no\\n' > /etc/systemd/logind.conf.d/datablock.conf && systemctl restart systemd-logind",
  );
  const text = 'yes: systemd removes the blocks of a regular user at the last log-out, in use or not';
  return machine.uid >= FIRST_REGULAR_UID ? problem(topic, text, mend) : note(topic, text, mend);
}
