/** Reports as the native layer makes them, with the details that a test cares about. */
import type {
  Evidence,
  ParticipantReport,
  RecoveryAction,
  SegmentInfo,
  SlotReport,
  Snapshot,
  SpinlockReport,
  Verdict,
} from '../../src/native';

const instance = '0123456789abcdef0123456789abcdef';

export function segment(details: Partial<SegmentInfo> = {}): SegmentInfo {
  return {
    name: 'sensor',
    path: '/dev/shm/sensor',
    instance,
    layoutVersion: 1,
    totalSize: 3 * 1024 * 1024,
    slots: 4,
    slotSize: 256,
    stride: 256,
    maxParticipants: 64,
    maxSync: 64,
    producers: 'multi',
    checksum: 'none',
    secret: false,
    checksumPolicy: 'manual',
    overflow: 'wait',
    selfHeal: true,
    healAfterMs: 100,
    fences: 'asymmetric',
    timestamps: false,
    zones: [],
    schema: null,
    createdAt: 1_795_000_000_000_000_000n,
    creator: { pid: 77, uid: 0, startTime: 5n, pidNamespace: 4026531836n, version: '0.1.0' },
    sameBoot: true,
    uid: 0,
    gid: 0,
    mode: 0o600,
    ...details,
  };
}

export function evidence(details: Partial<Evidence> = {}): Evidence {
  return {
    lockHeld: true,
    sameBoot: true,
    samePidNamespace: true,
    sameStartTime: true,
    processState: 'S',
    processName: 'produce',
    frozen: false,
    heartbeatAgeNs: 20_000_000n,
    ...details,
  };
}

export function participant(details: Partial<ParticipantReport> = {}): ParticipantReport {
  return {
    id: 2,
    role: 'producer',
    mode: 'multi',
    standby: false,
    state: 'active',
    generation: 7n,
    pid: 12345,
    startTime: 9n,
    pidNamespace: 4026531836n,
    uid: 0,
    name: 'produce',
    note: '',
    version: '0.1.0',
    joinedAt: 1_795_000_000_000_000_000n,
    verdict: 'ALIVE',
    reason: '',
    evidence: evidence(),
    hold: null,
    pin: null,
    lag: null,
    messages: 12n,
    bytes: 768n,
    lost: 0n,
    errors: 0n,
    cleaner: null,
    ...details,
  };
}

/** A producer whose process was killed. */
export function deadProducer(details: Partial<ParticipantReport> = {}): ParticipantReport {
  return participant({
    verdict: 'DEAD',
    evidence: evidence({
      lockHeld: false,
      processState: null,
      processName: null,
      sameStartTime: null,
      heartbeatAgeNs: 45_000_000_000n,
    }),
    ...details,
  });
}

/** A dead producer whom somebody is cleaning up after. */
export function beingCleaned(verdict: Verdict): ParticipantReport {
  const cleaner = { pid: 9, startTime: 1n, pidNamespace: 1n, since: 1n, verdict };
  return deadProducer({ cleaner, evidence: evidence({ processState: null, processName: null }) });
}

export function slot(details: Partial<SlotReport> = {}): SlotReport {
  return {
    slot: 0,
    word: 0x1000n,
    phase: 'COMMITTED',
    lap: 1n,
    owner: 0,
    seq: 0n,
    length: 64,
    flags: 0,
    heldForNs: null,
    ageNs: null,
    verdict: 'healthy',
    reason: '',
    heldBy: [],
    ...details,
  };
}

/** The slot of a writer that was killed 45 seconds ago. */
export function stuckSlot(details: Partial<SlotReport> = {}): SlotReport {
  return slot({
    slot: 1,
    phase: 'WRITING',
    owner: 2,
    seq: 13n,
    length: 0,
    heldForNs: 45_000_000_000n,
    verdict: 'stuck',
    ...details,
  });
}

export function snapshot(details: Partial<Snapshot> = {}): Snapshot {
  return {
    at: 1_795_000_100_000_000_000n,
    claim: 14n,
    participants: [],
    summary: {
      byPhase: {
        FREE: 0,
        WRITING: 0,
        COMMITTED: 4,
        DRAINING: 0,
        DRAINING_EMPTY: 0,
        QUARANTINED: 0,
        INVALID: 0,
      },
      byVerdict: { healthy: 4, busy: 0, slow: 0, stuck: 0, held: 0, quarantined: 0, corrupt: 0, unknown: 0 },
    },
    notable: [],
    truncated: false,
    spinlocks: [],
    ...details,
  };
}

/** A lock that a live producer holds. */
export function spinlock(details: Partial<SpinlockReport> = {}): SpinlockReport {
  return {
    spinlock: 3,
    word: 0x3039_0001_0200n,
    owner: 2,
    thread: 12346,
    depth: 1,
    heldForNs: 45_000_000_000n,
    awaited: false,
    marked: false,
    verdict: 'held',
    ...details,
  };
}

/** A lock whose owner died, and was cleaned up after. */
export function markedSpinlock(details: Partial<SpinlockReport> = {}): SpinlockReport {
  const free = { word: 1n, owner: 0, thread: null, depth: 0, heldForNs: null };
  return spinlock({ ...free, marked: true, verdict: 'marked', ...details });
}

export function action(details: Partial<RecoveryAction> = {}): RecoveryAction {
  return {
    kind: 'reset-slot',
    participant: 2,
    generation: 7n,
    slot: 1,
    spinlock: null,
    seq: 13n,
    before: 0x4021n,
    after: 0x4000n,
    loses: 1,
    ...details,
  };
}

export { instance };
