"""What is told about blocks, their slots and their participants. Times are nanoseconds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from datablock import _structs as structs
from datablock import options
from datablock.errors import BY_CODE, ErrorCode


class Phase(IntEnum):
    """What is happening to a slot. A corrupt word may have other numbers."""

    FREE = 0
    WRITING = 1
    COMMITTED = 2
    DRAINING = 3
    DRAINING_EMPTY = 4
    QUARANTINED = 5


class SlotVerdict(IntEnum):
    """What is to be thought of a slot."""

    HEALTHY = 1
    BUSY = 2
    SLOW = 3
    STUCK = 4
    HELD = 5
    QUARANTINED = 6
    CORRUPT = 7
    UNKNOWN = 8


class Verdict(IntEnum):
    """Does a participant live? The kernel's word, by its lock on the file."""

    ALIVE = 1
    STOPPED = 2
    DEAD = 3
    UNKNOWN = 4


class Doubt(IntEnum):
    """Why it cannot be said."""

    NONE = 0
    NO_LOCKS = 1
    OTHER_BOOT = 2
    LOCK_HELD_PROCESS_GONE = 3


class Role(IntEnum):
    """What a participant is."""

    NONE = 0
    PRODUCER = 1
    CONSUMER = 2
    ZONE_USER = 3


class EntryState(IntEnum):
    """State of a participant's entry."""

    FREE = 0
    JOINING = 1
    ACTIVE = 2
    LEAVING = 3


class ActionKind(IntEnum):
    """What recovery does, and what the flight recorder tells of."""

    RESET_SLOT = 1
    GIVE_BACK_SLOT = 2
    RELEASE_QUARANTINE = 3
    RELEASE_HOLD = 4
    RELEASE_PIN = 5
    FREE_PARTICIPANT = 6
    QUARANTINE_SLOT = 7
    EVICT_CONSUMER = 8
    KILL_PARTICIPANT = 9
    KILL_CLEANER = 10
    SKIP_SLOT = 11
    RELEASE_SPINLOCK = 12


class SpinlockVerdict(IntEnum):
    """What is to be thought of a spinlock."""

    HELD = 1
    SLOW = 2
    STUCK = 3
    ORPHANED = 4
    MARKED = 5
    CORRUPT = 6
    UNKNOWN = 7


class Evidence(IntEnum):
    """Why an action was allowed."""

    NONE = 0
    LOCK_TAKEN = 1
    FORCED = 2


def _known(kind: type[IntEnum], number: int) -> Any:
    """A damaged block, or a newer library, may tell of other numbers: they stay numbers."""
    try:
        return kind(number)
    except ValueError:
        return number


def _or_none(number: int) -> int | None:
    return None if number == structs.NONE else number


def _evidence(fact: int) -> bool | None:
    return None if fact < 0 else bool(fact)


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace")


@dataclass(frozen=True)
class SegmentInfo:
    """A block's identity and configuration, as its header says. Sizes are bytes."""

    name: str
    #: This very block, whatever its name: 32 hexadecimal digits.
    instance: str
    layout_version: int
    total_size: int
    slots: int
    #: Bytes that a message may have.
    slot_size: int
    #: Bytes from one slot's payload to the next one's.
    stride: int
    producers: str
    max_participants: int
    max_sync: int
    checksum: str
    checksum_policy: str
    overflow: str
    fences: str
    self_heal: bool
    heal_after_ms: int
    timestamps: bool
    zones: int
    creator_pid: int
    creator_version: str
    #: Nanoseconds since 1970.
    created_ns: int
    #: Whoever takes part in the block needs its secret.
    secret: bool

    @classmethod
    def of(cls, name: str, info: structs.SegmentInfo) -> SegmentInfo:
        """From what the library has told."""
        return cls(
            name=name,
            instance=bytes(info.instance).hex(),
            layout_version=info.layout_version,
            total_size=info.total_size,
            slots=info.slot_count,
            slot_size=info.slot_size,
            stride=info.stride,
            producers=options.name_of(info.producer_mode, options.PRODUCER_MODES),
            max_participants=info.max_participants,
            max_sync=info.max_sync,
            checksum=options.name_of(info.checksum_algorithm, options.CHECKSUM_ALGORITHMS),
            checksum_policy=options.name_of(info.checksum_policy, options.CHECKSUM_POLICIES),
            overflow=options.name_of(info.overflow_policy, options.OVERFLOW_POLICIES),
            fences=options.name_of(info.fences, options.FENCES),
            self_heal=info.self_heal == 1,
            heal_after_ms=info.heal_after_ms,
            timestamps=info.timestamps == 1,
            zones=info.zone_count,
            creator_pid=info.creator_pid,
            creator_version=_text(info.creator_version),
            created_ns=info.created_ns,
            secret=info.has_secret == 1,
        )


