/** Zones: what there are, and their content in and out. */
import { errorNamed } from '../api/errors';
import type { SharedSpinLock } from '../api/shared-spin-lock';
import { ZoneUser, type ZoneUserOptions } from '../api/zone-user';
import type { ChecksumVerdict, SegmentInfo, ZoneReport } from '../native';
import { ExitCode } from './exit-code';
import { Input } from './input';
import { observing, type ObserverLocation } from './opening';
import { Output } from './output';

export interface ZoneList {
  info: SegmentInfo;
  zones: ZoneReport[];
}

/** Read-only. */
export function listZones(name: string, location: ObserverLocation): ZoneList {
  return observing(name, location, (observer) => ({ info: observer.info(), zones: observer.zones() }));
}

/** The lock under which it is done, and what becomes of the mark that a dead owner left. */
export interface Locking {
  spinlock: number;
  /** Default: that of the environment. */
  timeoutMs: number | undefined;
  /** Take the mark away. */
  markConsistent: boolean;
}

/** What was found at the lock. */
export interface LockFacts {
  spinlock: number;
  /** An owner before died or left with it. */
  ownerDied: boolean;
  /** ... and now it counts as whole again. */
  markedConsistent: boolean;
}

export interface ZoneTransfer {
  zone: string;
  bytes: number;
  checksum: ChecksumVerdict;
  lock: LockFacts | null;
}

/** What the lock protects is in doubt, and stays so. */
export function isInDoubt({ lock }: ZoneTransfer): boolean {
  return lock !== null && lock.ownerDied && !lock.markedConsistent;
}

export function exitOfTransfer(transfer: ZoneTransfer): number {
  return isInDoubt(transfer) ? ExitCode.NotProvablySafe : ExitCode.Ok;
}

/** Runs `body` under the lock that is asked for, if one is. */
function locked(user: ZoneUser, locking: Locking | undefined, body: () => void): LockFacts | null {
  if (locking === undefined) {
    body();
    return null;
  }
  const { spinlock, timeoutMs, markConsistent } = locking;
  const lock: SharedSpinLock = user.spinlock(spinlock);
  using held = lock.lock({ ...(timeoutMs !== undefined && { timeoutMs }), onOwnerDead: 'accept' });
  const { ownerDied } = held;
  body();
  if (markConsistent) held.markConsistent();
  return { spinlock, ownerDied, markedConsistent: markConsistent };
}

function requireMatch(zone: string, checksum: ChecksumVerdict): void {
  if (checksum === 'matches') return;
  if (checksum === 'unverifiable') throw errorNamed('SECRET_NEEDED', `the checksum of zone ${zone} is keyed`);
  const why = checksum === 'absent' ? 'it has none' : 'nothing was put out';
  throw errorNamed('CHECKSUM_MISMATCH', `zone ${zone} does not match its checksum (${why})`);
}

export interface GetOptions {
  zone: string;
  /** A file, or `-` for standard output. */
  output: string;
  locking?: Locking | undefined;
  /** Put it out only when it matches its checksum. */
  verify: boolean;
}

interface Content {
  data: Uint8Array;
  checksum: ChecksumVerdict;
  lock: LockFacts | null;
}

/** As an observer, which needs read permission only. */
function look(name: string, location: ObserverLocation, zone: string): Content {
  return observing(name, location, (observer) => {
    const data = observer.readZone(zone);
    const checksum = observer.zones().find((report) => report.name === zone)?.checksum ?? 'absent';
    return { data, checksum, lock: null };
  });
}

/** As a participant, which can lock. */
function lookUnderLock(name: string, join: ZoneUserOptions, zone: string, locking: Locking): Content {
  using user = ZoneUser.open(name, join);
  const shared = user.zone(zone);
  let data = new Uint8Array();
  let checksum: ChecksumVerdict = 'absent';
  const lock = locked(user, locking, () => {
    data = shared.data.slice();
    checksum = shared.verifyChecksum();
  });
  return { data, checksum, lock };
}

/** @throws DataBlockError NO_SUCH_ZONE, CHECKSUM_MISMATCH, TIMEOUT, IO, BROKEN_PIPE, ... */
export function getZone(
  name: string,
  location: ObserverLocation & ZoneUserOptions,
  options: GetOptions,
): ZoneTransfer {
  const { zone, output, locking, verify } = options;
  const { data, checksum, lock } =
    locking === undefined ? look(name, location, zone) : lookUnderLock(name, location, zone, locking);
  if (verify) requireMatch(zone, checksum);
  const out = new Output(output);
  try {
    out.write(data);
  } finally {
    out.close();
  }
  return { zone, bytes: data.length, checksum, lock };
}

export interface PutOptions {
  zone: string;
  /** A file, or `-` for standard input. */
  input: string;
  locking?: Locking | undefined;
  /** Store the checksum of what was put in. */
  updateChecksum: boolean;
}

/** The whole input, which must be as long as the zone. */
function readExactly(path: string, zone: string, size: number): Uint8Array {
  const input = new Input(path);
  try {
    // One byte more, to see that it ends there.
    const data = new Uint8Array(size + 1);
    let length = 0;
    for (let got = -1; got !== 0 && length <= size; length += got)
      got = input.read(data, length, size + 1 - length);
    if (length === size) return data.subarray(0, size);
    const has = length > size ? 'more' : String(length);
    throw errorNamed('ZONE_SIZE', `zone ${zone} has ${size} bytes, and ${input.name} has ${has}`);
  } finally {
    input.close();
  }
}

/**
 * Replaces the whole content of a zone. The input is read to its end first, so that the lock is not held
 * while somebody types, and a refused input changes nothing.
 * @throws DataBlockError NO_SUCH_ZONE, ZONE_SIZE, TIMEOUT, IO, ...
 */
export function putZone(name: string, join: ZoneUserOptions, options: PutOptions): ZoneTransfer {
  const { zone, input, locking, updateChecksum } = options;
  using user = ZoneUser.open(name, join);
  const shared = user.zone(zone);
  const data = readExactly(input, zone, shared.size);
  let checksum: ChecksumVerdict = 'absent';
  const lock = locked(user, locking, () => {
    shared.data.set(data);
    if (updateChecksum) shared.updateChecksum();
    checksum = shared.verifyChecksum();
  });
  return { zone, bytes: data.length, checksum, lock };
}
