/** Where a scenario is played: a directory of its own, real processes, the real tools. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { errorNamed } from '../../api/errors';
import type { Location, Snapshot } from '../../native';
import { nextCommand } from '../next-command';
import { observing } from '../opening';
import { Actor, type Casting } from './actor';
import { failed, type Step } from './step';

/** The leading dot keeps it out of every list of blocks. */
const PREFIX = '.datablock-rehearsal-';

const PATIENCE_MS = 20_000;
const POLL_MS = 10;

/** Name of the block that every scenario plays with. */
export const block = 'sensor';

export interface Cue {
  /** Standard input of the command. */
  input?: string;
  /** Words in front of it that are not shown: into which namespace it goes. */
  prefix?: readonly string[];
}

/** `echo three | datablock-admin produce sensor` */
function typed(args: readonly string[], input: string | undefined): string {
  const command = nextCommand(args);
  return input === undefined ? command : `printf ${JSON.stringify(input)} | ${command}`;
}

export class Stage {
  /** Home of the files of this rehearsal; commands run there. */
  readonly home: string;
  readonly #tell: (step: Step) => void;
  readonly #actors = new Set<Actor>();
  readonly steps: Step[] = [];
  #interrupted = false;

  constructor(directory: string, tell: (step: Step) => void) {
    this.home = fs.mkdtempSync(path.join(directory, PREFIX));
    fs.mkdirSync(this.blocks);
    this.#tell = tell;
  }

  /** The directory of the blocks. */
  get blocks(): string {
    return path.join(this.home, 'blocks');
  }

  get location(): Location {
    return { dir: this.blocks };
  }

  /** The file of the block. */
  get file(): string {
    return path.join(this.blocks, block);
  }

  get failed(): boolean {
    return this.steps.some(failed);
  }

  #note(step: Step): void {
    this.steps.push(step);
    this.#tell(step);
  }

  #casting({ input, prefix }: Cue): Casting {
    const env: NodeJS.ProcessEnv = { ...process.env, DATABLOCK_DIR: this.blocks, NO_COLOR: '1' };
    delete env.FORCE_COLOR;
    delete env.DEBUG;
    return { cwd: this.home, env, input, prefix };
  }

  #requireGoing(): void {
    if (this.#interrupted) throw errorNamed('INTERRUPTED');
  }

  say(text: string): void {
    this.#note({ kind: 'say', text });
  }

  /** Starts a command of ours in the background. */
  start(args: readonly string[], cue: Cue = {}): Actor {
    this.#requireGoing();
    this.#note({ kind: 'do', command: `${typed(args, cue.input)} &`, output: '' });
    return this.#track(Actor.ofTool(args, this.#casting(cue)));
  }

  #track(actor: Actor): Actor {
    this.#actors.add(actor);
    return actor;
  }

  /** Waits for a command to end, and notes what it said and whether it ended as it had to. */
  async finish(actor: Actor, command: string, expected: number, says?: RegExp): Promise<string> {
    const exit = await actor.ended;
    this.#actors.delete(actor);
    this.#requireGoing();
    const { output } = actor;
    const passed = exit === expected && (says === undefined || says.test(output));
    this.#note({ kind: 'run', command, output, exit, expected, passed });
    return output;
  }

  /** Runs a command of ours to its end. */
  run(args: readonly string[], expected: number, says?: RegExp, cue: Cue = {}): Promise<string> {
    this.#requireGoing();
    const actor = this.#track(Actor.ofTool(args, this.#casting(cue)));
    return this.finish(actor, typed(args, cue.input), expected, says);
  }

  /** A line for a shell; it must succeed. */
  async shell(command: string, cue: Cue = {}): Promise<string> {
    this.#requireGoing();
    const actor = this.#track(new Actor(['sh', '-c', command], this.#casting(cue)));
    const exit = await actor.ended;
    this.#actors.delete(actor);
    this.#note({ kind: 'do', command, output: actor.output });
    if (exit !== 0) this.expect(`${command} succeeds`, false);
    return actor.output;
  }

  /** Something in the background that is not shown. */
  silently(words: readonly string[], cue: Cue = {}): Actor {
    this.#requireGoing();
    return this.#track(new Actor(words, this.#casting(cue)));
  }

  /** SIGKILL, and until the process is gone. */
  async kill(actor: Actor, pid = actor.pid): Promise<void> {
    // 0 and less mean groups of processes, ours among them.
    if (!(pid > 1)) throw new Error(`no process to kill: ${pid}`);
    this.#note({ kind: 'do', command: `kill -KILL ${pid}`, output: '' });
    process.kill(pid, 'SIGKILL');
    await actor.ended;
    this.#actors.delete(actor);
  }

  signal(actor: Actor, name: 'SIGSTOP' | 'SIGCONT'): void {
    this.#note({ kind: 'do', command: `kill -${name.slice(3)} ${actor.pid}`, output: '' });
    actor.signal(name);
  }

  expect(text: string, passed: boolean): void {
    this.#note({ kind: 'expect', text, passed });
  }

  /** What the block looks like now; null when it cannot be looked at. */
  look(): Snapshot | null {
    try {
      return observing(block, this.location, (observer) => observer.snapshot(0n, 64));
    } catch {
      return null;
    }
  }

  /** Waits until the block looks as `condition` says. */
  async until(what: string, condition: (now: Snapshot) => boolean): Promise<void> {
    await this.wait(what, () => {
      const now = this.look();
      return now !== null && condition(now);
    });
  }

  async wait(what: string, condition: () => boolean): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while (!condition()) {
      this.#requireGoing();
      if (performance.now() > deadline)
        throw errorNamed('TIMEOUT', `the rehearsal waited in vain until ${what}`);
      await pause(POLL_MS);
    }
  }

  /** So many participants are attached. */
  async attached(count: number): Promise<void> {
    await this.until(
      `${count} participants are attached`,
      ({ participants }) => participants.filter(({ state }) => state === 'active').length === count,
    );
  }

  /** So many slots are being written. */
  async writing(count = 1): Promise<void> {
    await this.until(`${count} slots are being written`, ({ summary }) => summary.byPhase.WRITING === count);
  }

  /** A signal came: whatever is awaited ends soon. */
  interrupt(): void {
    this.#interrupted = true;
    this.#endActors();
  }

  #endActors(): void {
    for (const actor of this.#actors) {
      actor.signal('SIGCONT');
      actor.signal('SIGKILL');
    }
  }

  /** Leaves nothing behind. */
  async clear(): Promise<void> {
    const left = [...this.#actors];
    this.#endActors();
    await Promise.all(left.map(({ ended }) => ended.catch(() => null)));
    fs.rmSync(this.home, { recursive: true, force: true });
  }
}
