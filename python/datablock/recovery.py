"""Repairing what dead participants left behind."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

from datablock import _structs as structs
from datablock import options
from datablock._library import check, library
from datablock._memory import Handle, opened
from datablock._turn import Turn
from datablock.errors import ClosedError, DataBlockError
from datablock.reports import ParticipantReport, RecoveryAction, SegmentInfo
from datablock.segment import Directory, scope_number
from datablock.timeouts import Timeouts


class Recovery:
    """Repairs a block. Opens it read-write, takes no part in it, and never looks at messages. One thread at a time; another
    one's call meanwhile raises NestedUseError.

    What lives is never touched, unless a call is told to by `force`. Every step is written into the flight recorder. Close
    it, or use it as a context manager.
    """

    def __init__(self, name: str, *, dir: Directory = None) -> None:
        """Opens a block for repair. `dir`: default the environment's DATABLOCK_DIR, else /dev/shm.

        Raises NoSuchBlockError, PermissionError, ...
        """
        encoded = options.encoded("The name of a block", name)
        place = options.encoded_directory(dir)
        self._name = name
        self._turn = Turn(name)
        self._handle: Handle | None = opened(
            lambda out: library.datablock_recovery_open(encoded, place, out), library.datablock_recovery_close, name
        )

    @property
    def _open(self) -> Handle:
        handle = self._handle
        if handle is None:
            raise ClosedError("This recovery was closed.", self._name)
        return handle

    def info(self) -> SegmentInfo:
        """Identity and configuration."""
        info = structs.made(structs.SegmentInfo)
        with self._turn:
            check(library.datablock_recovery_info(self._open, ctypes.byref(info)), self._name)
        return SegmentInfo.of(self._name, info)

    def run(self, *, scope: str = "all", dry_run: bool = False) -> list[RecoveryAction]:
        """Plans and applies; with `dry_run` only the plan. `scope`: all, consumers (holds, pins and entries of dead consumers),
        producers (slots and entries of dead producers), or entries (of dead participants that hold nothing else).

        Each action says what became of it: one that is refused, because somebody else was faster, does not keep the others
        from being done.
        """
        # A participant leaves few traces, but a run of slots may be in its hands.
        capacity = 4096
        actions = structs.made_array(structs.RecoveryAction, capacity)
        count = ctypes.c_size_t()
        with self._turn:
            check(
                library.datablock_recovery_run(
                    self._open,
                    scope_number(scope),
                    bool(dry_run),
                    ctypes.byref(actions),
                    capacity,
                    ctypes.byref(count),
                ),
                self._name,
            )
        return [RecoveryAction.of(action) for action in actions[: min(count.value, capacity)]]

    def apply(self, action: RecoveryAction) -> None:
        """One step of a plan. Raises ChangedError (what is there is not what was planned for), OwnerAliveError,
        BeingCleanedError."""
        given = action.to_struct()
        with self._turn:
            check(library.datablock_recovery_apply(self._open, ctypes.byref(given)), self._name)

    def force_reset_slot(self, slot: int, *, force: bool = False) -> None:
        """Takes a slot from its owner. A dead one: as recovery would. A live one: OwnerAliveError, or with `force` the slot is
        quarantined (blocks of several producers; else SingleProducerAliveError): the ring goes on, and the owner's commit
        raises FencedError.

        Raises NothingToDoError (nobody owns it), ChangedError, BeingCleanedError, CorruptError, InvalidArgumentError.
        """
        number = options.checked_integer("slot", slot, 0, 2**64 - 1)
        with self._turn:
            check(library.datablock_force_reset_slot(self._open, number, bool(force)), self._name)

    def force_reset_all_slots(self, *, force: bool = False) -> tuple[int, DataBlockError | None]:
        """The same for every slot that somebody owns: how many were reset, and the first refusal."""
        reset = ctypes.c_uint64()
        first: DataBlockError | None = None
        with self._turn:
            try:
                check(
                    library.datablock_force_reset_all_slots(self._open, bool(force), ctypes.byref(reset), None),
                    self._name,
                )
            except DataBlockError as error:
                first = error
        return reset.value, first

    def release_zombie_readers(self) -> int:
        """Releases the holds and pins of dead consumers, and frees their entries: how many actions that were."""
        return self._counted(library.datablock_release_zombie_readers)

    def release_zombie_writer(self) -> int:
        """Resets the slots of dead producers, and frees their entries: how many actions that were."""
        return self._counted(library.datablock_release_zombie_writer)

    def cleanup_dead_consumers(self) -> int:
        """Frees the entries of dead participants that hold nothing else: how many they were."""
        return self._counted(library.datablock_cleanup_dead_consumers)

    def _counted(self, call: Callable[..., int]) -> int:
        count = ctypes.c_uint64()
        with self._turn:
            check(call(self._open, ctypes.byref(count)), self._name)
        return count.value

    def skip_stuck_slot(self, slot: int) -> None:
        """Gets the ring past a slot that it cannot pass: one of a dead owner is reset; one whose word is impossible becomes
        free (its message, if it was one, is lost).

        Raises NothingToDoError: it is no obstacle; OwnerAliveError, SingleProducerAliveError, ChangedError,
        BeingCleanedError, InvalidArgumentError.
        """
        number = options.checked_integer("slot", slot, 0, 2**64 - 1)
        with self._turn:
            check(library.datablock_skip_stuck_slot(self._open, number), self._name)

    def evict_consumer(self, seen: ParticipantReport) -> None:
        """Takes the hold of the live sync consumer that was seen, if it still is what was seen: it loses messages, and is told
        so (EvictedError). Who came after it is never hit.

        Raises ChangedError: it has moved on, or has left; NotASyncConsumerError; TimeoutError: somebody else acts on it.
        """
        hold = structs.NONE if seen.hold is None else seen.hold
        with self._turn:
            check(
                library.datablock_recovery_evict_consumer(self._open, seen.id, seen.generation, hold), self._name
            )

    def kill_participant(self, seen: ParticipantReport, *, timeout_ms: int | None = None) -> None:
        """Ends the process of the participant that was seen, and waits until the kernel has dropped its lock. Who came after it
        is never hit. Then :meth:`run`.

        Raises NothingToDoError (dead already, or has left), ChangedError (somebody else has the entry), VerdictUnknownError,
        PermissionError, TimeoutError, BeingCleanedError.
        """
        limit = _kill_limit(timeout_ms)
        with self._turn:
            check(
                library.datablock_recovery_kill_participant(self._open, seen.id, seen.generation, limit),
                self._name,
            )

    def kill_cleaner(self, seen: ParticipantReport, *, timeout_ms: int | None = None) -> None:
        """The same for the process that was seen cleaning up after that dead participant: one that is stopped keeps everybody
        else from it. Raises NothingToDoError (nobody cleans up), ChangedError (somebody else does)."""
        limit = _kill_limit(timeout_ms)
        given = seen.to_struct()
        with self._turn:
            check(
                library.datablock_recovery_kill_cleaner(self._open, ctypes.byref(given), limit), self._name
            )

    def close(self) -> None:
        """Ends it. A second time: nothing."""
        with self._turn:
            self._handle = None

    def __enter__(self) -> Recovery:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _kill_limit(timeout_ms: int | None) -> int:
    return Timeouts.from_environment().kill_ms if timeout_ms is None else options.checked_timeout(timeout_ms)


def auto_recover(
    name: str, *, dir: Directory = None, scope: str = "all", dry_run: bool = False
) -> list[RecoveryAction]:
    """Cleans up after everybody who is dead, and never touches anybody who lives. With `dry_run` it only says what it would do,
    and needs write permission all the same. See :meth:`Recovery.run`. Any thread. Raises as :class:`Recovery`."""
    with Recovery(name, dir=dir) as recovery:
        return recovery.run(scope=scope, dry_run=dry_run)
