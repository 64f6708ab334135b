/** The programs datablock-admin and datablock-inspect: from the command line to the exit code. */
import type { Config } from '@oclif/core';
import { makeStyle } from '../render/style';
import { colorLevel } from './color';
import { isFirstWord, spokenName } from './command-table';
import type { DataBlockHelp } from './help';
import { isReaderGone, writeOut } from './output';
import { makePlugin, readManifest, type ProgramName } from './plugin';

function versionLine(program: ProgramName): string {
  return `${program} ${readManifest().version} ${process.platform}-${process.arch} node-${process.version}\n`;
}

async function loadConfig(program: ProgramName): Promise<Config> {
  const { Config } = await import('@oclif/core/config');
  const plugin = makePlugin(program, readManifest());
  return Config.load({ root: plugin.root, plugins: new Map([[plugin.name, plugin]]) });
}

function asksForHelp(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  const words = end === -1 ? argv : argv.slice(0, end);
  return words.includes('--help') || words.includes('-h') || words[0] === 'help';
}

async function showHelp(config: Config, argv: readonly string[]): Promise<number> {
  const { DataBlockHelp: HelpClass } = await import('./help');
  const level = colorLevel('auto', process.env, process.stdout.isTTY);
  const options = { stripAnsi: level === 0, hideAliasesFromRoot: true, all: true };
  const help: DataBlockHelp = new HelpClass(config, options);
  await help.showHelp(argv.filter((word) => word !== '-h'));
  return 0;
}

/** Tells of an error that no command of ours could tell of. */
async function fail(program: ProgramName, args: readonly string[], error: unknown): Promise<number> {
  const { reportError } = await import('./error-report');
  return reportError(error, {
    speaker: { tool: `${program} ${readManifest().version}`, command: 'help' },
    json: args.includes('--json'),
    style: makeStyle({ level: colorLevel('auto', process.env, process.stderr.isTTY) }),
  });
}

/** The words of a command of two words as one: `zone list foo` becomes `zone:list foo`. */
function withJoinedId(argv: readonly string[]): string[] {
  const [first, second, ...rest] = argv;
  if (first === undefined || !isFirstWord(first)) return [...argv];
  return second === undefined || second.startsWith('-') ? [...argv] : [`${first}:${second}`, ...rest];
}

async function needCommand(config: Config, id: string): Promise<void> {
  if (config.findCommand(id) !== undefined) return;
  const { unknownCommand } = await import('./usage-error');
  throw unknownCommand(
    spokenName(id),
    config.commands.map((command) => spokenName(command.id)),
  );
}

async function run(program: ProgramName, args: readonly string[]): Promise<number> {
  const argv = program === 'datablock-inspect' ? ['inspect', ...args] : [...args];
  if (args[0] === '--version' || args[0] === '-v') {
    writeOut(versionLine(program));
    return 0;
  }
  const config = await loadConfig(program);
  const words = withJoinedId(argv.filter((word, i) => i > 0 || word !== 'help'));
  const [id, ...rest] = words;
  if (id === undefined || isFirstWord(id)) return showHelp(config, words);
  const isHelp = asksForHelp(argv);
  if (!isHelp || !id.startsWith('-')) await needCommand(config, id);
  if (isHelp) return showHelp(config, words);
  return config.runCommand<number>(id, rest);
}

/** Runs the program and sets the exit code of this process. */
export async function main(program: ProgramName, args: readonly string[]): Promise<void> {
  const exit = await run(program, args).catch((error: unknown) => fail(program, args, error));
  process.exitCode = isReaderGone() ? 0 : exit;
}
