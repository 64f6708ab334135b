/** The one oclif plugin there is: the manifest says what the commands are, the table how to load them. */
import type { Command, Interfaces } from '@oclif/core';
import * as path from 'node:path';
import { commandTable } from './command-table';

/** What oclif.manifest.json holds; scripts/make-manifest writes it. */
export interface Manifest {
  version: string;
  commands: Record<string, Command.Cached>;
}

/** The two executables of the package. */
export type ProgramName = 'datablock-admin' | 'datablock-inspect';

const descriptions: Record<ProgramName, string> = {
  'datablock-admin':
    'Make, look at, repair and remove DataBlocks: rings of messages in shared memory.\n' +
    'Help on one command, with its exit codes: datablock-admin COMMAND --help',
  'datablock-inspect': 'Show everything about a DataBlock but its messages.',
};

/** Reads the committed manifest. */
export function readManifest(): Manifest {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- literal, so that a bundler takes it in
  return require('../../oclif.manifest.json') as Manifest;
}

/** First words of commands of two words. */
const topics: Interfaces.Topic[] = [
  {
    name: 'schema',
    description: 'What the records of a block are: fields, hash, differences, from a C header.',
  },
  { name: 'zone', description: 'Named zones of memory beside the ring: their content in and out.' },
];

async function loadCommand(id: string): Promise<Command.Class> {
  const load = commandTable[id];
  if (load === undefined) throw new Error(`No module for the command ${id}; is oclif.manifest.json current?`);
  const command = (await load()).default;
  command.id = id;
  return command;
}

export function makePlugin(program: ProgramName, manifest: Manifest): Interfaces.Plugin {
  const root = path.join(__dirname, '..', '..');
  const pjson: Interfaces.PJSON = {
    name: 'datablock',
    version: manifest.version,
    description: descriptions[program],
    oclif: { bin: program, dirname: 'datablock', topicSeparator: ' ' },
  };
  const commands = Object.values(manifest.commands).map((cached) => ({
    ...cached,
    load: () => loadCommand(cached.id),
  }));
  return {
    _base: '',
    alias: pjson.name,
    commandIDs: commands.map(({ id }) => id),
    commands,
    commandsDir: undefined,
    findCommand: loadCommand,
    hasManifest: true,
    hooks: {},
    isRoot: true,
    load: () => Promise.resolve(),
    moduleType: 'commonjs',
    name: pjson.name,
    options: { root },
    pjson,
    root,
    topics,
    type: 'core',
    valid: true,
    version: manifest.version,
  };
}
