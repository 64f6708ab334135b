"""What all participants have in common: a handle that one thread at a time may use, and that closes."""

from __future__ import annotations

import ctypes
import time
import warnings
import weakref
from collections.abc import Callable
from typing import Any, NoReturn, TypeVar

from datablock import _library
from datablock import _structs as structs
from datablock import options
from datablock._memory import Handle
from datablock._turn import Turn
from datablock.errors import ClosedError, ErrorCode
from datablock.reports import HandleStats, SegmentInfo
from datablock.schema import Schema

_INTERRUPTED = -ErrorCode.INTERRUPTED

Self = TypeVar("Self", bound="Participant")


class Participant:
    """A seat in a block. Not made by itself: see :class:`Producer`, :class:`Consumer` and :class:`ZoneUser`."""

    _kind = ""

    def __init__(self, name: str, handle: Handle, default_ms: int) -> None:
        self._name = name
        self._handle = handle
        self._pointer = handle.pointer
        self._turn = Turn(name)
        self._default_ms = default_ms
        self._closed = False
        info = structs.made(structs.SegmentInfo)
        self._call("info", ctypes.byref(info))
        #: Identity and configuration of the block, as they were when it was joined.
        self.info = SegmentInfo.of(name, info)
        self._finalizer = weakref.finalize(self, _abandon, handle, self._kind, name)

    def _call(self, function: str, *arguments: Any) -> None:
        """Calls ``datablock_<kind>_<function>``, which waits for nobody. Raises ClosedError, NestedUseError."""
        with self._turn:
            if self._closed:
                raise ClosedError("This handle was closed.", self._name)
            call = getattr(_library.library, f"datablock_{self._kind}_{function}")
            _library.check(call(self._pointer, *arguments), self._name)

    def _limit(self, timeout_ms: int | None) -> int:
        """Milliseconds that a call may wait. Raises InvalidArgumentError."""
        return self._default_ms if timeout_ms is None else options.checked_timeout(timeout_ms)

    def _waited(self, call: Callable[..., int], timeout_ms: int, before: tuple[Any, ...], after: tuple[Any, ...]) -> int:
        """The result of a call that waits, which is handed back now and then so that signals are handled."""
        started = time.monotonic()
        result = call(self._pointer, *before, timeout_ms, *after)
        return self._resumed(result, call, timeout_ms, started, before, after)

    def _resumed(
        self,
        result: int,
        call: Callable[..., int],
        timeout_ms: int,
        started: float,
        before: tuple[Any, ...],
        after: tuple[Any, ...],
    ) -> int:
        """Goes on with a call that was handed back."""
        while result == _INTERRUPTED:
            left = timeout_ms
            if timeout_ms > 0:
                left = max(0, timeout_ms - round((time.monotonic() - started) * 1000))
            result = call(self._pointer, *before, left, *after)
        return result

    def heartbeat(self) -> None:
        """Shows operators that this program is making progress. Every message does so too. Never waits.

        Raises ClosedError, NestedUseError.
        """
        self._call("heartbeat")

    def cancel(self) -> None:
        """Ends the wait that another thread is in, and every later one, with ClosedError, within 100 ms. Any thread."""
        call = getattr(_library.library, f"datablock_{self._kind}_cancel")
        _library.check(call(self._pointer), self._name)

    @property
    def closed(self) -> bool:
        """It has left its block, or is a fork's copy of one that its parent has."""
        return self._closed or self._turn.is_of_parent

    def close(self) -> None:
        """Leaves the block; what is in hand is let go. A second time: nothing. Any thread.

        A thread that waits in a call of this handle is woken, within 100 ms, and gets ClosedError. In the child of a fork
        it does nothing: the handle is its parent's.
        """
        if self.closed:
            return
        if not self._turn.try_take(False):
            self.cancel()
            self._turn.try_take()
        try:
            if not self._closed:
                self._closed = True
                self._let_go()
                self._finalizer.detach()
                _leave(self._handle, self._kind)
        finally:
            self._turn.give_back()

    def _let_go(self) -> None:
        """Takes back what it has handed out."""
        raise NotImplementedError

    def __enter__(self: Self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> NoReturn:
        raise TypeError(f"A {type(self).__name__} belongs to its process: open one in each.")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} of {self._name}, {'closed' if self.closed else 'open'}>"


class StreamParticipant(Participant):
    """One that writes or reads messages."""

    def __init__(self, name: str, handle: Handle, default_ms: int) -> None:
        super().__init__(name, handle, default_ms)
        text = ctypes.c_char_p()
        self._call("schema", ctypes.byref(text))
        #: What the block's messages are; None: bytes.
        self.schema = Schema.parse(text.value.decode()) if text.value else None
        #: Its id among the participants of the block, 1 to 64.
        self.participant = self.stats().participant

    def stats(self) -> HandleStats:
        """Counts of this handle since it was opened. Raises NestedUseError."""
        counts = structs.made(structs.Stats)
        self._call("stats", ctypes.byref(counts))
        return HandleStats.of(counts)

    def check_in(self) -> None:
        """A heartbeat that also asks the kernel whether the handle's seat in the block still is its own. For a loop that never
        waits: once a second, say. Raises LockLostError, RecreatedError (when the name is watched), ClosedError."""
        self._call("check_in")


def _leave(handle: Handle, kind: str) -> None:
    leave = getattr(_library.library, f"datablock_{kind}_leave")
    leave(handle.pointer)


def _abandon(handle: Handle, kind: str, name: str) -> None:
    """Nobody has closed it: it was collected, or the interpreter comes to its end."""
    _leave(handle, kind)
    warnings.warn(f"a {kind} of block {name} was not closed", ResourceWarning, stacklevel=2)
