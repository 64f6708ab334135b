"""The library's handles are for one thread at a time."""

from __future__ import annotations

import os
import threading
from typing import NoReturn

from datablock.errors import ClosedError, NestedUseError


class Turn:
    """A thread's turn with a handle, for as long as it is in a ``with`` of this. Reentrant: a signal handler may come in
    between."""

    __slots__ = ("_name", "_pid", "give_back", "try_take")

    def __init__(self, name: str) -> None:
        lock = threading.RLock()
        #: ``try_take(False)`` is like entering, but False when another thread has it; ``try_take()`` waits for that one.
        self.try_take = lock.acquire
        #: After :attr:`try_take`.
        self.give_back = lock.release
        self._name = name
        self._pid = os.getpid()

    @property
    def is_of_parent(self) -> bool:
        """This process was forked from the one that it belongs to."""
        return os.getpid() != self._pid

    def __enter__(self) -> None:
        """Raises NestedUseError when another thread has it, ClosedError when that thread is one of the parent's."""
        if not self.try_take(False):
            self.refuse()

    def __exit__(self, *_: object) -> None:
        self.give_back()

    def refuse(self) -> NoReturn:
        """Says why there is no turn now."""
        if self.is_of_parent:
            raise ClosedError("This handle belongs to the process that this one was forked from.", self._name)
        raise NestedUseError("Another thread is in a call of this handle.", self._name)
