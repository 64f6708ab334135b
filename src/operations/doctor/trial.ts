/** Makes a block in a folder of its own, attaches to it, and looks whether what the protocol needs works here. */
import * as fs from 'node:fs';
import * as path from 'node:path';
import { DataBlockError, wrapNative } from '../../api/errors';
import { native, type SegmentInfo } from '../../native';
import { note, ok, problem, type Symptom } from './symptom';

const name = 'trial';

/** The leading dot keeps it out of every list of blocks. */
const PREFIX = '.datablock-doctor-';

function unnamedFiles(directory: string): Symptom {
  const topic = 'O_TMPFILE';
  // node does not know the flag by name; it contains that of O_DIRECTORY on every machine.
  const O_TMPFILE = 0o20000000 | fs.constants.O_DIRECTORY;
  try {
    fs.closeSync(fs.openSync(directory, O_TMPFILE | fs.constants.O_RDWR, 0o600));
    return ok(topic, 'works');
  } catch {
    return note(topic, 'is missing: blocks are made under a temporary name first');
  }
}

function locks(dir: string): Symptom {
  const topic = 'locks';
  const producer = native().openProducer(name, { dir });
  try {
    const observer = native().openObserver(name, { dir });
    try {
      const [participant] = observer.snapshot(0n, 0).participants;
      if (participant?.evidence.lockHeld === true)
        return ok(topic, 'a live participant is told from a dead one');
    } finally {
      observer.close();
    }
  } finally {
    producer.close();
  }
  return problem(
    topic,
    'this file system has no open-file-description locks: nobody can be told dead',
    'export DATABLOCK_DIR=/dev/shm',
  );
}

function fences({ fences: made }: SegmentInfo): Symptom {
  const topic = 'membarrier';
  if (made === 'asymmetric') return ok(topic, 'works');
  return note(
    topic,
    'is missing or forbidden: producers use full fences (--fences real), which cost some speed',
  );
}

function tryAll(dir: string): Symptom[] {
  const info = native().create(name, { dir, slots: 1, slotSize: 64 });
  return [unnamedFiles(dir), locks(dir), fences(info)];
}

export function tryOut(directory: string): Symptom[] {
  let dir: string | undefined;
  try {
    dir = fs.mkdtempSync(path.join(directory, PREFIX));
    return tryAll(dir);
  } catch (e) {
    const error = wrapNative(e) as Error;
    const why = error instanceof DataBlockError ? `${error.message} (${error.code})` : error.message;
    return [
      problem('trial', `a block could not be made and used in ${directory}: ${why}`, `ls -ld ${directory}`),
    ];
  } finally {
    if (dir !== undefined) fs.rmSync(dir, { recursive: true, force: true });
  }
}
