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

  /**
   * Reads what there is, at least one byte, up to `length`. @returns 0 at the end. @throws DataBlockError IO,
   * INTERRUPTED
   */
  read(buffer: Uint8Array, offset: number, length: number): number {
    const status = native().readFd(this.fd, buffer, offset, length);
    if (status < 0) throw fromStatus(status, this.name);
    return status;
  }

  /** It is a regular file: reading it never waits for anybody. */
  get isFile(): boolean {
    return fs.fstatSync(this.fd).isFile();
  }

  close(): void {
    if (this.fd !== STDIN) fs.closeSync(this.fd);
  }
}
