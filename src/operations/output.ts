import * as fs from 'node:fs';
import { errorNamed, fromStatus } from '../api/errors';
import { native } from '../native';

const STDOUT = 1;
const CAPACITY = 256 * 1024;

/**
 * The bytes that `consume` puts out, to a file or standard output: small pieces are gathered before they are
 * written.
 */
export class Output {
  readonly fd: number;
  /** What messages call it. */
  readonly name: string;
  readonly buffer = Buffer.allocUnsafeSlow(CAPACITY);
  /** How much of {@link buffer} is filled. */
  length = 0;
  #written = 0;

  /** @param path - a file, which is made or emptied, or `-` for standard output. @throws DataBlockError IO */
  constructor(path: string) {
    this.name = path === '-' ? 'standard output' : path;
    try {
      this.fd = path === '-' ? STDOUT : fs.openSync(path, 'w');
    } catch (error) {
      throw errorNamed('IO', (error as Error).message, { cause: error });
    }
  }

  /** Room in {@link buffer}. */
  get room(): number {
    return CAPACITY - this.length;
  }

  /** Bytes that were written out, those that {@link writeThrough} announced included. */
  get written(): number {
    return this.#written;
  }

  /** Writes what is gathered. @throws DataBlockError IO, BROKEN_PIPE, INTERRUPTED */
  flush(): void {
    if (this.length === 0) return;
    const length = this.length;
    this.length = 0;
    const status = native().writeFd(this.fd, this.buffer, 0, length);
    if (status < 0) throw fromStatus(status, this.name);
    this.#written += length;
  }

  /** Writes `data` after everything that is gathered. @throws DataBlockError IO, BROKEN_PIPE, INTERRUPTED */
  write(data: Uint8Array): void {
    this.writeThrough(data.length, (fd) => {
      const status = native().writeFd(fd, data, 0, data.length);
      if (status < 0) throw fromStatus(status, this.name);
    });
  }

  /** Has `length` bytes written by `write` after everything that is gathered. */
  writeThrough(length: number, write: (fd: number) => void): void {
    this.flush();
    write(this.fd);
    this.#written += length;
  }

  close(): void {
    if (this.fd !== STDOUT) fs.closeSync(this.fd);
  }
}
