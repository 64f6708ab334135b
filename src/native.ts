/**
 * The one file that declares what the native addon offers. Everything above it is TypeScript, everything
 * below it is the C++ core (native/core), where the protocol is written once.
 *
 * Conventions
 * - u64 quantities (message numbers, words, nanoseconds, identities) are `bigint`; sizes and counts that fit
 *   2^53 are `number`.
 * - Functions on the hot path return a number: `>= 0` is a result, `< 0` is the negated number of an entry of
 *   the error catalogue ({@link ErrorEntry.number}). All other functions throw {@link NativeError}.
 * - Time-outs are milliseconds on the monotonic clock: 0 tries once, -1 waits for ever.
 * - Handles (producer, consumer, observer, recovery) belong to one thread each.
 */
import * as path from 'node:path';

/** One entry of the error catalogue (native/core/errors.def). */
export interface ErrorEntry {
  /** Stable number, printed as `DB` and four digits. */
  number: number;
  /** Stable symbolic name, e.g. `SINGLE_PRODUCER`. */
  name: string;
  /** Exit code of a command that ends with this error (design 2.3). */
  exitCode: number;
  /** One sentence: what is the matter. */
  sentence: string;
  /** What to do about it: one or more lines, `NAME` stands for the block's name. */
  advice: string[];
}

/** What the addon throws. `code` is {@link ErrorEntry.name}; `message` is the sentence with the details of this case. */
export interface NativeError extends Error {
  code: string;
  number: number;
  exitCode: number;
  /** The operating system's error number where there was one, else 0. */
  errno: number;
  /** Of SCHEMA_MISMATCH: everything in which the schemas differ, a line each. */
  differences?: string[];
}

export type ProducerMode = 'single' | 'multi';
export type ConsumerMode = 'sync' | 'sequential' | 'latest';
export type ChecksumAlgorithm = 'none' | 'xxh3' | 'blake2b' | 'blake2b-keyed';
export type ChecksumPolicy = 'manual' | 'enforced';
export type WaitStrategy = 'spin' | 'adaptive' | 'block';

/** A secret as the addon has it: opaque, and wiped when the last handle that uses it is closed. */
export interface NativeSecret {
  readonly opaque: unique symbol;
}

/** Where a block is looked for. */
export interface Location {
  /** Directory of the segment files; default `DATABLOCK_DIR`, else `/dev/shm`. */
  dir?: string;
}

/** Configuration of a new block; fixed for its life. */
export interface CreateConfig extends Location {
  slots: number;
  /** Payload capacity of a slot, bytes. */
  slotSize: number;
  producers?: ProducerMode;
  /** 1..64, default 64. */
  maxParticipants?: number;
  /** How many `sync` consumers may attach at once; default: as many as there are participants. 0 forbids them. */
  maxSync?: number;
  checksum?: ChecksumAlgorithm;
  checksumPolicy?: ChecksumPolicy;
  /** Whoever takes part in the block needs it. Default: that of the environment's DATABLOCK_SECRET, else none. */
  secret?: NativeSecret;
  /** What a producer does when a sync consumer is a full ring behind: wait (with time-out) or fail at once. */
  overflow?: 'wait' | 'fail';
  selfHeal?: boolean;
  /** A waiter probes the participant it waits on after this long; milliseconds, default 100. */
  healAfterMs?: number;
  /** Default: asymmetric where the kernel offers membarrier, else real. */
  fences?: 'asymmetric' | 'real';
  /** Record the commit time of every message. */
  timestamps?: boolean;
  zones?: { name: string; size: number }[];
  /** What the messages are: a canonical text (docs/schema.md). Default: bytes. */
  schema?: string;
  /** File mode bits, default 0o600. */
  mode?: number;
  /** Numeric group that shall own the file. */
  gid?: number;
}

export interface ZoneInfo {
  name: string;
  /** Offset from the start of the segment, bytes. */
  offset: number;
  size: number;
}

/** What the messages of a block are. */
export interface SchemaInfo {
  name: string;
  /** `major.minor.patch` */
  version: string;
  /** BLAKE2b-256 of {@link text}, 64 hex digits. */
  hash: string;
  /** First half of {@link hash}. */
  id: string;
  /** The canonical text (docs/schema.md). */
  text: string;
}

