"""Messages to read."""

from __future__ import annotations

import ctypes
import struct
from collections.abc import Iterator, Sequence
from functools import cache, cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar, overload

from datablock import _structs as structs
from datablock._codec import Record
from datablock.errors import DataBlockError, NoSchemaError, NothingInHandError, RecordInvalidError
from datablock.schema import Schema

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from datablock.consumer import Consumer

Struct = TypeVar("Struct", bound=ctypes.Structure)

#: flags, seq, slot, generation, length, lost, writer of structs.Message
MESSAGE = struct.Struct("<4xIQQQ8xQQI4x")


@cache
def _message_dtype() -> np.dtype[Any]:
    """What is looked at of structs.Message."""
    import numpy as np

    place = structs.Message
    return np.dtype(
        {
            "names": ["slot", "length"],
            "formats": ["<u8", "<u8"],
            "offsets": [place.slot.offset, place.length.offset],
            "itemsize": ctypes.sizeof(place),
        }
    )


class Message:
    """A message in hand, from :meth:`Consumer.acquire` to :meth:`release`. One thread at a time.

    As a context manager it is let go at the end of the block. Its numbers stay; what it hands out of its content is the
    block's memory itself, read-only. When the message goes, :attr:`data` is released (using it raises ValueError). What
    Python cannot take back: slices that were made of it before, and arrays of :meth:`array`. They stay readable, and show
    what comes into the slot later; copy what is to be kept. A consumer opened with ``checked=True`` hands out private
    copies, in which at least nothing ever changes.
    """

    __slots__ = ("_begin", "_consumer", "_data", "_facts")

    def __init__(self, consumer: Consumer, facts: tuple[int, ...], begin: int, data: memoryview) -> None:
        self._consumer: Consumer | None = consumer
        self._facts = facts  # flags, seq, slot, generation, length, lost, writer
        self._begin = begin
        self._data = data

    def _in_hand(self) -> Consumer:
        consumer = self._consumer
        if consumer is None:
            raise NothingInHandError("This message was released, or went with its consumer.")
        return consumer

    @property
    def flags(self) -> int:
        """Flags that its producer gave it, 32 bits."""
        return self._facts[0]

    @property
    def seq(self) -> int:
        """Its number: 0, 1, 2, ..."""
        return self._facts[1]

    @property
    def slot(self) -> int:
        """Index of its slot."""
        return self._facts[2]

    @property
    def generation(self) -> int:
        """How often the slot has been claimed, this time included."""
        return self._facts[3]

    @property
    def lost(self) -> int:
        """Messages that were lost just before this one."""
        return self._facts[5]

    @property
    def writer(self) -> int:
        """Participant id of who wrote it."""
        return self._facts[6]

    @property
    def data(self) -> memoryview:
        """Its content, read-only, in place. Raises NothingInHandError."""
        self._in_hand()
        return self._data

    def __len__(self) -> int:
        """Bytes of its content."""
        return self._facts[4]

    def __bytes__(self) -> bytes:
        """A copy of its content. Raises NothingInHandError."""
        self._in_hand()
        return bytes(self._data)

    def record(self, schema: Schema | None = None) -> Record:
        """A copy of all values of the record that it is. `schema`: default that of the consumer, else the block's.

        Raises RecordInvalidError, NoSchemaError, NothingInHandError.
        """
        consumer = self._in_hand()
        known = schema or consumer.schema
        if known is None:
            raise NoSchemaError("The block has no schema: say which one.", consumer._name)
        return known.unpack(self._data)

    def as_struct(self, kind: type[Struct]) -> Struct:
        """A copy of the ctypes struct that it begins with. Raises RecordInvalidError when it is shorter, NothingInHandError."""
        self._in_hand()
        if len(self._data) < ctypes.sizeof(kind):
            raise RecordInvalidError(
                f"The message has {len(self._data)} bytes, and a {kind.__name__} has {ctypes.sizeof(kind)}."
            )
        return kind.from_buffer_copy(self._data)

    def array(self, dtype: npt.DTypeLike | None = None) -> npt.NDArray[Any]:
        """Its content as a read-only numpy array, in place. `dtype`: default that of the schema. Needs numpy.

        Raises RecordInvalidError when its length is no multiple of an element's, NoSchemaError, NothingInHandError.
        """
        import numpy as np

        consumer = self._in_hand()
        element = consumer._dtype_or(dtype)
        length = self._facts[4]
        if element.itemsize == 0 or length % element.itemsize != 0:
            raise RecordInvalidError(f"The message has {length} bytes, and an element of {element} {element.itemsize}.")
        # Not of `data`, which could not be released then.
        source: Any = self._data.obj if consumer._checked else consumer._ring
        return np.frombuffer(source, element, length // element.itemsize, self._begin)

    def validate(self) -> None:
        """Is what was read so far whole? Always, but for a sync consumer that was evicted meanwhile: raises EvictedError.

        Raises NothingInHandError.
        """
        self._in_hand()._validate(self._facts[3])

    def verify_checksum(self) -> None:
        """Recomputes its checksum, for blocks whose checksum policy is manual.

        Raises ChecksumMismatchError; NothingToDoError: it has none; NothingInHandError.
        """
        self._in_hand()._verify_checksum()

    def release(self) -> None:
        """Lets it go. Raises EvictedError: what was read is not to be trusted; NothingInHandError."""
        self._in_hand()._release(self)

    def _end(self) -> None:
        """It is no longer in hand: takes back what can be taken back."""
        self._consumer = None
        try:
            self._data.release()
        except BufferError:
            pass  # somebody has made something of it that cannot be taken back

    def __enter__(self) -> Message:
        self._in_hand()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if self._consumer is None:
            return
        try:
            self.release()
        except DataBlockError:
            if kind is None:
                raise
            # what ended the block matters more

    def __repr__(self) -> str:
        state = "gone" if self._consumer is None else f"{len(self)} bytes"
        return f"<Message {self.seq}, {state}>"


class MessageBatch(Sequence[memoryview]):
    """Messages in hand that follow one another, from :meth:`Consumer.acquire_many` to :meth:`release`. One thread at a time.

    A sequence of their contents, read-only and in place; what is said of :class:`Message` is true of each.
    """

    def __init__(self, consumer: Consumer, told: bytes) -> None:
        """`told`: the library's structs, of which the sequences are made when they are asked for."""
        self._consumer: Consumer | None = consumer
        self._told = told
        self._count = len(told) // MESSAGE.size
        self._views: list[memoryview] | None = None

    @cached_property
    def _facts(self) -> list[tuple[int, ...]]:
        return list(MESSAGE.iter_unpack(self._told))

    def _all_views(self) -> list[memoryview]:
        consumer = self._in_hand()
        if self._views is None:
            stride, ring = consumer._stride, consumer._ring
            self._views = [ring[facts[2] * stride : facts[2] * stride + facts[4]] for facts in self._facts]
        return self._views

    def _in_hand(self) -> Consumer:
        consumer = self._consumer
        if consumer is None:
            raise NothingInHandError("These messages were released, or went with their consumer.")
        return consumer

    @property
    def seqs(self) -> list[int]:
        """Number of each message."""
        return [facts[1] for facts in self._facts]

    @property
    def flags(self) -> list[int]:
        """Flags of each message."""
        return [facts[0] for facts in self._facts]

    @property
    def lost(self) -> int:
        """Messages that were lost before and between them."""
        return sum(facts[5] for facts in self._facts)

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> memoryview: ...
    @overload
    def __getitem__(self, index: slice) -> list[memoryview]: ...
    def __getitem__(self, index: int | slice) -> memoryview | list[memoryview]:
        return self._all_views()[index]

    def __iter__(self) -> Iterator[memoryview]:
        return iter(self._all_views())

    def array(self, dtype: npt.DTypeLike | None = None) -> npt.NDArray[Any]:
        """All messages as one read-only numpy array, an element each, in place; where the ring's end lies between them, a
        copy. `dtype`: default that of the schema. Needs numpy.

        Raises RecordInvalidError unless each message is one element, NoSchemaError, NothingInHandError.
        """
        import numpy as np

        consumer = self._in_hand()
        element = consumer._dtype_or(dtype)
        told = np.frombuffer(self._told, _message_dtype())
        if (told["length"] != element.itemsize).any():
            raise RecordInvalidError(f"Not every message has the {element.itemsize} bytes of an element.")
        ends = (np.flatnonzero(np.diff(told["slot"].astype(np.int64)) != 1) + 1).tolist()
        slots = told["slot"]
        pieces = [
            self._piece(consumer, int(slots[begin]), end - begin, element)
            for begin, end in pairwise([0, *ends, self._count])
        ]
        if len(pieces) == 1:
            return pieces[0]
        joined = np.concatenate(pieces)
        joined.flags.writeable = False
        return joined

    def _piece(self, consumer: Consumer, slot: int, count: int, element: np.dtype[Any]) -> npt.NDArray[Any]:
        import numpy as np

        stride = consumer._stride
        return np.ndarray((count,), element, consumer._ring, slot * stride, (stride,))

    def release(self) -> None:
        """Lets them go. Raises EvictedError: what was read is not to be trusted; NothingInHandError."""
        self._in_hand()._release_batch(self)

    def _end(self) -> None:
        self._consumer = None
        views, self._views = self._views, None
        for view in views or ():
            try:
                view.release()
            except BufferError:
                pass  # somebody has made something of it that cannot be taken back

    def __enter__(self) -> MessageBatch:
        self._in_hand()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if self._consumer is None:
            return
        try:
            self.release()
        except DataBlockError:
            if kind is None:
                raise
            # what ended the block matters more
