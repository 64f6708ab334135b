/** Participants in processes of their own, which can be stopped and killed. */
import { spawn, type ChildProcess } from 'node:child_process';
import * as path from 'node:path';
import { root } from './program';

const nativeModule = path.join(root, 'dist', 'native.js');

/** What a participant does before it says that it is ready; then it does nothing, for ever. */
export type Act =
  /** A producer that is attached. */
  | 'attach'
  /** A producer that has a slot in hand. */
  | 'write'
  /** A sync consumer that is attached and has read nothing. */
  | 'follow'
  /** A lossy consumer that has the oldest message in hand. */
  | 'peek'
  /** A zone user that holds spinlock 5, until it reads a line. */
  | 'lock';

/** Bodies of functions of (native, name, dir) that return the handle. */
const acts: Record<Act, string> = {
  attach: `return native.openProducer(name, { dir });`,
  write: `
    const producer = native.openProducer(name, { dir });
    if (producer.acquire(1000) < 0) throw new Error('no slot to write');
    return producer;`,
  follow: `return native.openConsumer(name, { dir, mode: 'sync', from: 'latest' });`,
  peek: `
    const consumer = native.openConsumer(name, { dir, mode: 'sequential', from: 'oldest' });
    if (consumer.acquire(1000) < 0) throw new Error('no message to read');
    return consumer;`,
  lock: `
    const user = native.openZoneUser(name, { dir });
    const lock = user.spinlock(5);
    if (lock.lock(1000) !== 0) throw new Error('no lock');
    process.stdin.once('data', () => lock.unlock());
    return user;`,
};

/** The handle is kept, or it would be collected. */
function program(act: Act): string {
  return `
    const act = (native, name, dir) => {${acts[act]}};
    globalThis.kept = act(require(${JSON.stringify(nativeModule)}).native(), ...process.argv.slice(1));
    console.log('ready');
    setInterval(() => undefined, 1 << 30);`;
}

export class Participant {
  private constructor(private readonly child: ChildProcess) {}

  static async start(act: Act, name: string, dir: string): Promise<Participant> {
    const child = spawn(process.execPath, ['-e', program(act), name, dir], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    running.add(child);
    await new Promise<void>((resolve, reject) => {
      child.stdout.once('data', () => {
        resolve();
      });
      child.once('exit', (code) => {
        reject(new Error(`${act} ended with ${String(code)}`));
      });
    });
    return new Participant(child);
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('not started');
    return this.child.pid;
  }

  stop(): void {
    this.child.kill('SIGSTOP');
  }

  /** Lets `lock` unlock. */
  release(): void {
    this.child.stdin?.end('\n');
  }

  /** SIGKILL, and until the process is gone. */
  async kill(): Promise<void> {
    await ended(this.child);
  }
}

const running = new Set<ChildProcess>();

async function ended(child: ChildProcess): Promise<void> {
  running.delete(child);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exit = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await exit;
}

/** Kills a participant of that kind, and leaves its traces. @returns its process id */
export async function leaveTraces(act: Act, name: string, dir: string): Promise<number> {
  const [pid] = await leaveAllTraces([act], name, dir);
  return pid!;
}

/** Kills participants that were alive together: one that joins later would clean up after the dead. @returns their process ids */
export async function leaveAllTraces(acts: readonly Act[], name: string, dir: string): Promise<number[]> {
  const participants: Participant[] = [];
  for (const act of acts) participants.push(await Participant.start(act, name, dir));
  for (const participant of participants) await participant.kill();
  return participants.map(({ pid }) => pid);
}

afterEach(async () => {
  await Promise.all([...running].map(ended));
});