/** One thing in which two schemas differ. */
export interface SchemaDifference {
  text: string;
  /** A reader is not concerned: a field that it does not know, another minor version. */
  compatible: boolean;
}

/** Identity and configuration of a block, as its header says. */
export interface SegmentInfo {
  name: string;
  path: string;
  /** 128-bit random identity of this very block, 32 hex digits. */
  instance: string;
  layoutVersion: number;
  totalSize: number;
  slots: number;
  slotSize: number;
  stride: number;
  maxParticipants: number;
  maxSync: number;
  producers: ProducerMode;
  checksum: ChecksumAlgorithm;
  checksumPolicy: ChecksumPolicy;
  /** Whoever takes part in the block needs its secret. */
  secret: boolean;
  overflow: 'wait' | 'fail';
  selfHeal: boolean;
  healAfterMs: number;
  fences: 'asymmetric' | 'real';
  timestamps: boolean;
  zones: ZoneInfo[];
  /** null: its messages are bytes, and nobody says of what. */
  schema: SchemaInfo | null;
  /** Creation time, nanoseconds since 1970. */
  createdAt: bigint;
  creator: { pid: number; uid: number; startTime: bigint; pidNamespace: bigint; version: string };
  /** False when the block was made before the last boot (it cannot be in use by anyone from then). */
  sameBoot: boolean;
  /** Owner, group and mode of the file now. */
  uid: number;
  gid: number;
  mode: number;
}

export type Verdict = 'ALIVE' | 'STOPPED' | 'DEAD' | 'UNKNOWN';

/** Facts that a verdict rests on; `null` where a fact could not be had. Only the lock byte decides. */
export interface Evidence {
  /** Someone holds the participant's lock byte. */
  lockHeld: boolean | null;
  sameBoot: boolean;
  samePidNamespace: boolean | null;
  /** The process that has this pid now started when the participant says. */
  sameStartTime: boolean | null;
  /** One letter of /proc/PID/stat (R, S, D, T, t, Z, X), of the process that has this pid now. */
  processState: string | null;
  /** Command name of the process that has this pid now. */
  processName: string | null;
  /** The process's cgroup is frozen. */
  frozen: boolean | null;
  /** Age of the last heartbeat, nanoseconds; negative when it lies in the future: then it says nothing. */
  heartbeatAgeNs: bigint | null;
}

/** Which process cleans up after a dead participant. */
export interface CleanerIdentity {
  pid: number;
  startTime: bigint;
  pidNamespace: bigint;
}

export interface CleanerReport extends CleanerIdentity {
  /** Since when, nanoseconds since 1970. */
  since: bigint;
  verdict: Verdict;
}

export type ParticipantRole = 'producer' | 'consumer' | 'zone-user' | 'unknown';

export interface ParticipantReport {
  id: number;
  /** `zone-user`: uses zones and spinlocks only. */
  role: ParticipantRole;
  /** `none`: of a zone user. */
  mode: ProducerMode | ConsumerMode | 'none' | 'unknown';
  /** A standby producer waits for the active one to go. */
  standby: boolean;
  state: 'free' | 'joining' | 'active' | 'leaving' | 'invalid';
  generation: bigint;
  pid: number;
  startTime: bigint;
  pidNamespace: bigint;
  uid: number;
  name: string;
  note: string;
  /** Nanoseconds since 1970. */
  joinedAt: bigint;
  verdict: Verdict;
  /** Version of the library that it joined with. */
  version: string;
  /** Why the verdict is UNKNOWN: `other-boot`, `lock-held-process-gone`, `no-locks`; else ''. */
  reason: string;
  evidence: Evidence;
  /** Next message that a sync consumer has not finished; null when it holds none. */
  hold: bigint | null;
  /** Slot that a lossy consumer is looking at; null when none. */
  pin: number | null;
  /** Messages between the head and the hold (sync consumers), else null. */
  lag: bigint | null;
  messages: bigint;
  bytes: bigint;
  /** Messages this consumer could not read and was told about. */
  lost: bigint;
  errors: bigint;
  cleaner: CleanerReport | null;
}

