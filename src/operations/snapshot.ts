import * as fs from 'node:fs';
import { DataBlockError, errorNamed, wrapNative } from '../api/errors';
import type { Location } from '../native';
import { observing } from './opening';

export interface TakenSnapshot {
  block: string;
  /** Identity of the block. */
  instance: string;
  file: string;
  /** Room that it takes; the payload that was left out is a hole. */
  bytes: number;
  payload: boolean;
}

/** Codes that would be advised upon as if the block were meant. */
const aboutTheFile: readonly string[] = ['EXISTS', 'NO_SUCH_BLOCK', 'PERMISSION'];

function write(call: () => void): void {
  try {
    call();
  } catch (e) {
    const error = wrapNative(e);
    if (error instanceof DataBlockError && aboutTheFile.includes(error.code)) {
      throw errorNamed('IO', `the snapshot: ${error.message}`, { cause: error });
    }
    throw error;
  }
}

/** Copies a block to a new file. Changes nothing of the block. */
export function takeSnapshot(
  name: string,
  location: Location,
  file: string,
  payload: boolean,
): TakenSnapshot {
  return observing(name, location, (observer) => {
    write(() => {
      observer.writeSnapshot(file, payload);
    });
    const { instance } = observer.info();
    return { block: name, instance, file, bytes: fs.statSync(file).blocks * 512, payload };
  });
}
