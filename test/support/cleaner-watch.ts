/** Catches a recovery in the middle: while it has a dead participant's lock byte, and has written down who it is. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { signal } from './signal';

/** Offsets in a participant's entry (docs/layout.md). */
const PID = 16;
const CLEANER = 144;
const ENTRY = 256;

/** Entries lie in front of everything that grows with the ring. */
const SEARCHED = 256 * 1024;

/** A ring of this size takes a cleaner some milliseconds to look through, before it frees an entry. */
export const bigRing = { slots: 1_000_000, slotSize: 1 };

/** Offset in the file of the entry of a node process. */
export function entryOf(name: string, dir: string, pid: number): number {
  const file = fs.openSync(path.join(dir, name), 'r');
  const start = Buffer.alloc(SEARCHED);
  fs.readSync(file, start, 0, SEARCHED, 0);
  fs.closeSync(file);
  for (let at = 0; at + ENTRY <= SEARCHED; at += 64) {
    const isEntry =
      start.readUInt32LE(at + PID) === pid && start.toString('latin1', at + 48, at + 52) === 'node';
    if (isEntry) return at;
  }
  throw new Error(`no entry of PID ${pid}`);
}

export class CleanerWatch {
  readonly #file: number;
  readonly #entry: number;
  readonly #word = Buffer.alloc(4);

  /** @param pid - of the dead participant */
  constructor(name: string, dir: string, pid: number) {
    this.#entry = entryOf(name, dir, pid);
    this.#file = fs.openSync(path.join(dir, name), 'r');
  }

  /** Pid of who is cleaning up right now; 0: nobody. */
  get cleaner(): number {
    fs.readSync(this.#file, this.#word, 0, 4, this.#entry + CLEANER);
    return this.#word.readUInt32LE();
  }

  /** Sends the signal to whoever cleans up, the moment it does. Blocks this thread. False: nobody came in time. */
  catch(name: NodeJS.Signals, ms = 10_000): boolean {
    const deadline = Date.now() + ms;
    for (let looks = 0; ; looks++) {
      const pid = this.cleaner;
      if (pid !== 0) {
        signal(pid, name);
        return true;
      }
      if (looks % 1000 === 0 && Date.now() > deadline) return false;
    }
  }

  close(): void {
    fs.closeSync(this.#file);
  }
}

/** Letter of the state of a process; '' when it is gone. */
export function stateOf(pid: number): string {
  try {
    const stat = fs.readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.charAt(stat.lastIndexOf(')') + 2);
  } catch {
    return '';
  }
}