export type SlotVerdict =
  'healthy' | 'busy' | 'slow' | 'stuck' | 'held' | 'quarantined' | 'corrupt' | 'unknown';
export type Phase =
  'FREE' | 'WRITING' | 'COMMITTED' | 'DRAINING' | 'DRAINING_EMPTY' | 'QUARANTINED' | 'INVALID';

export interface SlotReport {
  slot: number;
  /** The slot word as it was read. */
  word: bigint;
  phase: Phase;
  lap: bigint;
  /** Participant id of the owner, 0 = nobody. */
  owner: number;
  /** Message number that the word speaks of; null on lap 0 (never used). */
  seq: bigint | null;
  length: number;
  flags: number;
  /** Since when the owner has had the slot, nanoseconds; null where the slot has no owner; negative = clock not to be trusted. */
  heldForNs: bigint | null;
  /**
   * Of a settled slot, by `slots()`: since its message was committed, if the block records that, else since
   * it was begun, nanoseconds. Null for a slot that was never used, and where the clocks cannot be compared.
   */
  ageNs: bigint | null;
  verdict: SlotVerdict;
  /**
   * Why the verdict is unknown. `owner`: it cannot be said whether its owner lives. `clock`: it lives, but since when it has
   * the slot cannot be said. Else ''.
   */
  reason: '' | 'owner' | 'clock';
  /** Participants whose pin or hold keeps the slot from being reused. */
  heldBy: number[];
}

/** Counts over all slots; made in one pass without one object per slot. */
export interface SlotSummary {
  byPhase: Record<Phase, number>;
  byVerdict: Record<SlotVerdict, number>;
}

/** One consistent enough look at everything but the payload; read-only. */
export interface Snapshot {
  /** When it was taken, nanoseconds since 1970. */
  at: bigint;
  /** Next message number to be claimed. */
  claim: bigint;
  participants: ParticipantReport[];
  summary: SlotSummary;
  /** Slots that are not `healthy`, in order, at most `limit` of `snapshot()`. */
  notable: SlotReport[];
  /** There are more notable slots than were asked for. */
  truncated: boolean;
  /** Those that are held, or whose data is in doubt. */
  spinlocks: SpinlockReport[];
}

/**
 * - `held`: by a thread that lives, not for long.
 * - `slow`: by one that lives or is stopped, for long.
 * - `stuck`: by a dead participant.
 * - `orphaned`: by a thread that has ended, of a participant that lives.
 * - `marked`: free, but an owner died or left with it, so what it protects may be half-updated.
 */
export type SpinlockVerdict = 'held' | 'slow' | 'stuck' | 'orphaned' | 'marked' | 'corrupt' | 'unknown';

export interface SpinlockReport {
  /** Which of the pool, 0 to 31. */
  spinlock: number;
  /** The lock's word as it was read. */
  word: bigint;
  /** Participant id of the owner, 0 = nobody. */
  owner: number;
  /** Kernel id of the owner's thread; null when it is free. */
  thread: number | null;
  /** How often the owner has locked it. */
  depth: number;
  /** Since when; null when it is free; negative = clock not to be trusted. */
  heldForNs: bigint | null;
  /** Somebody sleeps until it is free. */
  awaited: boolean;
  /** An owner died or left with it, and nobody has marked the data consistent since. */
  marked: boolean;
  verdict: SpinlockVerdict;
}

/** `absent`: no checksum was stored. `unverifiable`: it is keyed, and the block's secret is not known here. */
export type ChecksumVerdict = 'matches' | 'differs' | 'absent' | 'unverifiable';
/** In the order of the addon's numbers. */
export const checksumVerdicts: readonly ChecksumVerdict[] = ['matches', 'differs', 'absent', 'unverifiable'];

export interface ZoneReport {
  name: string;
  size: number;
  checksum: ChecksumVerdict;
  /** How often its checksum was stored. */
  updates: bigint;
  /** When it was stored last, nanoseconds since 1970; null = never. */
  updatedAt: bigint | null;
}

