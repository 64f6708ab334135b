/** Namespaces for tests: root makes them as it is, others within a user namespace. */
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

/** Runs datablock-admin after `setup` changed the mounts of a mount namespace. */
export function runWithMounts(setup: string, args: readonly string[], dir: string): Run {
  return runBehind([...unshare('--mount'), 'sh', '-c', `${setup} && exec "$@"`, 'sh'], args, dir);
}
