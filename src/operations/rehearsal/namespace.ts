/** Namespaces for scenarios that need one; root may make them, and others where user namespaces are allowed. */
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { DataBlockError, errorEntryNamed } from '../../api/errors';
import type { Actor } from './actor';
import type { Stage } from './stage';

/** A scenario that cannot be played here. */
function notPermitted(): Error {
  const entry = errorEntryNamed('PERMISSION');
  const why = 'It needs root, or a system that allows user namespaces to users.';
  return entry === undefined ? new Error(why) : new DataBlockError(entry, why);
}

/** Flags of unshare that work here for what is wanted. */
function unshareFlags(wanted: readonly string[]): string[] {
  for (const rights of [[], ['--user', '--map-root-user']]) {
    const flags = [...rights, ...wanted];
    if (spawnSync('unshare', [...flags, 'true']).status === 0) return flags;
  }
  throw notPermitted();
}

export interface Namespace {
  /** Words in front of a command, so that it runs inside. */
  prefix: readonly string[];
  keeper: Actor;
}

function childOf(pid: number): number | null {
  try {
    const [child] = fs.readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
    return child === undefined || child === '' ? null : Number(child);
  } catch {
    return null;
  }
}

/** Words in front of a command, so that it runs as pid 1 of a PID namespace of its own. */
export function newPidNamespace(): string[] {
  return ['unshare', ...unshareFlags(['--pid', '--fork', '--kill-child', '--mount-proc'])];
}

/** A PID namespace that several commands share. @throws DataBlockError PERMISSION */
export async function sharedPidNamespace(stage: Stage): Promise<Namespace> {
  const flags = unshareFlags(['--pid', '--fork', '--kill-child', '--mount-proc']);
  const keeper = stage.silently(['unshare', ...flags, 'sh', '-c', 'echo ready; exec sleep 600']);
  await stage.wait('the namespace is there', () => keeper.output.includes('ready'));
  return { keeper, prefix: enter(flags, childOf(keeper.pid), ['--pid', '--mount']) };
}

/** A mount namespace with a small tmpfs on the directory of the blocks. @throws DataBlockError PERMISSION */
export async function smallMemory(stage: Stage, size: string): Promise<Namespace> {
  const flags = unshareFlags(['--mount']);
  const mount = `mount -t tmpfs -o size=${size} tmpfs ${stage.blocks} && echo ready && exec sleep 600`;
  const keeper = stage.silently(['unshare', ...flags, 'sh', '-c', mount]);
  await stage.wait('the memory is mounted', () => keeper.output.includes('ready'));
  return { keeper, prefix: enter(flags, keeper.pid, ['--mount']) };
}

function enter(flags: readonly string[], pid: number | null, kinds: readonly string[]): string[] {
  const user = flags.includes('--user') ? ['--user', '--preserve-credentials'] : [];
  return ['nsenter', '--target', String(pid), ...user, ...kinds];
}
