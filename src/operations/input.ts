import * as fs from 'node:fs';
import { errorNamed, fromStatus } from '../api/errors';
import { native } from '../native';

const STDIN = 0;

/** The bytes that `produce` publishes: a file, or standard input. */
export class Input {
  readonly fd: number;
  /** What messages call it. */
  readonly name: string;

  /** @param path - a file, or `-` for standard input. @throws DataBlockError IO */
  constructor(path: string) {
    this.name = path === '-' ? 'standard input' : path;
    try {
      this.fd = path === '-' ? STDIN : fs.openSync(path, 'r');
    } catch (error) {
      throw errorNamed('IO', (error as Error).message, { cause: error });
    }
  }

  /** Reads what there is, at least one byte, up to `length`. @returns 0 at the end. @throws DataBlockError IO, INTERRUPTED */
  read(buffer: Uint8Array, offset: number, length: number): number {
    const status = native().readFd(this.fd, buffer, offset, length);
    if (status < 0) throw fromStatus(status, this.name);
    return status;
  }

  /** Bytes from the current position to the end of a regular file; 0 for everything else. They can be read without waiting. */
  remaining(): number {
    try {
      const stat = fs.fstatSync(this.fd);
      if (!stat.isFile()) return 0;
      const position = /^pos:\s*(\d+)/m.exec(fs.readFileSync(`/proc/self/fdinfo/${this.fd}`, 'latin1'))?.[1];
      return position === undefined ? 0 : Math.max(0, stat.size - Number(position));
    } catch {
      return 0; // No /proc: it is read like a pipe.
    }
  }

  close(): void {
    if (this.fd !== STDIN) fs.closeSync(this.fd);
  }
}
