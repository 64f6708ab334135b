"""Named memory beside the ring, and the locks for it (docs/zones.md)."""

from __future__ import annotations

import ctypes
import os
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Literal

from datablock import _structs as structs
from datablock import options
from datablock._library import check, failure, library, quick
from datablock._memory import Handle, opened, view_of
from datablock._participant import Participant
from datablock._turn import Turn
from datablock.errors import ErrorCode, InvalidArgumentError
from datablock.secret import Secret, pointer_of
from datablock.timeouts import Timeouts

OnOwnerDead = Literal["refuse", "accept"]
_ON_OWNER_DEAD = {"refuse": 1, "accept": 2}

_OWNER_DEAD = -ErrorCode.OWNER_DEAD
_INTERRUPTED = -ErrorCode.INTERRUPTED


class ZoneUser(Participant):
    """Uses the zones and spinlocks of a block, and has no part in its stream: it holds nobody back.

    Threads, processes and closing: as for :class:`Producer`. A spinlock that is still locked when the handle is closed, or its
    process dies, is released, and the next owner is told.
    """

    _kind = "zone_user"

    def __init__(
        self,
        name: str,
        *,
        dir: str | os.PathLike[str] | None = None,
        label: str | None = None,
        note: str | None = None,
        wait: options.WaitStrategy = "adaptive",
        populate: bool = False,
        watch_name: bool = False,
        secret: Secret | None = None,
        timeouts: Timeouts | None = None,
    ) -> None:
        """Joins an existing block. Parameters: as for :class:`Producer`; `timeouts`: of locks.

        Raises NoSuchBlockError, PermissionError, ParticipantsFullError, ...
        """
        given = structs.made(
            structs.ZoneUserOptions,
            wait=options.number_of("wait", wait, options.WAIT_STRATEGIES),
            dir=options.encoded_directory(dir),
            label=None if label is None else options.encoded("label", label),
            note=None if note is None else options.encoded("note", note),
            populate=bool(populate),
            watch_name=bool(watch_name),
            secret=pointer_of(secret),
        )
        encoded = options.encoded("The name of a block", name)
        waits = Timeouts.from_environment() if timeouts is None else timeouts
        handle = opened(
            lambda out: library.datablock_zone_user_open(encoded, ctypes.byref(given), out),
            library.datablock_zone_user_close,
            name,
        )
        self._zones: dict[str, memoryview] = {}
        self._locks: weakref.WeakSet[SharedSpinLock] = weakref.WeakSet()
        super().__init__(name, handle, waits.lock_ms)

    def zone(self, name: str) -> memoryview:
        """All bytes of a zone, writable, shared by all who use it; ``numpy.frombuffer(user.zone("table"), "<f8")`` is an array
        of them. Released when the handle is closed; what was made of it stays mapped as long as it lives.

        Raises NoSuchZoneError, ClosedError.
        """
        view = self._zones.get(name)
        if view is None:
            zone = structs.made(structs.Zone)
            self._call("zone", options.encoded("The name of a zone", name), ctypes.byref(zone))
            view = self._zones[name] = view_of(self._handle, zone.data, zone.size)
        return view

    def update_checksum(self, zone: str) -> None:
        """Stores the checksum of what is in the zone now; never done by itself. Keep others from writing meanwhile.

        Raises NoSuchZoneError, ClosedError.
        """
        self._call("update_checksum", options.encoded("The name of a zone", zone))

    def verify_checksum(self, zone: str) -> None:
        """Is the zone as it was when its checksum was stored? Raises ChecksumMismatchError: no; NothingToDoError: none is
        stored; NoSuchZoneError, ClosedError."""
        self._call("verify_checksum", options.encoded("The name of a zone", zone))

    def spinlock(self, index: int) -> SharedSpinLock:
        """Access of this thread to lock `index`, 0 to 31. What each lock protects is for the users of the block to agree upon.

        Raises ConfigInvalidError: there is no such lock; ClosedError.
        """
        number = options.checked_integer("index", index, 0, 2**32 - 1)
        with self._turn:
            handle = opened(
                lambda out: library.datablock_spinlock_open(self._pointer, number, out),
                library.datablock_spinlock_close,
                self._name,
                self._handle,
            )
            lock = SharedSpinLock(self._name, handle, number, self._default_ms)
            self._locks.add(lock)
            return lock

    def close(self) -> None:
        """Leaves the block; threads that wait for its locks get ClosedError. See :meth:`Participant.close`."""
        if not self.closed:
            self.cancel()
            super().close()

    def _let_go(self) -> None:
        for lock in list(self._locks):
            lock._turn.try_take()  # the thread that was in a call of it has been woken
            lock._turn.give_back()
        for view in self._zones.values():
            try:
                view.release()
            except BufferError:
                pass  # somebody has made something of it that cannot be taken back
        self._zones.clear()


