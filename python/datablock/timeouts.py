"""How long things may take where nobody says otherwise (docs/timeouts.md)."""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, fields

from datablock import _structs as structs
from datablock import options
from datablock._library import check, library


@dataclass(frozen=True, kw_only=True)
class Timeouts:
    """All time-outs, in milliseconds; -1 waits for ever, 0 looks once. Immutable; any thread."""

    #: A producer waits for a slot, and for room for its end-of-stream mark.
    write_ms: int = -1
    #: A consumer waits for a message.
    read_ms: int = -1
    #: A second producer waits for the one that is allowed to go.
    standby_ms: int = 0
    #: For a shared spinlock.
    lock_ms: int = 10_000
    #: For the end of a process that was killed.
    kill_ms: int = 5_000
    #: Nobody waits: from then on the slot of a live owner counts as slow.
    stuck_after_ms: int = 30_000

    def __post_init__(self) -> None:
        """Raises InvalidArgumentError for what is no time-out."""
        for field in fields(self):
            options.checked_timeout(getattr(self, field.name))
        options.checked_integer("stuck_after_ms", self.stuck_after_ms, 0, 2**63 - 1)

    @classmethod
    def from_environment(cls) -> Timeouts:
        """The defaults, and what the environment says instead: DATABLOCK_TIMEOUT_WRITE_MS, and so on.

        Raises EnvironmentInvalidError, which names a variable that makes no sense.
        """
        told = structs.made(structs.Timeouts)
        check(library.datablock_get_timeouts(ctypes.byref(told)))
        return cls(**{field.name: getattr(told, field.name) for field in fields(cls)})