/** Counters since creation (design 1.8), by the brief's names. */
export type Metrics = Record<
  | 'writer_timeout_count'
  | 'writer_blocked_total_ns'
  | 'reader_race_detected'
  | 'reader_peak_count'
  | 'last_error_timestamp_ns'
  | 'last_error_code'
  | 'error_sequence'
  | 'slot_acquire_errors'
  | 'checksum_failures'
  | 'zmq_send_failures'
  | 'heartbeat_sent_count'
  | 'heartbeat_failed_count'
  | 'total_slots_written'
  | 'total_slots_read'
  | 'total_bytes_written'
  | 'total_bytes_read'
  | 'messages_lost'
  | 'tombstones'
  | 'uptime_seconds'
  | 'recovery_actions',
  bigint
>;

export interface Violation {
  /** Which rule is broken, e.g. `slot-lap`, `owner-without-lock`, `hold-of-free-entry`, `checksum`. */
  rule: string;
  slot: number | null;
  participant: number | null;
  /** What was found and what would be right, one sentence. */
  detail: string;
  /** True when the cause is a dead participant that `auto-recover` cleans up after: damage that is safe to repair. */
  repairable: boolean;
}

export interface ValidationReport {
  slotsChecked: number;
  /** Committed messages whose checksum was computed and agreed. */
  checksumsVerified: number;
  /** Those whose checksum is keyed, while the block's secret is not known here. */
  checksumsUnverifiable: number;
  /** Slots that changed while they were looked at, so that nothing can be said of them. */
  moving: number;
  violations: Violation[];
}

export interface HistoryEntry {
  ticket: bigint;
  at: bigint;
  pid: number;
  uid: number;
  action: string;
  evidence: string;
  participant: number;
  slot: number | null;
  spinlock: number | null;
  seq: bigint | null;
  before: bigint;
  after: bigint;
}

/** Kinds of single repair steps; each is one CAS on the word that was read. */
export type ActionKind =
  | 'reset-slot' // WRITING of a dead owner -> FREE: the unfinished message becomes a tombstone
  | 'give-back-slot' // DRAINING of a dead owner -> as it was before, nothing lost
  | 'release-quarantine' // QUARANTINED of a dead owner -> FREE
  | 'release-hold' // hold of a dead sync consumer -> none
  | 'release-pin' // pin of a dead lossy consumer -> none
  | 'release-spinlock' // lock of a dead owner -> free, with the mark that tells the next one
  | 'free-participant'; // the dead participant's entry -> free (last, after all its other traces)

export interface RecoveryAction {
  kind: ActionKind;
  participant: number;
  /** The participant's generation when the plan was made: a newer one means somebody else has the entry. */
  generation: bigint;
  slot: number | null;
  spinlock: number | null;
  seq: bigint | null;
  /** Precondition: the exact word; anything else there is refused as CHANGED. */
  before: bigint;
  after: bigint;
  /** How many messages this loses: 1 for a message that its writer never finished, else 0. */
  loses: number;
}

export interface ApplyResult {
  applied: boolean;
  /** '' when applied, else the catalogue name of the reason: CHANGED, OWNER_ALIVE, BEING_CLEANED, ... */
  code: string;
}

/** Opened O_RDONLY, mapped read-only, takes no participant: never changes a byte. */
export interface NativeObserver {
  info(): SegmentInfo;
  /** `stuckAfterNs`: an alive owner is `slow` after this long. `limit`: most notable slots to list. */
  snapshot(stuckAfterNs: bigint, limit: number): Snapshot;
  /** Reports for slots `from .. from+count-1`, whatever their verdict. */
  slots(from: number, count: number, stuckAfterNs: bigint): SlotReport[];
  metrics(): Metrics;
  /** `checksums`: also recompute the checksum of every committed message (reads payload). */
  validate(checksums: boolean): ValidationReport;
  /** What automatic recovery would do now, in the order in which it would do it. */
  plan(): RecoveryAction[];
  history(): HistoryEntry[];
  /** Computes their checksums too, while others may be changing them. */
  zones(): ZoneReport[];
  /** A copy of what is in it now. Throws NO_SUCH_ZONE. */
  readZone(name: string): Uint8Array;
  /**
   * Copies the block, and what a copy alone would lose (who holds a lock, what /proc says, what time it is), to a new file.
   * Throws EXISTS, NO_SPACE, PERMISSION, IO.
   */
  writeSnapshot(path: string, withPayload: boolean): void;
  close(): void;
}

