/** A real process that plays a part in a rehearsal. */
import { spawn, type ChildProcess } from 'node:child_process';
import * as path from 'node:path';

const program = path.join(__dirname, '..', '..', '..', 'bin', 'datablock-admin');

/** How a process is started. */
export interface Casting {
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Standard input; none when it is left out. */
  input?: string | undefined;
  /** Words in front of the command: nsenter with its flags. */
  prefix?: readonly string[] | undefined;
}

export class Actor {
  readonly process: ChildProcess;
  /** Both streams, as they came. */
  output = '';
  /** Exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;

  constructor(words: readonly string[], { cwd, env, input, prefix = [] }: Casting) {
    const [command = '', ...args] = [...prefix, ...words];
    this.process = spawn(command, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
    const note = (data: Buffer): void => {
      this.output += data.toString();
    };
    this.process.stdout?.on('data', note);
    this.process.stderr?.on('data', note);
    // One that ends early does not read its input to the end.
    this.process.stdin?.on('error', () => undefined);
    this.process.stdin?.end(input ?? '');
    this.ended = new Promise((resolve, reject) => {
      this.process.on('error', reject);
      this.process.on('close', (exit) => {
        resolve(exit);
      });
    });
  }

  /** A command of ours. */
  static ofTool(args: readonly string[], casting: Casting): Actor {
    return new Actor([process.execPath, program, ...args], casting);
  }

  get pid(): number {
    return this.process.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  signal(name: NodeJS.Signals): void {
    this.process.kill(name);
  }
}