class SharedSpinLock:
    """A lock of a block, for the thread that has opened it: within that thread it is recursive, and is unlocked as often as it
    was locked. Each thread opens it for itself.

    As a context manager it is locked within the block::

        with user.spinlock(3):
            table[0] += 1

    An owner that dies is found out by whoever waits. The next one is told: entering raises OwnerDeadError, with the lock let
    go, since what it protects may be half-updated; :meth:`held` takes what mends it.
    """

    def __init__(self, name: str, handle: Handle, index: int, default_ms: int) -> None:
        self._name = name
        self._handle = handle
        self._thread = threading.get_ident()
        self._turn = Turn(name)
        self._default_ms = default_ms
        self._owner_died = False
        #: 0 to 31.
        self.index = index

    def lock(self, timeout_ms: int | None = None, *, on_owner_dead: OnOwnerDead = "refuse") -> None:
        """Locks it; milliseconds, 0 tries once, -1 waits for ever. Default: of the handle's time-outs.

        `on_owner_dead` accept: it is kept when an owner before died with it, and :attr:`owner_died` says so. Raises
        OwnerDeadError (refuse), TimeoutError, LockLostError, CorruptError, ClosedError.
        """
        limit = self._default_ms if timeout_ms is None else options.checked_timeout(timeout_ms)
        options.number_of("on_owner_dead", on_owner_dead, _ON_OWNER_DEAD)
        pointer = self._own()
        with self._turn:
            started = monotonic()
            left = limit
            while (result := library.datablock_spinlock_lock(pointer, left)) == _INTERRUPTED:
                left = limit if limit <= 0 else max(0, limit - round((monotonic() - started) * 1000))
            self._owner_died = result == _OWNER_DEAD
            if result == 0 or (self._owner_died and on_owner_dead == "accept"):
                return
            error = failure(result, self._name)
            if self._owner_died:
                quick.datablock_spinlock_unlock(pointer)
            raise error

    def unlock(self) -> None:
        """Unlocks it once. Raises NotLockedError: this thread does not hold it (any more); ClosedError."""
        pointer = self._own()
        with self._turn:
            check(quick.datablock_spinlock_unlock(pointer), self._name)

    def mark_consistent(self) -> None:
        """Says that what it protects is whole again: later owners are not told of the dead one any more.

        Raises NotLockedError, ClosedError.
        """
        pointer = self._own()
        with self._turn:
            check(quick.datablock_spinlock_mark_consistent(pointer), self._name)
            self._owner_died = False

    @property
    def is_held(self) -> bool:
        """This thread holds it."""
        pointer = self._own()
        with self._turn:
            return bool(quick.datablock_spinlock_is_held(pointer) == 1)

    @property
    def owner_died(self) -> bool:
        """It was taken from an owner that died: what it protects may be half-updated."""
        return self._owner_died

    @contextmanager
    def held(self, timeout_ms: int | None = None, *, repair: Callable[[], object] | None = None) -> Iterator[None]:
        """Locks it within the block. `repair` is called first when an owner before died with it; when it returns, the data
        counts as whole. Without it OwnerDeadError is raised. Raises as :meth:`lock`."""
        self.lock(timeout_ms, on_owner_dead="refuse" if repair is None else "accept")
        try:
            if self._owner_died and repair is not None:
                repair()
                self.mark_consistent()
            yield
        finally:
            self.unlock()

    def __enter__(self) -> SharedSpinLock:
        self.lock()
        return self

    def __exit__(self, *_: object) -> None:
        self.unlock()

    def _own(self) -> int:
        if threading.get_ident() != self._thread:
            raise InvalidArgumentError("A spinlock is for the thread that has opened it.", self._name)
        return self._handle.pointer