/** The words of a slot that was reset by hand, or was to be. */
export interface ForcedWords {
  before: bigint;
  /** The same as before when nothing was done. */
  after: bigint;
  phaseBefore: Phase;
  phaseAfter: Phase;
  /** Who had it, 0 nobody. */
  owner: number;
}

/** Opened read-write, maps the control sections only, never the payload. */
export interface NativeRecovery {
  info(): SegmentInfo;
  plan(): RecoveryAction[];
  /** One action, as planned. Holds the dead participant's lock byte while it works; leaves a flight-recorder entry. */
  apply(action: RecoveryAction): ApplyResult;
  /**
   * Resets one slot by hand. Dead owner: the same step that automatic recovery would take. No owner (FREE, COMMITTED):
   * nothing to do, `applied` false with code NOTHING_TO_DO. Live owner: OWNER_ALIVE unless `force`, which quarantines
   * (multi only; SINGLE_PRODUCER_ALIVE otherwise).
   */
  forceResetSlot(slot: number, force: boolean): ApplyResult & ForcedWords;
  /**
   * Takes the hold of the live sync consumer that was seen in that entry with that generation away, if it still is `hold`:
   * producers go on, the consumer is told EVICTED at its next release or wait. Who came after it is never hit. Codes: CHANGED
   * (it has moved on, holds nothing, or has left), NOT_A_SYNC_CONSUMER, TIMEOUT (somebody else acts on that entry).
   */
  evictConsumer(participant: number, generation: bigint, hold: bigint): ApplyResult;
  /**
   * Ends the process of the participant that was seen in that entry with that generation (SIGKILL through a pidfd whose start
   * time was checked), and waits until the kernel has dropped its lock. Who came after it is never hit. Codes: NOTHING_TO_DO
   * (dead already, or has left), CHANGED (somebody else has the entry), BEING_CLEANED, VERDICT_UNKNOWN (it cannot be told
   * which process that is), PERMISSION, TIMEOUT. Then recover as for any dead participant.
   */
  killParticipant(participant: number, generation: bigint, timeoutMs: number): ApplyResult;
  /** The same for the process that was seen cleaning up after a dead participant, and no other. */
  killCleaner(participant: number, cleaner: CleanerIdentity, timeoutMs: number): ApplyResult;
  close(): void;
}

export interface JoinOptions extends Location {
  /** Shown to operators; at most 31 bytes of UTF-8, longer is an error. Default: the process's command name. */
  name?: string;
  /** Shown to operators; at most 63 bytes. */
  note?: string;
  wait?: WaitStrategy;
  /** Fault every page in at attach, so that the hot path never does. */
  populate?: boolean;
  /** Waits end with RECREATED when the block's name is removed. */
  watchName?: boolean;
  /** Of the block. Default: that of the environment's DATABLOCK_SECRET, else none. */
  secret?: NativeSecret;
  /** What the messages shall be: a canonical text. Default: bytes, whatever the block holds. */
  schema?: string;
}

export interface ProducerJoinOptions extends JoinOptions {
  /** On a block with one producer that is alive: wait this long (ms, -1 = for ever) for it to go, as a standby. 0 = refuse. */
  standbyMs?: number;
  /** Store each message's checksum at commit also where the block leaves that to its users (policy `manual`). */
  sealAll?: boolean;
}

export interface ConsumerJoinOptions extends JoinOptions {
  mode?: ConsumerMode;
  /** `latest`: from the head. `oldest`: first the history that is still in the ring. */
  from?: 'oldest' | 'latest';
  /** What becomes of a message that does not match its checksum: CHECKSUM_MISMATCH once (default), or the next message. */
  onCorrupt?: 'throw' | 'skip';
  /** `compatible`: the block's records may have fields that {@link schema} does not know. Default: `exact`. */
  schemaMatch?: 'exact' | 'compatible';
}

/** Counters of this handle. */
export interface HandleStats {
  messages: bigint;
  bytes: bigint;
  lost: bigint;
  timeouts: bigint;
  /** Dead participants this handle cleaned up after while it waited. */
  healed: bigint;
  /** Messages that did not match their checksum. */
  corrupt: bigint;
}

