"""Secrets of blocks (docs/security.md)."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Callable

from datablock import options
from datablock._library import library
from datablock._memory import Handle, opened
from datablock.errors import ClosedError, ConfigInvalidError, InvalidArgumentError


class Secret:
    """256 bits that those who may take part in a block share, in memory that is neither swapped nor dumped, and is wiped when
    this object and all handles that use it are closed.

    Where none is given, the 64 hexadecimal digits of the environment's DATABLOCK_SECRET are used, if it is set. Any thread.
    """

    def __init__(self, handle: Handle) -> None:
        """Not made by itself: see :meth:`from_file`, :meth:`from_descriptor` and :meth:`from_bytes`."""
        self._handle: Handle | None = handle

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Secret:
        """From a file of 32 bytes, or of 64 hexadecimal digits, that nobody else may read. Raises SecretUnusableError."""
        encoded = options.encoded_directory(path)
        if encoded is None:
            raise InvalidArgumentError("path is None")
        return cls(_made(lambda out: library.datablock_secret_from_file(encoded, out)))

    @classmethod
    def from_descriptor(cls, descriptor: int) -> Secret:
        """The same from an open descriptor, read to its end, and not closed. Raises SecretUnusableError."""
        checked = options.checked_integer("descriptor", descriptor, 0, 2**31 - 1)
        return cls(_made(lambda out: library.datablock_secret_from_descriptor(checked, out)))

    @classmethod
    def from_bytes(cls, data: bytes) -> Secret:
        """Copies 32 bytes. Yours stay in Python's memory: better read a file. Raises InvalidArgumentError,
        SecretUnusableError."""
        if not isinstance(data, bytes) or len(data) != 32:
            raise InvalidArgumentError("A secret has 32 bytes.")
        copy = (ctypes.c_uint8 * 32).from_buffer_copy(data)
        try:
            return cls(_made(lambda out: library.datablock_secret_from_bytes(copy, out)))
        finally:
            ctypes.memset(copy, 0, 32)

    def close(self) -> None:
        """From now on it cannot be given any more; handles that have it go on. Idempotent."""
        self._handle = None

    def __enter__(self) -> Secret:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def pointer_of(secret: Secret | None) -> int | None:
    """As options of the library take it. Raises ConfigInvalidError for what is no secret, ClosedError."""
    if secret is None:
        return None
    if not isinstance(secret, Secret):
        raise ConfigInvalidError("secret is a Secret.")
    if secret._handle is None:
        raise ClosedError("This secret was closed.")
    return secret._handle.pointer


def _made(make: Callable[[object], int]) -> Handle:
    return opened(make, library.datablock_secret_close, None)
