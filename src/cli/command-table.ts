/** Every command and how to load it. Nothing is loaded before it is run, so that the tool starts at once. */
import type { Command } from '@oclif/core';

export type CommandLoader = () => Promise<{ default: Command.Class }>;

function entry(load: () => Promise<{ default: unknown }>): CommandLoader {
  return async () => (await load()) as { default: Command.Class };
}

/** Commands of two words have both in their id, with a colon between them: what is typed is `zone list`. */
export function spokenName(id: string): string {
  return id.replace(':', ' ');
}

/** `zone` is the first word of `zone list`, and no command. */
export function isFirstWord(word: string): boolean {
  return Object.keys(commandTable).some((id) => id.startsWith(`${word}:`));
}

export const commandTable: Readonly<Record<string, CommandLoader>> = {
  'auto-recover': entry(() => import('../commands/auto-recover')),
  check: entry(() => import('../commands/check')),
  'cleanup-heartbeats': entry(() => import('../commands/cleanup-heartbeats')),
  consume: entry(() => import('../commands/consume')),
  create: entry(() => import('../commands/create')),
  diagnose: entry(() => import('../commands/diagnose')),
  doctor: entry(() => import('../commands/doctor')),
  'evict-consumer': entry(() => import('../commands/evict-consumer')),
  explain: entry(() => import('../commands/explain')),
  'force-reset-all': entry(() => import('../commands/force-reset-all')),
  'force-reset-slot': entry(() => import('../commands/force-reset-slot')),
  history: entry(() => import('../commands/history')),
  inspect: entry(() => import('../commands/inspect')),
  list: entry(() => import('../commands/list')),
  produce: entry(() => import('../commands/produce')),
  prune: entry(() => import('../commands/prune')),
  rehearse: entry(() => import('../commands/rehearse')),
  'release-zombie-readers': entry(() => import('../commands/release-zombie-readers')),
  'release-zombie-writer': entry(() => import('../commands/release-zombie-writer')),
  rm: entry(() => import('../commands/rm')),
  'schema:diff': entry(() => import('../commands/schema/diff')),
  'schema:from-header': entry(() => import('../commands/schema/from-header')),
  'schema:hash': entry(() => import('../commands/schema/hash')),
  'schema:show': entry(() => import('../commands/schema/show')),
  snapshot: entry(() => import('../commands/snapshot')),
  validate: entry(() => import('../commands/validate')),
  why: entry(() => import('../commands/why')),
  'zone:get': entry(() => import('../commands/zone/get')),
  'zone:list': entry(() => import('../commands/zone/list')),
  'zone:put': entry(() => import('../commands/zone/put')),
};