@dataclass(frozen=True)
class HandleStats:
    """Counts of one handle, since it was opened."""

    #: Its id among the participants of the block, 1 to 64.
    participant: int
    #: Committed, or handed over.
    messages: int
    bytes: int
    #: Messages that a consumer was too slow for, or whose checksum was wrong.
    lost: int
    #: Calls that ended with TimeoutError.
    timeouts: int
    #: Dead participants that this handle cleaned up after while it waited.
    healed: int
    #: Messages that did not match their checksum.
    corrupt: int

    @classmethod
    def of(cls, stats: structs.Stats) -> HandleStats:
        """From what the library has told."""
        return cls(stats.participant, stats.messages, stats.bytes, stats.lost, stats.timeouts, stats.healed, stats.corrupt)


@dataclass(frozen=True)
class SlotState:
    """A slot's state as it lies in the block, unjudged."""

    slot: int
    phase: Phase
    word: int
    generation: int
    #: The message that the word speaks of; None: none yet.
    seq: int | None
    #: Participant id; 0: nobody.
    owner: int
    #: Participant id of who committed it last.
    writer: int
    length: int
    flags: int
    acquired_ns: int
    #: 0 where the block records no time stamps.
    committed_ns: int

    @classmethod
    def of(cls, slot: int, state: structs.SlotState) -> SlotState:
        """From what the library has told."""
        return cls(
            slot=slot,
            phase=_known(Phase, state.phase),
            word=state.word,
            generation=state.generation,
            seq=_or_none(state.seq),
            owner=state.owner,
            writer=state.writer,
            length=state.length,
            flags=state.flags,
            acquired_ns=state.acquired_ns,
            committed_ns=state.committed_ns,
        )


@dataclass(frozen=True)
class SlotDiagnosis:
    """A slot, judged."""

    slot: int
    verdict: SlotVerdict
    phase: Phase
    word: int
    generation: int
    #: None: none yet.
    seq: int | None
    #: Participant id; 0: nobody.
    owner: int
    owner_pid: int
    #: None without an owner.
    owner_verdict: Verdict | None
    #: How long its owner has had it; None: no owner, or the clocks cannot be compared.
    held_for_ns: int | None
    #: Participant ids of the consumers that look at it.
    held_by: tuple[int, ...]
    length: int
    flags: int
    #: Its owner is dead: :meth:`Recovery.force_reset_slot` will do it.
    is_safe_to_reset: bool

    @classmethod
    def of(cls, diagnosis: structs.SlotDiagnosis) -> SlotDiagnosis:
        """From what the library has told."""
        return cls(
            slot=diagnosis.slot,
            verdict=_known(SlotVerdict, diagnosis.verdict),
            phase=_known(Phase, diagnosis.phase),
            word=diagnosis.word,
            generation=diagnosis.generation,
            seq=_or_none(diagnosis.seq),
            owner=diagnosis.owner,
            owner_pid=diagnosis.owner_pid,
            owner_verdict=_known(Verdict, diagnosis.owner_verdict) if diagnosis.owner_verdict else None,
            held_for_ns=None if diagnosis.held_for_ns < 0 else diagnosis.held_for_ns,
            held_by=tuple(id for id in range(1, 65) if diagnosis.held_by >> (id - 1) & 1),
            length=diagnosis.length,
            flags=diagnosis.flags,
            is_safe_to_reset=diagnosis.is_safe_to_reset != 0,
        )


