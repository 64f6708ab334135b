import { native, type JoinOptions, type NativeZoneUser, type SegmentInfo, type Timeouts } from '../native';
import { fromStatus, translated } from './errors';
import { checkJoinOptions, checkName, forAddon, type Given } from './options';
import { SharedMemory } from './shared-memory';
import type { SharedSpinLock } from './shared-spin-lock';
import { THREAD_BOUND } from './thread-bound';
import { timeouts } from './timeouts';
import type { Zone } from './zone';

export interface ZoneUserOptions extends Omit<Given<JoinOptions>, 'schema'> {
  /** For locks that are waited for without a time-out of their own. Default: {@link timeouts}. */
  timeouts?: Partial<Timeouts>;
}

/**
 * Uses the zones and spinlocks of a block, and has no part in its stream: it holds nobody back, and costs the
 * producers nothing. Producers and consumers have the same {@link zone} and {@link spinlock}.
 *
 * A handle belongs to the thread that opened it. A spinlock that is still locked when the handle is closed, or
 * its process dies, is released, and the next owner is told.
 */
export class ZoneUser {
  /** Identity and configuration of the block, as they were when it was joined. */
  readonly info: SegmentInfo;
  /** This handle's id among the participants of the block, 1 to 64. */
  readonly participant: number;
  /** Keeps it from being sent to another thread. @internal */
  readonly threadBound: symbol = THREAD_BOUND;
  readonly #native: NativeZoneUser;
  readonly #shared: SharedMemory;

  private constructor(handle: NativeZoneUser, lockMs: number) {
    this.info = handle.info;
    this.participant = handle.participant;
    this.#native = handle;
    this.#shared = new SharedMemory(handle, lockMs);
  }

  /** @throws DataBlockError NO_SUCH_BLOCK, PARTICIPANTS_FULL, PERMISSION, ... */
  static open(name: string, options: ZoneUserOptions = {}): ZoneUser {
    checkName('ZoneUser.open', name);
    checkJoinOptions('ZoneUser.open', options);
    const { timeouts: own, ...join } = options;
    const { lockMs } = timeouts(own);
    return new ZoneUser(
      translated(() => native().openZoneUser(name, forAddon(join))),
      lockMs,
    );
  }

  /** @throws DataBlockError NO_SUCH_ZONE, CLOSED, PAYLOAD_TOO_LARGE. */
  zone(name: string): Zone {
    return this.#shared.zone(name);
  }

  /** `index`: 0 to 31. @throws DataBlockError CONFIG_INVALID, CLOSED. */
  spinlock(index: number): SharedSpinLock {
    return this.#shared.spinlock(index);
  }

  /** Tells operators that this program is well. Never waits. @throws DataBlockError LOCK_LOST, CLOSED. */
  heartbeat(): void {
    const status = this.#native.heartbeat();
    if (status < 0) throw fromStatus(status);
  }

  /** Leaves the block. Idempotent. */
  close(): void {
    this.#shared.close();
    this.#native.close();
  }

  /** `using user = ZoneUser.open(...)` closes it at the end of the scope. */
  [Symbol.dispose](): void {
    this.close();
  }
}
