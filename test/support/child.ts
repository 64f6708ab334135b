/** Programs that run while the test goes on. Those still alive at the end of a test are killed. */
import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import { admin } from './program';

export interface Ended {
  /** null when a signal ended it. */
  exit: number | null;
  signal: NodeJS.Signals | null;
  stdout: Buffer;
  stderr: string;
}

export interface ChildOptions {
  /** Value of DATABLOCK_DIR. */
  dir: string;
  /** Standard input; default: nothing. */
  input?: Buffer | string;
  /** Keep standard input open. */
  keepOpen?: boolean;
  /** A file for standard input instead. */
  inputFile?: string;
  /** Do not read its standard output, so that its pipe fills up. */
  stalled?: boolean;
}

/** The test runner's own wishes about colour and debugging are not the program's. */
const ofTheRunner = ['NO_COLOR', 'FORCE_COLOR', 'DEBUG', 'NODE_OPTIONS'];

function environment(dir: string): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !ofTheRunner.includes(name));
  return { ...Object.fromEntries(inherited), DATABLOCK_DIR: dir };
}

export class Child {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
  stderr = '';
  readonly #stdout: Buffer[] = [];

  constructor(
    program: string,
    args: readonly string[],
    { dir, input = '', keepOpen, inputFile, stalled }: ChildOptions,
  ) {
    const stdin = inputFile === undefined ? 'pipe' : fs.openSync(inputFile, 'r');
    this.process = spawn(program, args, {
      env: environment(dir),
      stdio: [stdin, 'pipe', 'pipe'],
    });
    if (typeof stdin === 'number') fs.closeSync(stdin);
    // A program that ends early does not read its input to the end.
    this.process.stdin?.on('error', () => undefined);
    if (keepOpen !== true) this.process.stdin?.end(input);
    if (stalled !== true) this.process.stdout?.on('data', (data: Buffer) => this.#stdout.push(data));
    this.process.stderr?.on('data', (data: Buffer) => (this.stderr += data.toString()));
    this.ended = new Promise((resolve, reject) => {
      this.process.on('error', reject);
      this.process.on(
        stalled === true ? 'exit' : 'close',
        (exit: number | null, signal: NodeJS.Signals | null) => {
          resolve({ exit, signal, stdout: Buffer.concat(this.#stdout), stderr: this.stderr });
        },
      );
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  /** Standard output so far. */
  get stdout(): string {
    return Buffer.concat(this.#stdout).toString();
  }
}

const running = new Set<Child>();

/** Starts a program; it is killed at the end of the test if it still runs. */
export function start(program: string, args: readonly string[], options: ChildOptions): Child {
  const child = new Child(program, args, options);
  running.add(child);
  return child;
}

/** Starts datablock-admin. */
export function startAdmin(args: readonly string[], options: ChildOptions): Child {
  return start(process.execPath, [admin, ...args], options);
}

/** To be called once per test file. */
export function killChildrenAfterEach(): void {
  afterEach(async () => {
    for (const child of running) {
      child.process.stdout?.resume();
      child.process.kill('SIGCONT');
      child.process.kill('SIGKILL');
    }
    await Promise.all([...running].map(({ ended }) => ended));
    running.clear();
  });
}

/** Waits until `condition` holds; fails after two minutes. */
export async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 120_000;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