@dataclass(frozen=True)
class ParticipantReport:
    """A participant, with the evidence of its verdict. None as evidence: could not be had."""

    id: int
    role: Role
    #: Of a producer ``single`` or ``multi``; of a consumer ``sync``, ``sequential`` or ``latest``; else "".
    mode: str
    state: EntryState
    #: A producer that waits for another one to go.
    standby: bool
    verdict: Verdict
    doubt: Doubt
    pid: int
    uid: int
    #: Clock ticks after boot.
    start_time: int
    #: Inode; 0: not known.
    pid_namespace: int
    lock_held: bool | None
    same_boot: bool | None
    same_pid_namespace: bool | None
    same_start_time: bool | None
    #: None: never, or the clocks cannot be compared. Suspicion only.
    heartbeat_age_ns: int | None
    #: Nanoseconds since 1970.
    joined_ns: int
    #: Of its entry: another participant that comes after it has another one.
    generation: int
    #: First message not finished; None: it holds none.
    hold: int | None
    #: Slot being looked at.
    pin: int | None
    #: Messages that it has not finished.
    lag: int
    messages: int
    bytes: int
    lost: int
    errors: int
    #: Who is cleaning up after it; 0: nobody.
    cleaner_pid: int
    cleaner_verdict: Verdict | None
    #: Clock ticks after boot.
    cleaner_start_time: int
    #: Inode; 0: not known.
    cleaner_pid_namespace: int
    label: str
    note: str
    #: Of the library that it joined with.
    version: str

    @classmethod
    def of(cls, seen: structs.Participant) -> ParticipantReport:
        """From what the library has told."""
        modes = {Role.PRODUCER: options.PRODUCER_MODES, Role.CONSUMER: options.CONSUMER_MODES}
        return cls(
            id=seen.id,
            role=_known(Role, seen.role),
            mode=options.name_of(seen.mode, modes[seen.role]) if seen.role in modes else "",
            state=_known(EntryState, seen.state),
            standby=seen.standby != 0,
            verdict=_known(Verdict, seen.verdict),
            doubt=_known(Doubt, seen.doubt),
            pid=seen.pid,
            uid=seen.uid,
            start_time=seen.start_time,
            pid_namespace=seen.pid_namespace,
            lock_held=_evidence(seen.lock_held),
            same_boot=_evidence(seen.same_boot),
            same_pid_namespace=_evidence(seen.same_pid_namespace),
            same_start_time=_evidence(seen.same_start_time),
            heartbeat_age_ns=None if seen.heartbeat_age_ns < 0 else seen.heartbeat_age_ns,
            joined_ns=seen.joined_ns,
            generation=seen.generation,
            hold=_or_none(seen.hold),
            pin=_or_none(seen.pin),
            lag=seen.lag,
            messages=seen.messages,
            bytes=seen.bytes,
            lost=seen.lost,
            errors=seen.errors,
            cleaner_pid=seen.cleaner_pid,
            cleaner_verdict=_known(Verdict, seen.cleaner_verdict) if seen.cleaner_verdict else None,
            cleaner_start_time=seen.cleaner_start_time,
            cleaner_pid_namespace=seen.cleaner_pid_namespace,
            label=_text(seen.label),
            note=_text(seen.note),
            version=_text(seen.version),
        )

    def to_struct(self) -> structs.Participant:
        """What says which cleaner is meant, as the library takes it."""
        return structs.made(
            structs.Participant,
            id=self.id,
            generation=self.generation,
            cleaner_pid=self.cleaner_pid,
            cleaner_start_time=self.cleaner_start_time,
            cleaner_pid_namespace=self.cleaner_pid_namespace,
        )


@dataclass(frozen=True)
class SpinlockDiagnosis:
    """A spinlock that is held, or marked by a dead owner."""

    index: int
    verdict: SpinlockVerdict
    #: Participant id; 0: nobody.
    owner: int
    #: The owner's thread id, in its own pid namespace; 0: nobody.
    thread: int
    #: How often it has locked it.
    depth: int
    #: Somebody sleeps until it is free.
    is_awaited: bool
    #: None: nobody holds it, or the clocks cannot be compared.
    held_for_ns: int | None

    @classmethod
    def of(cls, seen: structs.SpinlockDiagnosis) -> SpinlockDiagnosis:
        """From what the library has told."""
        return cls(
            index=seen.index,
            verdict=_known(SpinlockVerdict, seen.verdict),
            owner=seen.owner,
            thread=seen.thread,
            depth=seen.depth,
            is_awaited=seen.is_awaited != 0,
            held_for_ns=None if seen.held_for_ns < 0 else seen.held_for_ns,
        )


@dataclass(frozen=True)
class Snapshot:
    """What a whole block looks like."""

    #: Nanoseconds since 1970.
    at_ns: int
    #: Number of the next message to be claimed.
    claim: int
    #: Attached, or dead and not cleaned up yet.
    participants: int
    #: Slots in each phase.
    by_phase: dict[Phase, int]
    #: Slots in no phase that there is.
    in_no_phase: int
    #: Slots of each verdict.
    by_verdict: dict[SlotVerdict, int]

    @classmethod
    def of(cls, seen: structs.Snapshot) -> Snapshot:
        """From what the library has told."""
        return cls(
            at_ns=seen.at_ns,
            claim=seen.claim,
            participants=seen.participants,
            by_phase={phase: seen.by_phase[phase] for phase in Phase},
            in_no_phase=seen.by_phase[7],
            by_verdict={verdict: seen.by_verdict[verdict] for verdict in SlotVerdict},
        )


