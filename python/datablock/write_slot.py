"""A slot to write a message in."""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from datablock import options
from datablock.errors import DataBlockError, InvalidArgumentError, MessageTooLargeError, NothingInHandError, NoSchemaError
from datablock.schema import Schema

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from datablock.producer import Producer


class WriteSlot:
    """A slot in hand, from :meth:`Producer.acquire` to :meth:`commit` or :meth:`abort`. One thread at a time.

    As a context manager it is a transaction: at the end of the block the message is published, and when the block is left
    by an exception nothing is::

        with producer.acquire() as slot:
            slot.write(b"hello")

    What it hands out is the block's memory itself. When the slot goes, :attr:`data` is released (using it raises
    ValueError) and arrays of :meth:`array` become read-only. What Python cannot take back: slices that were made of either
    before. Writing through one of those after the slot has gone damages other messages; open the producer with
    ``checked=True`` to rule that out at the cost of one copy.
    """

    __slots__ = ("_arrays", "_begin", "_data", "_flags", "_length", "_producer", "seq", "slot")

    def __init__(self, producer: Producer, seq: int, slot: int, begin: int, data: memoryview) -> None:
        #: Number of the message.
        self.seq = seq
        #: Index of the slot.
        self.slot = slot
        self._producer: Producer | None = producer
        self._begin = begin
        self._data = data
        self._length: int | None = None
        self._flags = 0
        self._arrays: list[npt.NDArray[Any]] | None = None

    def _in_hand(self) -> Producer:
        producer = self._producer
        if producer is None:
            raise NothingInHandError("This slot was committed, aborted, or went with its producer.")
        return producer

    @property
    def data(self) -> memoryview:
        """All bytes of the slot, writable. What they hold is what an earlier message left there. Raises NothingInHandError."""
        self._in_hand()
        return self._data

    @property
    def capacity(self) -> int:
        """Bytes that the message may have. Raises NothingInHandError."""
        self._in_hand()
        return len(self._data)

    @property
    def length(self) -> int | None:
        """Bytes of the message; None: not said yet. Set by what writes, or directly."""
        return self._length

    @length.setter
    def length(self, length: int) -> None:
        capacity = self.capacity
        options.checked_integer("length", length, 0, 2**64 - 1)
        if length > capacity:
            raise MessageTooLargeError(f"The message has {length} bytes, and a slot {capacity}.")
        self._length = length

    @property
    def flags(self) -> int:
        """Flags that travel with the message, 32 bits; 1 is the library's own."""
        return self._flags

    @flags.setter
    def flags(self, flags: int) -> None:
        self._flags = options.checked_flags(flags)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Appends bytes to the message. Raises MessageTooLargeError, NothingInHandError."""
        source = data if type(data) is bytes else memoryview(data).cast("B")
        begin = self._length or 0
        end = begin + len(source)
        if self._producer is None or end > len(self._data):
            self.length = end  # says what is wrong
        self._data[begin:end] = source
        self._length = end

    def write_record(self, record: Mapping[str, Any] | ctypes.Structure, schema: Schema | None = None) -> None:
        """Makes the message one record: a mapping of all its values, or a ctypes struct of the same size.

        `schema`: default that of the block. Raises RecordInvalidError, NoSchemaError, MessageTooLargeError,
        NothingInHandError.
        """
        producer = self._in_hand()
        known = schema or producer.schema
        if known is None:
            raise NoSchemaError("The block has no schema: say which one.", producer._name)
        self.length = known.size
        self._data[: known.size] = producer._packed(record, known)

    def array(self, dtype: npt.DTypeLike, count: int | None = None) -> npt.NDArray[Any]:
        """The message as a numpy array of `count` elements (default: as many as fit), in place; its bytes are the message.

        Read-only once the slot has gone. Needs numpy. Raises MessageTooLargeError, NothingInHandError.
        """
        import numpy as np

        producer = self._in_hand()
        element = np.dtype(dtype)
        elements = self.capacity // element.itemsize if count is None else count
        options.checked_integer("count", elements, 0, 2**63 - 1)
        self.length = elements * element.itemsize
        # Not of `data`, which could not be released then.
        source: Any = self._data.obj if producer._checked else producer._ring
        array = np.frombuffer(source, element, elements, self._begin)
        if self._arrays is None:
            self._arrays = []
        self._arrays.append(array)
        return array

    def update_checksum(self) -> None:
        """Stores the message's checksum, for blocks whose checksum policy is manual; then commit the same length and flags.

        Raises NothingInHandError, ConfigInvalidError (the block has no checksums), InvalidArgumentError (no length yet).
        """
        self._in_hand()._update_checksum(self._needed_length(), self._flags, self)

    def commit(self, length: int | None = None) -> None:
        """Publishes the first `length` bytes (default: :attr:`length`), and lets the slot go.

        Raises MessageTooLargeError and InvalidArgumentError (no length was said), with the slot still in hand; FencedError:
        the slot was taken away by force, nothing is published; NothingInHandError, ClosedError, NestedUseError.
        """
        producer = self._in_hand()
        if length is not None:
            self.length = length
        producer._commit(self, self._needed_length(), self._flags)

    def abort(self) -> None:
        """Lets the slot go unpublished: consumers step over its number. Raises NothingInHandError, FencedError."""
        self._in_hand()._abort(self)

    def _needed_length(self) -> int:
        if self._length is None:
            raise InvalidArgumentError("How long is the message? Write to the slot, set its length, or commit(length).")
        return self._length

    def _end(self) -> None:
        """It is no longer in hand: takes back what can be taken back."""
        self._producer = None
        if self._arrays is not None:
            for array in self._arrays:
                array.flags.writeable = False
        try:
            self._data.release()
        except BufferError:
            pass  # somebody has made something of it that cannot be taken back

    def __enter__(self) -> WriteSlot:
        self._in_hand()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if self._producer is None:
            return  # committed or aborted within the block
        if kind is None:
            try:
                self.commit()
            except BaseException:
                if self._producer is not None:
                    self.abort()
                raise
            return
        try:
            self.abort()
        except DataBlockError:
            pass  # what ended the block matters more

    def __repr__(self) -> str:
        state = "gone" if self._producer is None else f"{self._length} of {len(self._data)} bytes"
        return f"<WriteSlot {self.slot} of message {self.seq}, {state}>"
