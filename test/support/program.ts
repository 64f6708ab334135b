/** Runs the real programs as child processes. */
import { spawnSync, type SpawnSyncOptionsWithStringEncoding } from 'node:child_process';
import * as path from 'node:path';

export const root = path.join(__dirname, '..', '..');
export const admin = path.join(root, 'bin', 'datablock-admin');
export const inspectProgram = path.join(root, 'bin', 'datablock-inspect');

export interface Run {
  exit: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  /** Value of DATABLOCK_DIR. */
  dir?: string;
  env?: NodeJS.ProcessEnv;
  input?: string;
}

/** The test runner's own wishes about colour and debugging are not the program's. */
const ofTheRunner: readonly string[] = ['NO_COLOR', 'FORCE_COLOR', 'DEBUG', 'NODE_OPTIONS', 'DATABLOCK_DIR'];

function environment({ dir, env }: RunOptions): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !ofTheRunner.includes(name));
  return { ...Object.fromEntries(inherited), ...(dir === undefined ? {} : { DATABLOCK_DIR: dir }), ...env };
}

/** Runs any program to its end. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Run {
  const spawnOptions: SpawnSyncOptionsWithStringEncoding = {
    encoding: 'utf8',
    env: environment(options),
    input: options.input ?? '',
    timeout: 120_000,
  };
  const { status, stdout, stderr, error } = spawnSync(program, args, spawnOptions);
  if (error !== undefined) throw error;
  return { exit: status, stdout, stderr };
}

/** Runs datablock-admin. */
export function runAdmin(args: readonly string[], options: RunOptions = {}): Run {
  return run(process.execPath, [admin, ...args], options);
}

/** Runs a command line with bash. */
export function runShell(command: string, options: RunOptions = {}): Run {
  return run('bash', ['-c', command], options);
}