/**
 * Registers: a shared array that hot functions fill in, so that no object is made per message.
 * Index with {@link Register}.
 */
export const Register = {
  /** Message number of the slot in hand. */
  Seq: 0,
  /** Length of the message in hand, bytes. */
  Length: 1,
  /** Flags of the message in hand ({@link MessageFlag}). */
  Flags: 2,
  /** Messages lost just before the one in hand, and declared with it. */
  Lost: 3,
  /** Participant id of the message's producer. */
  Writer: 4,
} as const;

export const MessageFlag = {
  /** End-of-stream mark: no data. Consumers see END_OF_STREAM instead. */
  End: 1,
  /** The message was one line of text and a newline followed it (which is not part of the payload). */
  Line: 2,
  /** The message was generated by `produce --pattern`, so that `consume --verify` can check its content. */
  Pattern: 4,
} as const;

/** A zone as a participant has it. */
export interface NativeZone {
  readonly name: string;
  /** The zone itself, shared and writable. */
  readonly buffer: ArrayBuffer;
  /** Returns 0 or -CLOSED. */
  updateChecksum(): number;
  /** Index of a {@link checksumVerdicts}. */
  verifyChecksum(): number;
}

/** One of the pool's locks, for the calling thread. */
export interface NativeSpinlock {
  /** Returns 0; -OWNER_DEAD: locked, but the data is in doubt; else a negated error, and it is not locked. */
  lock(timeoutMs: number): number;
  /** Returns 0, -NOT_LOCKED or -CLOSED. */
  unlock(): number;
  /** Returns 0, -NOT_LOCKED or -CLOSED. */
  markConsistent(): number;
  /** 1: this thread holds it. */
  isHeld(): number;
}

/** What every participant can do with zones and spinlocks. */
export interface NativeZoneAccess {
  /** Throws NO_SUCH_ZONE, CLOSED, PAYLOAD_TOO_LARGE. */
  zone(name: string): NativeZone;
  /** `index`: 0 to 31. Throws CONFIG_INVALID, CLOSED. */
  spinlock(index: number): NativeSpinlock;
}

/** A participant that has no part in the stream. */
export interface NativeZoneUser extends NativeZoneAccess {
  readonly info: SegmentInfo;
  readonly participant: number;
  heartbeat(): number;
  close(): void;
}

export interface NativeProducer extends NativeZoneAccess {
  readonly info: SegmentInfo;
  readonly participant: number;
  /** The whole payload ring, shared and writable. Slot i begins at `i * stride`. */
  readonly payload: ArrayBuffer;
  readonly registers: BigUint64Array;
  /** Claims the next message. Returns its slot index, or a negated error (TIMEOUT, NESTED_WRITE, ...). */
  acquire(timeoutMs: number): number;
  /** Like {@link acquire}, waiting on the handle's own thread. Resolves to what acquire returns; one at a time. */
  acquireAsync(timeoutMs: number): Promise<number>;
  /** Publishes the slot in hand. */
  commit(length: number, flags: number): number;
  /** Stores the checksum of the slot in hand: 0, -CONFIG_INVALID (the block has none), -MESSAGE_TOO_LARGE, ... */
  updateChecksum(length: number, flags: number): number;
  /** Gives the slot in hand up: its number becomes a tombstone that consumers step over. */
  abort(): number;
  /**
   * Copies and publishes `count` messages that lie one after another in `source`. `ends[k]` is the offset just past
   * message k; message k+1 starts at `ends[k] + skip` (skip 1 steps over a newline), message 0 at offset 0.
   * All get `flags`. Returns how many were published; fewer than `count` when the time-out ran out in between
   * (-TIMEOUT when none was).
   */
  writeMany(
    source: Uint8Array,
    ends: Uint32Array,
    count: number,
    skip: number,
    flags: number,
    timeoutMs: number,
  ): number;
  /** Reads from a file descriptor straight into the slot in hand at `offset`. Returns bytes read, 0 = end, or -IO / -INTERRUPTED. */
  readFrom(fd: number, offset: number, length: number): number;
  /** Publishes an end-of-stream mark. */
  markEnd(timeoutMs: number): number;
  /** Sync consumers that are attached now. */
  syncConsumers(): number;
  /** Returns 0, -LOCK_LOST or -CLOSED. */
  heartbeat(): number;
  stats(): HandleStats;
  /** Leaves the block: the slot in hand is aborted, the participant's entry freed. Idempotent. */
  close(): void;
}

