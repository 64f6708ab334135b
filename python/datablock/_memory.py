"""Handles of the library, and the memory that they map, which lives as long as anybody looks at it."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

from datablock import _library


class Handle:
    """A handle of libdatablock. Its memory is given back when the last reference to it goes: every view of the block's
    payload holds one, so a view that is kept for too long reads old bytes, and never ends the process."""

    __slots__ = ("pointer", "_as_parameter_", "_close", "_of")

    def __init__(self, pointer: int, close: Callable[[int], None], of: Handle | None = None) -> None:
        """`of`: the handle that it was opened through, which has to outlive it."""
        self.pointer = pointer
        # Calls may take the handle itself, which lives as long as they last.
        self._as_parameter_ = pointer
        self._close = close
        self._of = of

    def __del__(self) -> None:
        # In the child of a fork the library knows that nothing of this is the child's.
        self._close(self.pointer)


def opened(
    open_handle: Callable[[object], int], close: Callable[[int], None], block: str | None, of: Handle | None = None
) -> Handle:
    """The handle that `open_handle` writes at the address it is given. Raises what the library says."""
    pointer = ctypes.c_void_p()
    _library.check(open_handle(ctypes.byref(pointer)), block)
    assert pointer.value is not None
    return Handle(pointer.value, close, of)


def view_of(handle: Handle, address: int, size: int) -> memoryview:
    """Memory of a handle. All slices of the view keep it mapped."""
    memory = (ctypes.c_ubyte * size).from_address(address)
    memory.handle = handle  # type: ignore[attr-defined]
    return memoryview(memory).cast("B")


def payload_ring(handle: Handle, payload: Callable[[int, object, object], int], slots: int) -> tuple[memoryview, int]:
    """The payload of all slots, and the bytes from one slot's to the next one's."""
    base = ctypes.c_void_p()
    stride = ctypes.c_uint64()
    _library.check(payload(handle.pointer, ctypes.byref(base), ctypes.byref(stride)))
    assert base.value is not None
    return view_of(handle, base.value, slots * stride.value), stride.value
