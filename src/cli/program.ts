/** The programs datablock-admin and datablock-inspect: from the command line to the exit code. */
import type { Config } from '@oclif/core';
import { makeStyle } from '../render/style';
import { colorLevel } from './color';
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
  const help: DataBlockHelp = new HelpClass(config, { stripAnsi: level === 0, hideAliasesFromRoot: true });
  await help.showHelp(argv.filter((word) => word !== 'help' && word !== '-h'));
  return 0;
}

async function failWithoutCommand(config: Config, argv: readonly string[], word: string): Promise<number> {
  const { unknownCommand } = await import('./usage-error');
  const { reportError } = await import('./error-report');
  const known = config.commands.map(({ id }) => id);
  let error: unknown;
  try {
    error = unknownCommand(word, known);
  } catch (e) {
    error = e;
  }
  return reportError(error, {
    speaker: { tool: `${config.bin} ${config.version}`, command: 'help' },
    json: argv.includes('--json'),
    style: makeStyle({ level: colorLevel('auto', process.env, process.stderr.isTTY) }),
  });
}

async function run(program: ProgramName, args: readonly string[]): Promise<number> {
  const argv = program === 'datablock-inspect' ? ['inspect', ...args] : [...args];
  if (args[0] === '--version' || args[0] === '-v') {
    writeOut(versionLine(program));
    return 0;
  }
  const config = await loadConfig(program);
  const [id, ...rest] = argv;
  if (id === undefined || asksForHelp(argv)) {
    if (argv[0] === 'help' && argv[1] !== undefined && config.findCommand(argv[1]) === undefined) {
      return failWithoutCommand(config, argv, argv[1]);
    }
    return showHelp(config, argv);
  }
  if (config.findCommand(id) === undefined) return failWithoutCommand(config, argv, id);
  return config.runCommand<number>(id, rest);
}

/** Runs the program and sets the exit code of this process. */
export async function main(program: ProgramName, args: readonly string[]): Promise<void> {
  const exit = await run(program, args);
  process.exitCode = isReaderGone() ? 0 : exit;
}
