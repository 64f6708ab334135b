/** A recovery in the middle: it has a dead participant's lock byte, and has written down who it is. */
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { root } from './program';

/** Offsets in a participant's entry (docs/layout.md). */
const PID = 16;
const CLEANER = 144;
const ENTRY = 256;

/** Entries lie in front of everything that grows with the ring. */
const SEARCHED = 256 * 1024;

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

const preload = path.join(root, 'build', 'test', 'faults', 'datablock_cleaner_signal.so');

/**
 * Words in front of a command: the process gets the signal while it cleans up after the dead one with that pid.
 */
export function whenCleaning(name: NodeJS.Signals, block: string, dir: string, dead: number): string[] {
  const at = entryOf(block, dir, dead) + CLEANER;
  const wish = `${os.constants.signals[name]}:${at}:${path.join(dir, block)}`;
  return ['env', `LD_PRELOAD=${preload}`, `DATABLOCK_WHEN_CLEANING=${wish}`];
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
