/** Namespaces for tests: root makes them as it is, others within a user namespace. */
import * as fs from 'node:fs';
import { start, until } from './child';
import { admin, run, type Run } from './program';

const rights = process.getuid!() === 0 ? [] : ['--user', '--map-root-user'];

/** Words in front of a command, so that it runs in new namespaces. */
export function unshare(...flags: string[]): string[] {
  return ['unshare', ...rights, ...flags];
}

/** A PID namespace whose pid 1 is the command. */
export const pidNamespace = unshare('--pid', '--fork', '--kill-child', '--mount-proc');

/** Runs datablock-admin behind some words. */
export function runBehind(prefix: readonly string[], args: readonly string[], dir: string): Run {
  const [program, ...words] = [...prefix, process.execPath, admin, ...args];
  return run(program!, words, { dir });
}

/** Words in front of a command, so that it runs after `setup` changed the mounts of a mount namespace. */
export function withMounts(setup: string): string[] {
  return [...unshare('--mount'), 'sh', '-c', `${setup} && exec "$@"`, 'sh'];
}

/** A PID namespace that several commands share. @returns words in front of a command, so that it runs inside */
export async function sharedPidNamespace(dir: string): Promise<string[]> {
  const [program, ...words] = [...pidNamespace, 'sh', '-c', 'echo ready; exec sleep 600'];
  const keeper = start(program, words, { dir });
  await until('the namespace is there', () => keeper.stdout.includes('ready'));
  const { pid } = keeper.process;
  const [inside] = fs.readFileSync(`/proc/${pid!}/task/${pid!}/children`, 'utf8').trim().split(' ');
  const user = rights.length === 0 ? [] : ['--user', '--preserve-credentials'];
  return ['nsenter', '--target', inside!, ...user, '--pid', '--mount'];
}
