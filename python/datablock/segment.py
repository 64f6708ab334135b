"""Blocks: making, finding and removing them, and looking at them without changing a byte."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, Unpack

from datablock import _structs as structs
from datablock import config as _config
from datablock import options
from datablock._library import BlockVisitor, ViolationVisitor, check, failure, library
from datablock._memory import Handle, opened, view_of
from datablock.config import BlockConfig
from datablock.errors import BY_CODE, ClosedError, CorruptError, ErrorCode, InvalidArgumentError
from datablock.reports import (
    HistoryEntry,
    Metrics,
    ParticipantReport,
    RecoveryAction,
    SegmentInfo,
    SlotDiagnosis,
    SlotState,
    Snapshot,
    SpinlockDiagnosis,
    ValidationReport,
    Violation,
)
from datablock.schema import Schema
from datablock.secret import Secret, pointer_of
from datablock.timeouts import Timeouts

Directory = str | os.PathLike[str] | None
Report = TypeVar("Report")

_SCOPES = {"all": 0, "consumers": 1, "producers": 2, "entries": 3}


class ListedBlock(NamedTuple):
    """A block of a directory."""

    name: str
    #: None, or why it cannot be opened: it is damaged, or this user may not read it.
    problem: ErrorCode | None


class Segment:
    """A look at a block, or at a snapshot file of one. Read-only: it takes no part and changes nothing. Any thread.

    Works in the child of a fork too. Close it, or use it as a context manager.
    """

    def __init__(self, name: str, *, dir: Directory = None) -> None:
        """Opens a block to look at it; read permission is enough. `dir`: default the environment's DATABLOCK_DIR, else
        /dev/shm.

        Raises NoSuchBlockError, PermissionError, NotABlockError, TruncatedError, HeaderCorruptError, ...
        """
        encoded = options.encoded("The name of a block", name)
        self._take(
            name, lambda out: library.datablock_observer_open(encoded, options.encoded_directory(dir), out)
        )

    @classmethod
    def open_snapshot(cls, path: str | os.PathLike[str]) -> Segment:
        """Opens a file that ``datablock-admin snapshot`` wrote. Raises NoSuchBlockError, NotABlockError, ..."""
        segment = cls.__new__(cls)
        encoded = os.fsencode(path)
        segment._take(os.fspath(path), lambda out: library.datablock_observer_open_snapshot(encoded, out))
        return segment

    def _take(self, name: str, open_handle: Callable[[Any], int]) -> None:
        self._name = name
        self._handle: Handle | None = opened(open_handle, library.datablock_observer_close, name)

    @staticmethod
    def create(name: str, *, dir: Directory = None, **config: Unpack[BlockConfig]) -> SegmentInfo:
        """Makes a block. It is whole before it has a name, never replaces a file, and stays until it is unlinked. Any thread.

        Raises ConfigInvalidError, SchemaInvalidError, NameInvalidError, ExistsError, NoSpaceError, PermissionError,
        FencesUnavailableError.
        """
        return _create(library.datablock_segment_create, name, dir, config)

    @staticmethod
    def create_or_check(name: str, *, dir: Directory = None, **config: Unpack[BlockConfig]) -> SegmentInfo:
        """Makes a block, or finds one of the same configuration that is there already. Any thread.

        Raises ConfigDiffersError, with every difference; else as :meth:`create`, without ExistsError.
        """

        def make(encoded: bytes, directory: bytes | None, given: Any) -> int:
            result: int = library.datablock_segment_open_or_create(encoded, directory, given, None)
            return result

        return _create(make, name, dir, config)

    @staticmethod
    def unlink(name: str, *, dir: Directory = None, instance: str | None = None, force: bool = False) -> None:
        """Removes a block's name. Any thread.

        `instance`: only if it is that very block (RecreatedError); default: whichever has the name, a damaged one too.
        Refused (InUseError) while somebody is attached, unless `force`: they go on with a nameless block. Raises
        NoSuchBlockError, PermissionError.
        """
        encoded = options.encoded("The name of a block", name)
        check(
            library.datablock_segment_unlink(
                encoded, options.encoded_directory(dir), _instance_bytes(instance), bool(force)
            ),
            name,
        )

    @property
    def _open(self) -> Handle:
        handle = self._handle
        if handle is None:
            raise ClosedError("This look at the block was closed.", self._name)
        return handle

    def info(self) -> SegmentInfo:
        """Identity and configuration."""
        info = structs.made(structs.SegmentInfo)
        check(library.datablock_observer_info(self._open, ctypes.byref(info)), self._name)
        return SegmentInfo.of(self._name, info)

    def schema(self) -> Schema | None:
        """What its messages are; None: bytes."""
        text = ctypes.c_char_p()
        check(library.datablock_observer_schema(self._open, ctypes.byref(text)), self._name)
        return Schema.parse(text.value.decode()) if text.value else None

    def snapshot(self, *, stuck_after_ms: int | None = None) -> Snapshot:
        """The block as a whole. `stuck_after_ms`: a slot of a live owner is slow after that long."""
        seen = structs.made(structs.Snapshot)
        after = _checked_after(stuck_after_ms)
        check(library.datablock_observer_snapshot(self._open, after, ctypes.byref(seen)), self._name)
        return Snapshot.of(seen)

    def participants(self) -> list[ParticipantReport]:
        """Who is in the block: attached, or dead and not cleaned up yet."""
        seen = self._all(structs.Participant, library.datablock_observer_participants, 64)
        return [ParticipantReport.of(one) for one in seen]

    def diagnose_slot(self, slot: int, *, stuck_after_ms: int | None = None) -> SlotDiagnosis:
        """One slot, judged. Raises InvalidArgumentError: there is no such slot."""
        diagnosis = structs.made(structs.SlotDiagnosis)
        number, after = _checked_slot(slot), _checked_after(stuck_after_ms)
        check(library.datablock_diagnose_slot(self._open, number, after, ctypes.byref(diagnosis)), self._name)
        return SlotDiagnosis.of(diagnosis)

    def diagnose_all_slots(self, *, stuck_after_ms: int | None = None) -> list[SlotDiagnosis]:
        """All slots, judged, those that are healthy too."""
        after = _checked_after(stuck_after_ms)
        seen = self._all(
            structs.SlotDiagnosis,
            lambda pointer, *rest: library.datablock_diagnose_all_slots(pointer, after, *rest),
            self.info().slots,
        )
        return [SlotDiagnosis.of(one) for one in seen]

    def slot_state(self, slot: int) -> SlotState:
        """One slot as it lies in the block. Raises InvalidArgumentError: there is no such slot."""
        state = structs.made(structs.SlotState)
        check(library.datablock_get_slot_state(self._open, _checked_slot(slot), ctypes.byref(state)), self._name)
        return SlotState.of(slot, state)

    def is_slot_stuck(self, slot: int) -> bool:
        """Its owner is dead, or its word is impossible, so that it does not come free by itself.

        Raises VerdictUnknownError: it cannot be said whether its owner lives; InvalidArgumentError.
        """
        result = library.datablock_is_slot_stuck(self._open, _checked_slot(slot))
        check(result, self._name)
        return bool(result == 1)

    def spinlocks(self, *, stuck_after_ms: int | None = None) -> list[SpinlockDiagnosis]:
        """The spinlocks that are held, or marked by a dead owner."""
        after = _checked_after(stuck_after_ms)
        seen = self._all(
            structs.SpinlockDiagnosis,
            lambda pointer, *rest: library.datablock_observer_spinlocks(pointer, after, *rest),
            32,
        )
        return [SpinlockDiagnosis.of(one) for one in seen]

    def zones(self) -> dict[str, memoryview]:
        """The zones as they lie in the block, read-only. What is made of the views stays mapped as long as it lives.

        Raises NoSuchZoneError: a snapshot that was taken without its data.
        """
        handle = self._open
        found = self._all(structs.Zone, library.datablock_observer_zones, 64)
        return {zone.name.decode(): view_of(handle, zone.data, zone.size).toreadonly() for zone in found}

    def verify_zone(self, name: str) -> None:
        """Is the zone as it was when its checksum was stored? Raises ChecksumMismatchError: no, or somebody is changing it;
        NothingToDoError: none is stored; NoSuchZoneError."""
        check(library.datablock_observer_verify_zone(self._open, options.encoded("The name of a zone", name)), self._name)

    def use_secret(self, secret: Secret) -> None:
        """From now on keyed checksums can be checked; nothing else here needs a secret. Raises SecretWrongError."""
        check(library.datablock_observer_use_secret(self._open, pointer_of(secret)), self._name)

    def validate(self, *, checksums: bool = False) -> ValidationReport:
        """Checks every invariant that can be checked from outside; with `checksums` also the messages', which reads all of
        them. Changes nothing. What is found is in the report, not raised."""
        found: list[Violation] = []

        def hear(told: Any, _: object) -> None:
            violation = told.contents
            found.append(
                Violation(
                    rule=violation.rule.decode(),
                    detail=violation.detail.decode("utf-8", "replace"),
                    slot=None if violation.slot == structs.NONE else violation.slot,
                    participant=violation.participant or None,
                    repairable=violation.repairable != 0,
                )
            )

        report = structs.made(structs.Validation)
        try:
            check(
                library.datablock_validate_integrity(
                    self._open, bool(checksums), ViolationVisitor(hear), None, ctypes.byref(report)
                ),
                self._name,
            )
        except CorruptError:
            pass  # the violations say it better
        return ValidationReport(
            report.slots_checked, report.checksums_verified, report.checksums_unverifiable, report.moving, tuple(found)
        )

    def first_impossible_slot(self) -> int | None:
        """The first slot whose word is impossible; None: there is none."""
        first = ctypes.c_uint64(structs.NONE)
        result = library.datablock_validate_slot_states(self._open, ctypes.byref(first))
        if result != -ErrorCode.CORRUPT:
            check(result, self._name)
        return None if first.value == structs.NONE else first.value

    def metrics(self) -> Metrics:
        """Counters since the block was created."""
        metrics = structs.made(structs.Metrics)
        check(library.datablock_get_metrics(self._open, ctypes.byref(metrics)), self._name)
        return Metrics.of(metrics)

    def history(self) -> list[HistoryEntry]:
        """The flight recorder: the last 256 recovery actions, oldest first."""
        return [HistoryEntry.of(one) for one in self._all(structs.HistoryEntry, library.datablock_observer_history, 256)]

    def plan(self, *, scope: str = "all") -> list[RecoveryAction]:
        """What recovery would do now, in order. `scope`: all, consumers, producers, or entries."""
        number = scope_number(scope)
        seen = self._all(
            structs.RecoveryAction,
            lambda pointer, *rest: library.datablock_observer_plan(pointer, number, *rest),
            64,
        )
        return [RecoveryAction.of(one) for one in seen]

    def _all(self, struct: Any, call: Callable[..., int], capacity: int) -> list[Any]:
        """All structs that a call tells, with another try when there are more than was thought."""
        count = ctypes.c_size_t()
        while True:
            array = structs.made_array(struct, capacity)
            check(call(self._open, ctypes.byref(array), capacity, ctypes.byref(count)), self._name)
            if count.value <= capacity:
                return array[: count.value]  # type: ignore[no-any-return]
            capacity = count.value

    def close(self) -> None:
        """Ends the look. A second time: nothing."""
        self._handle = None

    def __enter__(self) -> Segment:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def scope_number(scope: str) -> int:
    """Whom a repair is for, as the library takes it. Raises InvalidArgumentError."""
    return options.number_of("scope", scope, _SCOPES)


def list_blocks(*, dir: Directory = None) -> list[ListedBlock]:
    """All blocks of a directory, in the order of their names. `dir`: default the environment's DATABLOCK_DIR, else /dev/shm.
    Any thread. Raises PermissionError."""
    found: list[ListedBlock] = []

    def hear(name: bytes, status: int, _: object) -> int:
        found.append(ListedBlock(os.fsdecode(name), None if status == 0 else BY_CODE[-status].code))
        return 0

    check(library.datablock_segment_list(options.encoded_directory(dir), BlockVisitor(hear), None))
    return found


def is_process_alive(pid: int, start_time: int = 0) -> bool:
    """False: that process is certainly gone, or another one has its pid now. `start_time`: clock ticks after boot, as a
    participant's report has it; 0: any. Only for processes of our own pid namespace; for a participant, its verdict is the
    better answer. Any thread."""
    number = options.checked_integer("pid", pid, 0, 2**32 - 1)
    return bool(library.datablock_is_process_alive(number, options.checked_integer("start_time", start_time, 0, 2**64 - 1)))


def get_metrics(name: str, *, dir: Directory = None) -> Metrics:
    """Counters of a block since it was created. Any thread. Raises as :class:`Segment`."""
    with Segment(name, dir=dir) as segment:
        return segment.metrics()


def diagnose(
    name: str, *, dir: Directory = None, stuck_after_ms: int | None = None
) -> list[SlotDiagnosis]:
    """The slots of a block that are not healthy. Any thread. Raises as :class:`Segment`."""
    with Segment(name, dir=dir) as segment:
        slots = segment.diagnose_all_slots(stuck_after_ms=stuck_after_ms)
    return [slot for slot in slots if slot.verdict != 1]


def validate(name: str, *, dir: Directory = None, checksums: bool = False) -> ValidationReport:
    """See :meth:`Segment.validate`. Any thread. Raises as :class:`Segment`."""
    with Segment(name, dir=dir) as segment:
        return segment.validate(checksums=checksums)


def _create(make: Callable[..., int], name: str, directory: Directory, config: BlockConfig) -> SegmentInfo:
    encoded = options.encoded("The name of a block", name)
    place = options.encoded_directory(directory)
    given = _config.to_struct(config)
    check(make(encoded, place, ctypes.byref(given)), name)
    info = structs.made(structs.SegmentInfo)
    check(library.datablock_segment_info_of(encoded, place, ctypes.byref(info)), name)
    return SegmentInfo.of(name, info)


def _instance_bytes(instance: str | None) -> bytes | None:
    if instance is None:
        return None
    try:
        raw = bytes.fromhex(instance)
    except (ValueError, TypeError):
        raw = b""
    if len(raw) != 16:
        raise InvalidArgumentError(f"instance is 32 hexadecimal digits, not {instance!r}")
    return raw


def _checked_slot(slot: int) -> int:
    return options.checked_integer("slot", slot, 0, 2**64 - 1)


def _checked_after(stuck_after_ms: int | None) -> int:
    """A slot of a live owner is slow after that long. Default: of the environment."""
    if stuck_after_ms is None:
        return Timeouts.from_environment().stuck_after_ms
    return options.checked_integer("stuck_after_ms", stuck_after_ms, 0, 2**64 - 1)