@dataclass(frozen=True)
class Violation:
    """Something that must not be."""

    #: A stable name.
    rule: str
    #: A sentence.
    detail: str
    #: None: it is not about one.
    slot: int | None
    #: Id; None: it is not about one.
    participant: int | None
    #: Left by somebody dead: recovery removes it.
    repairable: bool


@dataclass(frozen=True)
class ValidationReport:
    """What a validation has looked at and found."""

    slots_checked: int
    checksums_verified: int
    #: Those whose checksum is keyed, while the block's secret is not known: :meth:`Segment.use_secret`.
    checksums_unverifiable: int
    #: Slots that changed while they were looked at: nothing is said of them.
    moving: int
    violations: tuple[Violation, ...]

    @property
    def is_sound(self) -> bool:
        """There is nothing that recovery could not remove."""
        return all(violation.repairable for violation in self.violations)


@dataclass(frozen=True)
class Metrics:
    """Counters since the block was created."""

    writer_timeout_count: int
    #: Time that producers have waited for consumers.
    writer_blocked_total_ns: int
    #: A lossy reader lost its message between look and pin.
    reader_race_detected: int
    #: Most consumers attached at once.
    reader_peak_count: int
    #: Nanoseconds since 1970.
    last_error_timestamp_ns: int
    #: An :class:`datablock.errors.ErrorCode`; 0: none.
    last_error_code: int
    #: Errors so far.
    error_sequence: int
    slot_acquire_errors: int
    checksum_failures: int
    zmq_send_failures: int
    heartbeat_sent_count: int
    heartbeat_failed_count: int
    total_slots_written: int
    total_slots_read: int
    total_bytes_written: int
    total_bytes_read: int
    #: By consumers that were too slow.
    messages_lost: int
    #: Numbers that were claimed and given up.
    tombstones: int
    #: Since the block was created.
    uptime_seconds: int
    #: In the flight recorder's count.
    recovery_actions: int

    @classmethod
    def of(cls, metrics: structs.Metrics) -> Metrics:
        """From what the library has told."""
        return cls(**{name: getattr(metrics, name) for name in cls.__dataclass_fields__})


@dataclass(frozen=True)
class HistoryEntry:
    """An entry of the flight recorder."""

    #: Running number.
    ticket: int
    #: Nanoseconds since 1970.
    at_ns: int
    action: ActionKind
    evidence: Evidence
    #: Who did it.
    pid: int
    uid: int
    #: Whom it concerned; 0: nobody.
    participant: int
    slot: int | None
    seq: int | None
    before: int
    after: int

    @classmethod
    def of(cls, entry: structs.HistoryEntry) -> HistoryEntry:
        """From what the library has told."""
        return cls(
            ticket=entry.ticket,
            at_ns=entry.at_ns,
            action=_known(ActionKind, entry.action),
            evidence=_known(Evidence, entry.evidence),
            pid=entry.pid,
            uid=entry.uid,
            participant=entry.participant,
            slot=_or_none(entry.slot),
            seq=_or_none(entry.seq),
            before=entry.before,
            after=entry.after,
        )


@dataclass(frozen=True)
class RecoveryAction:
    """One step of a repair. Applied only if what is there still is `before`."""

    kind: ActionKind
    #: Dead one that it cleans up after.
    participant: int
    #: Of that participant's entry when the plan was made.
    generation: int
    slot: int | None
    seq: int | None
    before: int
    after: int
    #: Messages: 1 for one that its writer never finished.
    loses: int
    #: Of applying it: None: done; NOTHING_TO_DO in a plan: not tried yet.
    refused: ErrorCode | None

    @property
    def is_done(self) -> bool:
        """It was applied."""
        return self.refused is None

    @classmethod
    def of(cls, action: structs.RecoveryAction) -> RecoveryAction:
        """From what the library has told."""
        refused = BY_CODE[-action.result].code if action.result != 0 else None
        return cls(
            kind=_known(ActionKind, action.kind),
            participant=action.participant,
            generation=action.generation,
            slot=_or_none(action.slot),
            seq=_or_none(action.seq),
            before=action.before,
            after=action.after,
            loses=action.loses,
            refused=refused,
        )

    def to_struct(self) -> structs.RecoveryAction:
        """As the library takes it."""
        return structs.made(
            structs.RecoveryAction,
            kind=self.kind,
            participant=self.participant,
            loses=self.loses,
            generation=self.generation,
            slot=structs.NONE if self.slot is None else self.slot,
            seq=structs.NONE if self.seq is None else self.seq,
            before=self.before,
            after=self.after,
        )