export interface NativeConsumer extends NativeZoneAccess {
  readonly info: SegmentInfo;
  readonly participant: number;
  /** The whole payload ring, mapped READ-ONLY: a write through it is SIGSEGV of the whole process. */
  readonly payload: ArrayBuffer;
  readonly registers: BigUint64Array;
  /**
   * Takes the next message in hand. Returns its slot index or a negated error: TIMEOUT, END_OF_STREAM (call again to go on
   * to the next producer), EVICTED, CHECKSUM_MISMATCH (that message is skipped; call again to go on), ...
   * The message stays valid until release().
   */
  acquire(timeoutMs: number): number;
  acquireAsync(timeoutMs: number): Promise<number>;
  /** Lets the message in hand go. Returns 0; -EVICTED or -OVERRUN when what was read is not to be trusted. */
  release(): number;
  /**
   * Takes up to `max` messages that are ready and follow one another without a gap in hand at once (waits for the first only). Fills slots[k], lengths[k] and
   * flags[k]; Register.Seq and Register.Lost speak of the first. Sync mode only: a lossy consumer gets one. Returns the count or an error.
   */
  acquireMany(
    max: number,
    slots: Uint32Array,
    lengths: Uint32Array,
    flags: Uint32Array,
    timeoutMs: number,
  ): number;
  /** Of message `k` of the run in hand, -1: of the one in hand. Index of a {@link checksumVerdicts}, or an error. */
  verifyChecksum(k: number): number;
  /** Lets the first `count` of them go (all others stay in hand). */
  releaseMany(count: number): number;
  /** Writes part of the message in hand to a descriptor. Returns 0, -IO, -INTERRUPTED or -BROKEN_PIPE. */
  writeTo(fd: number, slot: number, offset: number, length: number): number;
  /**
   * How many producers died without an end-of-stream mark since this consumer joined, those that nobody has cleaned up
   * after yet included. Probes lock bytes: call it at human pace.
   */
  deadProducers(): number;
  /** Counts a message that could not be passed on (metric zmq_send_failures). */
  noteSendFailure(): void;
  /** Returns 0, -LOCK_LOST or -CLOSED. */
  heartbeat(): number;
  stats(): HandleStats;
  close(): void;
}

/** How long things may take, in milliseconds; -1: for ever, 0: one look, no wait (docs/timeouts.md). */
export interface Timeouts {
  /** A producer waits for a slot. $DATABLOCK_TIMEOUT_WRITE_MS, else -1. */
  writeMs: number;
  /** A consumer waits for a message. $DATABLOCK_TIMEOUT_READ_MS, else -1. */
  readMs: number;
  /** A second producer of a `single` block waits for the first one to go. $DATABLOCK_TIMEOUT_STANDBY_MS, else 0. */
  standbyMs: number;
  /** For a shared spinlock. $DATABLOCK_TIMEOUT_LOCK_MS, else 10,000. */
  lockMs: number;
  /** A tool waits for the end of a process that it ended. $DATABLOCK_TIMEOUT_KILL_MS, else 5,000. */
  killMs: number;
  /** From then on the slot of a live owner counts as slow. $DATABLOCK_TIMEOUT_STUCK_AFTER_MS, else 30,000. */
  stuckAfterMs: number;
}

export interface ProcessFacts {
  name: string;
  /** One letter, as in /proc/PID/stat. */
  state: string;
  /** Its cgroup is; null: cannot be known. */
  frozen: boolean | null;
  /** By a signal, a debugger or its cgroup. */
  stopped: boolean;
}

