import { checksumVerdicts, native, type ChecksumVerdict, type NativeZone } from '../native';
import { errorNamed, fromStatus } from './errors';

/**
 * A flexible zone: a named piece of a block's memory, beside the ring, that its users manage as they like.
 *
 * Nothing orders what several processes do in it: that is what the spinlocks are for.
 */
export class Zone {
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  readonly #native: NativeZone;
  readonly #view: Uint8Array;
  #closed = false;

  /** @internal */
  constructor(zone: NativeZone) {
    this.name = zone.name;
    this.size = zone.buffer.byteLength;
    this.#native = zone;
    this.#view = new Uint8Array(zone.buffer);
  }

  /**
   * The shared memory itself, writable. When the handle that it came from is closed, this throws CLOSED, and
   * views that were kept have length 0.
   */
  get data(): Uint8Array {
    if (this.#closed) throw errorNamed('CLOSED');
    return this.#view;
  }

  /**
   * Stores the checksum of what is in the zone now, with the block's algorithm (xxh3 where it has none). Never
   * done by itself: whoever changes the zone does it, and keeps others from changing it meanwhile.
   */
  updateChecksum(): void {
    if (this.#closed) throw errorNamed('CLOSED');
    const status = this.#native.updateChecksum();
    if (status < 0) throw fromStatus(status);
  }

  /** `absent`: it was never stored, or whoever was storing it died. */
  verifyChecksum(): ChecksumVerdict {
    if (this.#closed) throw errorNamed('CLOSED');
    return checksumVerdicts[this.#native.verifyChecksum()] ?? 'absent';
  }

  /** @internal The handle was closed. */
  forget(): void {
    this.#closed = true;
    native().detachBuffer(this.#native.buffer);
  }
}
