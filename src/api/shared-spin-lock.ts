import type { NativeSpinlock } from '../native';
import { ErrorNumber, errorNamed, fromStatus } from './errors';
import { checkCallback, checkLockOptions, invalidArgument } from './options';

/** How a {@link SharedSpinLock} is locked. */
export interface LockOptions {
  /** Milliseconds on the monotonic clock: 0 tries once, -1 waits for ever. Default: `lockMs` of the handle's {@link timeouts}. */
  timeoutMs?: number;
  /**
   * When an owner before died, or left, while it held the lock, and nobody has said
   * {@link SharedSpinLock.markConsistent} since: `refuse` (default) unlocks again and throws OWNER_DEAD;
   * `accept` keeps the lock, and {@link SharedSpinLock.ownerDied} says so.
   */
  onOwnerDead?: 'refuse' | 'accept';
}

/**
 * One of the 32 locks of a block's pool, for what lies in its zones. What each of them protects is for the
 * users of the block to agree upon.
 *
 * The owner is the thread of a participant: within a thread the lock is recursive, and must be unlocked as
 * often as it was locked. So it does not keep two asynchronous functions of one thread apart: hold it only
 * while synchronous code runs. Waiting blocks the thread.
 *
 * An owner that dies is found out by whoever waits (after the block's healing interval), or by
 * `auto-recover`; the next owner is told, since what the lock protects may be half-updated.
 */
export class SharedSpinLock {
  /** 0 to 31. */
  readonly index: number;
  readonly #native: NativeSpinlock;
  readonly #lockMs: number;
  #ownerDied = false;

  /** @internal */
  constructor(native: NativeSpinlock, index: number, lockMs: number) {
    this.#native = native;
    this.#lockMs = lockMs;
    this.index = index;
  }

  /**
   * Locks it. `using held = user.spinlock(3).lock()` unlocks at the end of the scope.
   * @throws DataBlockError TIMEOUT, OWNER_DEAD (see {@link LockOptions.onOwnerDead}), CLOSED, INTERRUPTED,
   *   LOCK_LOST, CORRUPT.
   */
  lock(options: LockOptions = {}): this {
    checkLockOptions('lock', options);
    this.#settle(this.#native.lock(options.timeoutMs ?? this.#lockMs), options);
    return this;
  }

  /** Like {@link lock}, but answers false when somebody else holds it. */
  tryLock(options: Omit<LockOptions, 'timeoutMs'> = {}): boolean {
    checkLockOptions('tryLock', options);
    const status = this.#native.lock(0);
    if (status === -ErrorNumber.TIMEOUT) return false;
    this.#settle(status, options);
    return true;
  }

  #settle(status: number, { onOwnerDead = 'refuse' }: LockOptions): void {
    this.#ownerDied = status === -ErrorNumber.OWNER_DEAD;
    if (this.#ownerDied && onOwnerDead === 'refuse') this.#native.unlock();
    if (status < 0 && !(this.#ownerDied && onOwnerDead === 'accept'))
      throw fromStatus(status, `spinlock ${this.index}`);
  }

  /** Unlocks it once. @throws DataBlockError NOT_LOCKED, CLOSED. */
  unlock(): void {
    const status = this.#native.unlock();
    if (status < 0) throw fromStatus(status);
  }

  /** This thread holds it. */
  get held(): boolean {
    return this.#native.isHeld() === 1;
  }

  /** The lock was taken from an owner that died: what it protects may be half-updated. */
  get ownerDied(): boolean {
    return this.#ownerDied;
  }

  /**
   * What the lock protects is whole again: later owners are not told of the dead one any more.
   * @throws DataBlockError NOT_LOCKED, CLOSED.
   */
  markConsistent(): void {
    const status = this.#native.markConsistent();
    if (status < 0) throw fromStatus(status);
    this.#ownerDied = false;
  }

  /**
   * Runs `body` under the lock, and unlocks when it returns or throws. `repair` is called first when an owner
   * before died; when it returns, the data counts as whole. Without it OWNER_DEAD is thrown.
   * @returns what `body` returned.
   * @throws DataBlockError as {@link lock}; INVALID_ARGUMENT when `body` returned a promise: the lock does not
   *   cover what happens later.
   */
  withLock<T>(body: () => T, options: Pick<LockOptions, 'timeoutMs'> & { repair?: () => void } = {}): T {
    checkCallback('withLock', body);
    const { repair, ...lockOptions } = options;
    if (repair !== undefined) checkCallback('withLock', repair);
    this.lock({ ...lockOptions, onOwnerDead: repair === undefined ? 'refuse' : 'accept' });
    try {
      if (this.#ownerDied) {
        repair?.();
        this.markConsistent();
      }
      const result = body();
      if (result instanceof Promise)
        throw invalidArgument('withLock: the lock cannot be held until a promise is settled.');
      return result;
    } finally {
      this.unlock();
    }
  }

  /** Unlocks it if this thread holds it. */
  [Symbol.dispose](): void {
    if (this.held) this.unlock();
  }
}

/** @internal */
export function requireSpinlockIndex(index: unknown): asserts index is number {
  if (typeof index === 'number' && Number.isInteger(index) && index >= 0 && index < 32) return;
  throw errorNamed('CONFIG_INVALID', `a spinlock is a whole number from 0 to 31, not ${String(index)}`);
}
