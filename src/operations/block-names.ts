import * as fs from 'node:fs';
import { errorNamed, translated } from '../api/errors';
import { native, type Location } from '../native';

const namePattern = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,199}$/;

/** The directory that blocks are looked for in. */
export function blockDirectory(location: Location): string {
  return translated(() => native().directory(location.dir));
}

/**
 * Files that may be blocks, by their names, sorted. Whether one is a block shows when it is opened. A directory that
 * cannot be read has none.
 */
export function blockNames(location: Location): string[] {
  try {
    return readBlockNames(location);
  } catch {
    return [];
  }
}

function readDirectory(directory: string): fs.Dirent[] {
  try {
    return fs.readdirSync(directory, { withFileTypes: true });
  } catch (e) {
    const { code, message } = e as NodeJS.ErrnoException;
    throw errorNamed(code === 'EACCES' ? 'PERMISSION' : 'IO', message, { cause: e });
  }
}

/** Like {@link blockNames}, but a directory that cannot be read is an error. */
export function readBlockNames(location: Location): string[] {
  return readDirectory(blockDirectory(location))
    .filter((entry) => entry.isFile() && namePattern.test(entry.name))
    .map((entry) => entry.name)
    .sort();
}
