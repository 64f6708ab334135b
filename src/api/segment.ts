import {
  native,
  type HistoryEntry,
  type Location,
  type Metrics,
  type NativeObserver,
  type RecoveryAction,
  type SegmentInfo,
  type SlotReport,
  type Snapshot,
  type ValidationReport,
  type ZoneReport,
} from '../native';
import { translated } from './errors';
import {
  checkCreateConfig,
  checkObserverOptions,
  checkName,
  checkRange,
  checkSnapshotOptions,
  checkUnlinkOptions,
  checkValidateOptions,
  forAddon,
  type CreateConfig,
  type ObserverOptions,
} from './options';
import { THREAD_BOUND } from './thread-bound';
import { timeouts } from './timeouts';

export interface UnlinkOptions extends Location {
  /** Remove the name even when participants are attached: they go on with the nameless block. */
  force?: boolean;
  /**
   * Identity of the block that is meant ({@link SegmentInfo.instance}); default: the block that has the name
   * now.
   */
  instance?: string;
}

export interface SnapshotOptions {
  /** A live owner is called `slow` after this long; milliseconds. Default: that of {@link timeouts}, 30,000. */
  stuckAfterMs?: number;
  /** Most notable slots to list; default 1000. */
  limit?: number;
}

const DEFAULT_NOTABLE_LIMIT = 1000;

/**
 * A look at a block from outside: opened read-only, takes no participant, and never changes a byte of it.
 *
 * `using segment = Segment.open('sensor')` closes it at the end of the scope. Belongs to one thread.
 */
export class Segment {
  /** Keeps it from being sent to another thread. @internal */
  readonly threadBound: symbol = THREAD_BOUND;
  readonly #native: NativeObserver;

  private constructor(observer: NativeObserver) {
    this.#native = observer;
  }

  /**
   * Makes a block. It stays until it is unlinked, whoever comes and goes.
   * @throws DataBlockError CONFIG_INVALID, SCHEMA_INVALID, NAME_INVALID, EXISTS, NO_SPACE, PERMISSION.
   */
  static create(name: string, config: CreateConfig): SegmentInfo {
    checkName('Segment.create', name);
    checkCreateConfig(config);
    return translated(() => native().create(name, forAddon(config)));
  }

  /**
   * Opens a block to look at. Needs read permission only.
   * @throws DataBlockError NO_SUCH_BLOCK, NOT_A_BLOCK, TRUNCATED, FUTURE_VERSION, HEADER_CORRUPT, PERMISSION,
   *   ...
   */
  static open(name: string, options: ObserverOptions = {}): Segment {
    checkName('Segment.open', name);
    checkObserverOptions('Segment.open', options);
    return new Segment(translated(() => native().openObserver(name, forAddon(options))));
  }

  /**
   * Removes a block: only the one that is meant, never a newer one that took its name meanwhile.
   * @throws DataBlockError IN_USE when somebody is attached (and `force` is not given), RECREATED,
   *   NO_SUCH_BLOCK.
   */
  static unlink(name: string, options: UnlinkOptions = {}): void {
    checkName('Segment.unlink', name);
    checkUnlinkOptions('Segment.unlink', options);
    const { force = false, instance, ...location } = options;
    const meant = instance ?? Segment.#instanceOf(name, location);
    translated(() => {
      native().unlink(name, meant, force, location);
    });
  }

  static #instanceOf(name: string, location: Location): string {
    using segment = Segment.open(name, location);
    return segment.info().instance;
  }

  /** Identity and configuration of the block. */
  info(): SegmentInfo {
    return translated(() => this.#native.info());
  }

  /** Participants, slots and their verdicts, as they are now. */
  snapshot(options: SnapshotOptions = {}): Snapshot {
    checkSnapshotOptions('snapshot', options);
    const { stuckAfterMs = timeouts().stuckAfterMs, limit = DEFAULT_NOTABLE_LIMIT } = options;
    return translated(() => this.#native.snapshot(BigInt(stuckAfterMs) * 1_000_000n, limit));
  }

  /** Reports on slots `from` to `from + count - 1`, healthy ones too. `stuckAfterMs` as in {@link snapshot}. */
  slots(from: number, count: number, stuckAfterMs = timeouts().stuckAfterMs): SlotReport[] {
    const { slots } = this.info();
    checkRange('slots', 'from', from, 0, slots);
    checkRange('slots', 'count', count, 0, slots - from);
    checkSnapshotOptions('slots', { stuckAfterMs });
    return translated(() => this.#native.slots(from, count, BigInt(stuckAfterMs) * 1_000_000n));
  }

  /** Counters since the block was created. */
  metrics(): Metrics {
    return translated(() => this.#native.metrics());
  }

  /**
   * Checks the invariants of the block; with `checksums` also the checksum of every message in it (reads the
   * payload).
   */
  validate(options: { checksums?: boolean } = {}): ValidationReport {
    checkValidateOptions('validate', options);
    return translated(() => this.#native.validate(options.checksums ?? false));
  }

  /** What automatic recovery would do now, in its order. Changes nothing. */
  plan(): RecoveryAction[] {
    return translated(() => this.#native.plan());
  }

  /** The flight recorder: recovery and force actions, oldest first. */
  history(): HistoryEntry[] {
    return translated(() => this.#native.history());
  }

  /** The zones and how their checksums stand; reads all of them, while others may be changing them. */
  zones(): ZoneReport[] {
    return translated(() => this.#native.zones());
  }

  /** A copy of what is in a zone now, whoever is changing it meanwhile. @throws DataBlockError NO_SUCH_ZONE. */
  readZone(name: string): Uint8Array {
    return translated(() => this.#native.readZone(name));
  }

  /** Lets the block go. Idempotent. */
  close(): void {
    this.#native.close();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
