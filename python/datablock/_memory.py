"""Handles of the library, and the memory that they map, which lives as long as anybody looks at it."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

from datablock import _library


class Handle:
    """A handle of libdatablock. Its memory is given back when the last reference to it goes: every view of the block's
    payload holds one, so a view that is kept for too long reads old bytes, and never ends the process."""

    __slots__ = ("pointer", "_close")

    def __init__(self, pointer: int, close: Callable[[int], None]) -> None:
        self.pointer = pointer
        self._close = close

    def __del__(self) -> None:
        # In the child of a fork the library knows that nothing of this is the child's.
        self._close(self.pointer)


def opened(open_handle: Callable[[object], int], close: Callable[[int], None], block: str | None) -> Handle:
    """The handle that `open_handle` writes at the address it is given. Raises what the library says."""
    pointer = ctypes.c_void_p()
    _library.check(open_handle(ctypes.byref(pointer)), block)
    assert pointer.value is not None
    return Handle(pointer.value, close)


def payload_ring(handle: Handle, payload: Callable[[int, object, object], int], slots: int) -> tuple[memoryview, int]:
    """The payload of all slots, and the bytes from one slot's to the next one's.

    All slices of the view keep the handle's memory mapped.
    """
    base = ctypes.c_void_p()
    stride = ctypes.c_uint64()
    _library.check(payload(handle.pointer, ctypes.byref(base), ctypes.byref(stride)))
    assert base.value is not None
    ring = (ctypes.c_ubyte * (slots * stride.value)).from_address(base.value)
    ring.handle = handle  # type: ignore[attr-defined]
    return memoryview(ring).cast("B"), stride.value
