/**
 * Writes to the standard streams, whole and in order. The calls are synchronous, so that a failure (disk full, reader
 * gone) is found where it happens and nothing is lost when the process ends.
 */
import * as fs from 'node:fs';
import { errorNamed } from '../api/errors';

const stdoutFd = 1;
const stderrFd = 2;

let readerGone = false;

/** The reader of stdout closed it (`| head -1`): not an error, there is just nobody left to tell. */
export function isReaderGone(): boolean {
  return readerGone;
}

function codeOf(e: unknown): string | undefined {
  return (e as NodeJS.ErrnoException | undefined)?.code;
}

/** A pipe that our parent made non-blocking may be full for a moment. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
}

function writeAll(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  let done = 0;
  while (done < bytes.length) {
    try {
      done += fs.writeSync(fd, bytes, done);
    } catch (e) {
      if (codeOf(e) !== 'EAGAIN') throw e;
      pause();
    }
  }
}

/** Data for the user or the next program. */
export function writeOut(text: string): void {
  if (readerGone) return;
  try {
    writeAll(stdoutFd, text);
  } catch (e) {
    if (codeOf(e) !== 'EPIPE')
      throw errorNamed('IO', `standard output: ${(e as Error).message}`, { cause: e });
    readerGone = true;
  }
}

/** Progress, prompts and complaints. When even that fails there is nobody to tell. */
export function writeErr(text: string): void {
  try {
    writeAll(stderrFd, text);
  } catch {
    // Nobody listens.
  }
}
