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
export { type CreateConfig, type HandleOptions } from './api/options';
export { Producer, type ProducerOptions } from './api/producer';
export { type ReadBatch } from './api/read-batch';
export { type ReadSlot } from './api/read-slot';
export { Segment, type SnapshotOptions, type UnlinkOptions } from './api/segment';
export { timeouts } from './api/timeouts';
export { type WaitOptions } from './api/waiting';
export { type WriteSlot } from './api/write-slot';
export * from './schema';
export {
  MessageFlag,
  type ChecksumAlgorithm,
  type ChecksumPolicy,
  type ConsumerJoinOptions,
  type ConsumerMode,
  type Evidence,
  type HandleStats,
  type HistoryEntry,
  type Location,
  type Metrics,
  type ParticipantReport,
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
  type Timeouts,
  type ValidationReport,
  type Verdict,
  type Violation,
  type WaitStrategy,
  type ZoneInfo,
} from './native';
