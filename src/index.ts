/**
 * DataBlock: messages between processes through shared memory, with safe recovery.
 *
 * {@link Producer} writes, {@link Consumer} reads, {@link Segment} makes, looks at and removes blocks; what
 * fails throws {@link DataBlockError}.
 *
 * @packageDocumentation
 */
export { Consumer, type ConsumerOptions, type IterationOptions } from './api/consumer';
export { DataBlockError, ErrorNumber, SchemaValidationError, type ErrorName } from './api/errors';
export { type CreateConfig, type Given, type HandleOptions, type ObserverOptions } from './api/options';
export { Producer, type ProducerOptions } from './api/producer';
export { type ReadBatch } from './api/read-batch';
export { type ReadSlot } from './api/read-slot';
export { type MessageReadStream } from './api/read-stream';
export { Secret } from './api/secret';
export { Segment, type SnapshotOptions, type UnlinkOptions } from './api/segment';
export { type LockOptions, type SharedSpinLock } from './api/shared-spin-lock';
export { timeouts } from './api/timeouts';
export { type WaitOptions } from './api/waiting';
export { type WriteSlot } from './api/write-slot';
export { type MessageWriteStream } from './api/write-stream';
export { type Zone } from './api/zone';
export { ZoneUser, type ZoneUserOptions } from './api/zone-user';
export * from './schema';
export {
  MessageFlag,
  type ActionKind,
  type ChecksumAlgorithm,
  type ChecksumPolicy,
  type ChecksumVerdict,
  type CleanerReport,
  type ConsumerJoinOptions,
  type ConsumerMode,
  type ErrorEntry,
  type Evidence,
  type HandleStats,
  type HistoryEntry,
  type JoinOptions,
  type Location,
  type Metrics,
  type ParticipantReport,
  type ParticipantRole,
  type Phase,
  type ProducerJoinOptions,
  type ProducerMode,
  type RecoveryAction,
  type SchemaInfo,
  type SegmentInfo,
  type SlotReport,
  type SlotSummary,
  type SlotVerdict,
  type Snapshot,
  type SpinlockReport,
  type SpinlockVerdict,
  type Timeouts,
  type ValidationReport,
  type Verdict,
  type Violation,
  type WaitStrategy,
  type ZoneInfo,
  type ZoneReport,
} from './native';
