/** Makes the content of oclif.manifest.json from the command classes. Used when building and by a test, never at run time. */
import type { Command } from '@oclif/core';
import * as path from 'node:path';
import { commandTable } from './command-table';
import type { Manifest } from './plugin';

type CacheCommand = (command: Command.Class) => Promise<Command.Cached>;

/** oclif's own way to cache a command, which its package does not export. */
function cacheCommandOfOclif(): CacheCommand {
  const root = path.dirname(require.resolve('@oclif/core/package.json'));
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return (require(path.join(root, 'lib', 'util', 'cache-command.js')) as { cacheCommand: CacheCommand })
    .cacheCommand;
}

export async function makeManifest(version: string): Promise<Manifest> {
  const cacheCommand = cacheCommandOfOclif();
  const commands: Manifest['commands'] = {};
  for (const [id, load] of Object.entries(commandTable)) {
    const command = (await load()).default;
    command.id = id;
    commands[id] = await cacheCommand(command);
  }
  return { version, commands };
}

/** Exactly the text of the file. */
export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
