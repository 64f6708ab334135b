import type { NativeZoneAccess } from '../native';
import { errorNamed, translated } from './errors';
import { requireSpinlockIndex, SharedSpinLock } from './shared-spin-lock';
import { Zone } from './zone';
import { invalidArgument } from './options';

/** The zones and spinlocks that a handle has been asked for: one object for each of them, which goes with it. */
export class SharedMemory {
  readonly #native: NativeZoneAccess;
  readonly #zones = new Map<string, Zone>();
  readonly #locks = new Map<number, SharedSpinLock>();
  readonly #lockMs: number;
  #closed = false;

  /** `lockMs`: how long a lock is waited for where a call does not say. */
  constructor(access: NativeZoneAccess, lockMs: number) {
    this.#native = access;
    this.#lockMs = lockMs;
  }

  /** @throws DataBlockError NO_SUCH_ZONE, CLOSED, PAYLOAD_TOO_LARGE. */
  zone(name: string): Zone {
    if (typeof name !== 'string') throw invalidArgument("zone: the zone's name must be a string.");
    this.#requireOpen();
    let zone = this.#zones.get(name);
    if (zone === undefined) {
      zone = new Zone(translated(() => this.#native.zone(name)));
      this.#zones.set(name, zone);
    }
    return zone;
  }

  /** @throws DataBlockError CONFIG_INVALID, CLOSED. */
  spinlock(index: number): SharedSpinLock {
    requireSpinlockIndex(index);
    this.#requireOpen();
    let lock = this.#locks.get(index);
    if (lock === undefined) {
      lock = new SharedSpinLock(
        translated(() => this.#native.spinlock(index)),
        index,
        this.#lockMs,
      );
      this.#locks.set(index, lock);
    }
    return lock;
  }

  close(): void {
    this.#closed = true;
    for (const zone of this.#zones.values()) zone.forget();
    this.#zones.clear();
  }

  #requireOpen(): void {
    if (this.#closed) throw errorNamed('CLOSED');
  }
}