export interface NativeAddon {
  readonly version: string;
  errorCatalogue(): ErrorEntry[];
  /** The directory that `dir` or DATABLOCK_DIR or the default stands for. */
  directory(dir?: string): string;
  /** Makes a block; it stays until it is unlinked. Throws EXISTS, NO_SPACE, CONFIG_INVALID, NAME_INVALID, ... */
  create(name: string, config: CreateConfig): SegmentInfo;
  openProducer(name: string, options: ProducerJoinOptions): NativeProducer;
  openConsumer(name: string, options: ConsumerJoinOptions): NativeConsumer;
  openZoneUser(name: string, options: JoinOptions): NativeZoneUser;
  /**
   * `snapshot`: path of a file that writeSnapshot() made; then `name` is not used. `secret`: for keyed checksums; throws
   * SECRET_WRONG.
   */
  openObserver(
    name: string,
    options: Location & { snapshot?: string; secret?: NativeSecret },
  ): NativeObserver;
  /** Of the file with that name, the open descriptor, the 32 bytes, or (nothing given) the environment, null where it has none. Throws SECRET_UNUSABLE. */
  makeSecret(from: string | number | Uint8Array): NativeSecret;
  makeSecret(): NativeSecret | null;
  /** Options with it are CLOSED from now on. */
  closeSecret(secret: NativeSecret): void;
  openRecovery(name: string, options: Location): NativeRecovery;
  /**
   * Removes the name if the block there still has this identity and nobody is attached; `force`: even if participants are
   * alive (they go on with the nameless block). An empty `instance` stands for whatever is there, a damaged block say.
   * Throws IN_USE, RECREATED, NO_SUCH_BLOCK.
   */
  unlink(name: string, instance: string, force: boolean, options: Location): void;
  /** Field-by-field difference between an existing block and a wished configuration; empty when it can be joined. */
  differences(info: SegmentInfo, wished: CreateConfig): string[];
  /** Throws SCHEMA_INVALID unless `text` is the canonical text of a record that can be. */
  checkSchema(text: string): void;
  /**
   * Throws SCHEMA_MISMATCH or NO_SCHEMA unless who asks for schema `asked` may use a block of schema `block` (canonical
   * texts, '' for none); `compatible`: as a reader that may know fewer fields.
   */
  requireSchema(block: string, asked: string, compatible: boolean): void;
  /** In what the schema of a block differs from the one asked for (canonical texts); empty when they are equal. */
  schemaDifferences(block: string, asked: string): SchemaDifference[];
  /** The time-outs that hold where nobody says otherwise. Throws ENVIRONMENT_INVALID that names the variable. */
  timeouts(): Timeouts;
  /** Makes all views of the buffer empty; the memory itself stays as it is. For the buffers of zones. */
  detachBuffer(buffer: ArrayBuffer): void;
  /** Notes SIGINT and SIGTERM in a flag and makes every wait and I/O call above return INTERRUPTED, instead of ending the process. */
  catchSignals(): void;
  /**
   * A block that is truncated while it is mapped answers the next access with SIGBUS. From now on that writes `text` to `fd` and
   * ends the process with `exitCode`. For programs, not for libraries.
   */
  reportBusErrors(fd: number, text: string, exitCode: number): void;
  /** 0, or the number of the signal that was noted. */
  caughtSignal(): number;
  /** What /proc says of the process that has this pid now; null: nothing. */
  processFacts(pid: number): ProcessFacts | null;
  /**
   * Reads up to `length` bytes into `buffer` at `offset`; waits for the first one only, on non-blocking descriptors too.
   * Returns bytes read, 0 = end, or -IO / -INTERRUPTED.
   */
  readFd(fd: number, buffer: Uint8Array, offset: number, length: number): number;
  /**
   * Writes `length` bytes of `buffer` from `offset`, all of them, on non-blocking descriptors too.
   * Returns 0, or -IO, -BROKEN_PIPE, -INTERRUPTED (when it would have to wait: how much was written is not known then).
   */
  writeFd(fd: number, buffer: Uint8Array, offset: number, length: number): number;
}

/** Exit codes for the status numbers of hot functions live in the catalogue: see errorCatalogue(). */
function load(): NativeAddon {
  const root = path.join(__dirname, '..');
  // eslint-disable-next-line @typescript-eslint/no-require-imports
  return require(path.join(root, 'build', 'Release', 'datablock.node')) as NativeAddon;
}

let addon: NativeAddon | undefined;

/** The addon, loaded at first use so that `--help` and `--version` do not pay for it. */
export function native(): NativeAddon {
  addon ??= load();
  return addon;
}
