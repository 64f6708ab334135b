/** What the doctor asks the machine; tests answer in its place. */
import * as fs from 'node:fs';

export interface Machine {
  uid: number;
  /** Text of a file; null when it cannot be read. */
  read(path: string): string | null;
  /** Names in a directory; none when it cannot be read. */
  list(path: string): string[];
  /** Target of a link; null when there is none. */
  link(path: string): string | null;
  /** Null when the path is not there. */
  fileSystem(path: string): FileSystem | null;
}

export interface FileSystem {
  /** Magic number of its type, as statfs(2) says it. */
  type: number;
  bytes: number;
  freeBytes: number;
}

function orElse<T>(otherwise: T, ask: () => T): T {
  try {
    return ask();
  } catch {
    return otherwise;
  }
}

function statfs(path: string): FileSystem {
  const { type, bsize, blocks, bavail } = fs.statfsSync(path);
  return { type, bytes: blocks * bsize, freeBytes: bavail * bsize };
}

export function thisMachine(): Machine {
  return {
    uid: process.getuid?.() ?? 0,
    read: (path) => orElse(null, () => fs.readFileSync(path, 'utf8')),
    list: (path) => orElse([], () => fs.readdirSync(path)),
    link: (path) => orElse(null, () => fs.readlinkSync(path)),
    fileSystem: (path) => orElse(null, () => statfs(path)),
  };
}

/** A command that only root may run. */
export function asRoot({ uid }: Machine, command: string): string {
  return uid === 0 ? command : `sudo sh -c ${JSON.stringify(command)}`;
}

interface Mount {
  point: string;
  options: string[];
}

/** Mounts of /proc/self/mountinfo, with the options of the mount and those of the file system. */
function mounts(machine: Machine): Mount[] {
  const lines = (machine.read('/proc/self/mountinfo') ?? '').split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const fields = line.split(' ');
    const own = fields[5] ?? '';
    const superBlock = fields[fields.length - 1] ?? '';
    return { point: fields[4] ?? '', options: [...own.split(','), ...superBlock.split(',')] };
  });
}

/** The mount that a path is on. */
export function mountOf(machine: Machine, path: string): Mount | undefined {
  return mounts(machine)
    .filter(({ point }) => path === point || path.startsWith(point === '/' ? point : `${point}/`))
    .sort((a, b) => a.point.length - b.point.length)
    .at(-1);
}

/** A soft limit of /proc/self/limits; Infinity for `unlimited`, null when it is not known. */
export function softLimit(machine: Machine, name: string): number | null {
  const text = new RegExp(`^${name} +(\\S+)`, 'm').exec(machine.read('/proc/self/limits') ?? '')?.[1];
  if (text === undefined) return null;
  return text === 'unlimited' ? Infinity : Number(text);
}
