"""Reading messages from a block."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from time import monotonic
from typing import TYPE_CHECKING, Any, Literal

from datablock import _structs as structs
from datablock import options
from datablock._library import check, failure, library, quick
from datablock._memory import opened, payload_ring
from datablock._participant import StreamParticipant
from datablock.config import schema_text
from datablock.errors import (
    ChecksumMismatchError,
    DataBlockError,
    EndOfStreamError,
    ErrorCode,
    NoSchemaError,
    RecordInvalidError,
)
from datablock.message import MESSAGE, Message, MessageBatch
from datablock.schema import Schema
from datablock.secret import Secret, pointer_of
from datablock.timeouts import Timeouts

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_TIMEOUT = -ErrorCode.TIMEOUT
_NESTED_USE = -ErrorCode.NESTED_USE
_acquire_read = library.slot_rw_acquire_read
_release_read = quick.slot_rw_release_read
#: Bytes that read_many() copies at a time, unless one message needs more.
_READ_BYTES = 1 << 20

#: What is done about a message whose checksum is wrong: raise ChecksumMismatchError, or go on with the next one, which
#: counts it as lost.
OnDamage = Literal["raise", "skip"]
_ON_DAMAGE = {"raise": 1, "skip": 2}


class Consumer(StreamParticipant):
    """Reads messages from a block.

    **Modes**: ``sync``: every message, in order; producers wait for it. ``sequential``: in order; never holds a producer up,
    and tells what it missed. ``latest``: always the newest message.

    Time-outs, threads, processes and closing: as for :class:`Producer`.

    Iterating gives one message after the other, each in hand until the next one is asked for, until all producers have
    ended their streams::

        for message in consumer:
            print(message.seq, bytes(message))
    """

    _kind = "consumer"

    def __init__(
        self,
        name: str,
        *,
        dir: str | os.PathLike[str] | None = None,
        mode: options.ConsumerMode = "sync",
        start: options.StartFrom = "latest",
        label: str | None = None,
        note: str | None = None,
        wait: options.WaitStrategy = "adaptive",
        populate: bool = False,
        watch_name: bool = False,
        schema: Schema | None = None,
        schema_match: options.SchemaMatch = "exact",
        secret: Secret | None = None,
        timeouts: Timeouts | None = None,
        checked: bool = False,
    ) -> None:
        """Joins an existing block.

        :param dir: directory of the block; default the environment's DATABLOCK_DIR, else /dev/shm.
        :param start: latest: with the next message (of mode latest: the newest there is); oldest: with the oldest message that
            is still in the ring.
        :param label: shown to operators, at most 31 bytes; default the process's command name.
        :param note: shown to operators, at most 63 bytes.
        :param wait: spin (lowest latency, keeps a core busy), adaptive, or block (sleeps at once).
        :param populate: fault all of the block's memory in now.
        :param watch_name: waits end with RecreatedError when the block's name is removed.
        :param schema: what it reads, compared with what the block says. Default: whatever is there.
        :param schema_match: compatible: the block's records may have fields that `schema` does not know.
        :param secret: of the block. Default: of the environment's DATABLOCK_SECRET.
        :param timeouts: for calls that are given no time-out. Default: :meth:`Timeouts.from_environment`.
        :param checked: hand out private copies instead of the block's memory.

        Raises NoSuchBlockError, PermissionError, SyncForbiddenError, ParticipantsFullError, SchemaValidationError,
        InvalidArgumentError, ...
        """
        given = structs.made(
            structs.ConsumerOptions,
            wait=options.number_of("wait", wait, options.WAIT_STRATEGIES),
            dir=options.encoded_directory(dir),
            label=None if label is None else options.encoded("label", label),
            note=None if note is None else options.encoded("note", note),
            populate=bool(populate),
            watch_name=bool(watch_name),
            secret=pointer_of(secret),
            mode=options.number_of("mode", mode, options.CONSUMER_MODES),
            schema=schema_text(schema),
            schema_match=options.number_of("schema_match", schema_match, options.SCHEMA_MATCHES),
        )
        setattr(given, "from", options.number_of("start", start, options.STARTS))
        encoded = options.encoded("The name of a block", name)
        waits = Timeouts.from_environment() if timeouts is None else timeouts
        handle = opened(
            lambda out: library.datablock_consumer_open(encoded, ctypes.byref(given), out),
            library.datablock_consumer_close,
            name,
        )
        super().__init__(name, handle, waits.read_ms)
        if schema is not None:
            self.schema = schema
        self._checked = bool(checked)
        ring, self._stride = payload_ring(handle, library.datablock_consumer_payload, self.info.slots)
        self._ring = ring.toreadonly()  # the memory is: a write would end the process
        self._message = structs.made(structs.Message)
        self._message_address = ctypes.addressof(self._message)
        self._in_hand: Message | MessageBatch | None = None
        self._run: Any = None
        self._buffer: ctypes.Array[ctypes.c_char] | None = None
        #: Of messages that were read, before something went wrong that is still to be told.
        self._untold: DataBlockError | None = None

    def acquire(self, timeout_ms: int | None = None) -> Message:
        """Takes the next message in hand; best in a ``with`` statement, which lets it go.

        Raises TimeoutError, EndOfStreamError (call again to go on to the next producer), ChecksumMismatchError (that message
        is skipped, and counted as lost with the next one), EvictedError, NestedUseError (there is one in hand),
        RecreatedError, LockLostError, ClosedError, CorruptError.
        """
        message = self._acquired(timeout_ms)
        if isinstance(message, int):
            raise failure(message, self._name)
        return message

    def try_acquire(self, timeout_ms: int = 0) -> Message | None:
        """Like :meth:`acquire`, but None when there is no message within the time-out, by default at once."""
        message = self._acquired(timeout_ms)
        if not isinstance(message, int):
            return message
        if message == _TIMEOUT:
            return None
        raise failure(message, self._name)

    def _acquired(self, timeout_ms: int | None) -> Message | int:
        timeout_ms = self._limit(timeout_ms)
        turn = self._turn
        if not turn.try_take(False):  # `with` is slower by a third of a call
            turn.refuse()
        try:
            if self._untold is not None:
                self._raise_untold()
            started = monotonic() if timeout_ms > 0 else 0
            result: int = _acquire_read(self._pointer, timeout_ms, self._message_address, None)
            if result != 0:
                result = self._acquire_again(result, timeout_ms, started)
                if result != 0:
                    return result
            facts = MESSAGE.unpack_from(self._message)
            begin = facts[2] * self._stride
            view = self._ring[begin : begin + facts[4]]
            if self._checked:
                begin, view = 0, memoryview(bytes(view))
            message = Message(self, facts, begin, view)
            self._in_hand = message
            return message
        finally:
            turn.give_back()

    def _acquire_again(self, result: int, timeout_ms: int, started: float) -> int:
        after = (self._message_address, None)
        if result == _NESTED_USE and self._in_hand is None:
            # An exception of a signal handler came between the library's answer and ours.
            quick.slot_rw_release_read(self._pointer)
            return self._waited(_acquire_read, timeout_ms, (), after)
        return self._resumed(result, _acquire_read, timeout_ms, started, (), after)

    def read(self, timeout_ms: int | None = None) -> bytes:
        """A copy of the next message. Raises as :meth:`acquire`."""
        with self.acquire(timeout_ms) as message:
            return bytes(message)

    def read_record(self, timeout_ms: int | None = None, *, schema: Schema | None = None) -> dict[str, Any]:
        """A copy of all values of the next record. `schema`: default that of the consumer, else the block's.

        Raises RecordInvalidError, NoSchemaError; else as :meth:`acquire`.
        """
        with self.acquire(timeout_ms) as message:
            return message.record(schema)

    def read_many(self, most: int = 1024, timeout_ms: int | None = None) -> list[bytes]:
        """Copies of up to `most` messages, by one call of the library: waits for the first, takes the others only if they are
        there (and, together, not larger than 1 MiB).

        Raises as :meth:`acquire`; what goes wrong after the first message is raised by the next call.
        """
        buffer, ends, count = self._read_run(most, timeout_ms)
        raw = ctypes.string_at(buffer, ends[count - 1])
        begin = 0
        messages = []
        for end in ends[:count]:
            messages.append(raw[begin:end])
            begin = end
        return messages

    def read_array(
        self, dtype: npt.DTypeLike | None = None, most: int = 1024, timeout_ms: int | None = None
    ) -> npt.NDArray[Any]:
        """Copies of up to `most` messages as one numpy array, an element each: as :meth:`read_many`. `dtype`: default that of
        the schema. Needs numpy.

        Raises RecordInvalidError unless each message is one element (they are gone then), NoSchemaError.
        """
        import numpy as np

        element = self._dtype_or(dtype)
        buffer, ends, count = self._read_run(most, timeout_ms)
        lengths = np.diff(np.frombuffer(ends, np.uint64, count), prepend=np.uint64(0))
        if element.itemsize == 0 or (lengths != element.itemsize).any():
            raise RecordInvalidError(f"Not every message has the {element.itemsize} bytes of an element.", self._name)
        return np.frombuffer(ctypes.string_at(buffer, ends[count - 1]), element)

    def _read_run(self, most: int, timeout_ms: int | None) -> tuple[Any, Any, int]:
        """The buffer, where each message ends in it, and how many there are."""
        timeout_ms = self._limit(timeout_ms)
        options.checked_integer("most", most, 1, 2**31)
        most = min(most, self.info.slots)
        count = ctypes.c_size_t()
        ends = (ctypes.c_uint64 * most)()
        with self._turn:
            self._raise_untold()
            if self._buffer is None:
                self._buffer = ctypes.create_string_buffer(max(_READ_BYTES, self.info.slot_size))
            buffer = self._buffer
            result = self._waited(
                library.datablock_consumer_read_run,
                timeout_ms,
                (buffer, len(buffer), ends, most),
                (ctypes.byref(count), None),
            )
            if result != 0:
                error = failure(result, self._name)
                if count.value == 0 or result == -ErrorCode.EVICTED:
                    raise error
                self._untold = error
            return buffer, ends, count.value

    def acquire_many(self, most: int = 1024, timeout_ms: int | None = None) -> MessageBatch:
        """Takes up to `most` messages in hand that follow one another, in place: waits for the first, takes the others only if
        they are there. One at a time where messages are verified or the consumer is not a sync one.

        Best in a ``with`` statement. Raises as :meth:`acquire`.
        """
        timeout_ms = self._limit(timeout_ms)
        options.checked_integer("most", most, 1, 2**31)
        most = min(most, self.info.slots)
        count = ctypes.c_size_t()
        with self._turn:
            self._raise_untold()
            if self._run is None or len(self._run) < most:
                self._run = structs.made_array(structs.Message, most)
            address = ctypes.addressof(self._run)
            result = self._waited(
                library.datablock_consumer_acquire_run, timeout_ms, (), (address, most, ctypes.byref(count))
            )
            if result != 0:
                raise failure(result, self._name)
            told = ctypes.string_at(self._run, count.value * ctypes.sizeof(structs.Message))
            batch = MessageBatch(self, told)
            self._in_hand = batch
            return batch

    def messages(
        self, timeout_ms: int | None = None, *, follow: bool = False, on_damage: OnDamage = "raise"
    ) -> Iterator[Message]:
        """One message after the other, each in hand until the next one is asked for.

        `timeout_ms` is for each message. Ends when all producers have ended their streams; with `follow` it goes on with the
        next one's. An error does not end it: it may be asked again. Raises as :meth:`acquire`; with `on_damage` skip, not
        ChecksumMismatchError.
        """
        timeout_ms = self._limit(timeout_ms)
        options.number_of("on_damage", on_damage, _ON_DAMAGE)
        return _Messages(self, timeout_ms, follow, on_damage == "skip")

    def __iter__(self) -> Iterator[Message]:
        return self.messages()

    def seek(self, seq: int) -> None:
        """Goes on with message `seq`; what it passes over is not counted as lost, what was overwritten already is. A sync
        consumer, which holds only what it has not finished, seeks forwards only.

        Raises InvalidArgumentError (backwards, not claimed yet, or a consumer of the latest), NestedUseError, EvictedError.
        """
        self._call("seek", options.checked_integer("seq", seq, 0, 2**64 - 1))

    def seek_latest(self) -> None:
        """Goes on with the newest message that it has not read yet, or the next one to come. Raises as :meth:`seek`."""
        self._call("seek_latest")

    def dead_producers(self) -> int:
        """How many producers died without an end-of-stream mark since this handle was opened. Some microseconds."""
        count = ctypes.c_uint32()
        self._call("dead_producers", ctypes.byref(count))
        return count.value

    def _dtype_or(self, dtype: npt.DTypeLike | None) -> np.dtype[Any]:
        import numpy as np

        if dtype is not None:
            return np.dtype(dtype)
        if self.schema is None:
            raise NoSchemaError("The block has no schema: say which dtype.", self._name)
        return self.schema.dtype

    def _raise_untold(self) -> None:
        error, self._untold = self._untold, None
        if error is not None:
            raise error

    def _release(self, message: Message) -> None:
        turn = self._turn
        if not turn.try_take(False):
            turn.refuse()
        try:
            self._in_hand = None
            message._end()
            result = _release_read(self._pointer)
        finally:
            turn.give_back()
        if result != 0:
            raise failure(result, self._name)

    def _release_batch(self, batch: MessageBatch) -> None:
        with self._turn:
            self._in_hand = None
            batch._end()
            result = quick.datablock_consumer_release_run(self._pointer, len(batch))
        if result != 0:
            raise failure(result, self._name)

    def _validate(self, generation: int) -> None:
        with self._turn:
            check(quick.slot_rw_validate_read(self._pointer, generation), self._name)

    def _verify_checksum(self) -> None:
        with self._turn:
            check(library.datablock_consumer_verify_checksum(self._pointer), self._name)

    def _let_go(self) -> None:
        in_hand, self._in_hand = self._in_hand, None
        if in_hand is not None:
            in_hand._end()


class _Messages(Iterator[Message]):
    """See :meth:`Consumer.messages`."""

    def __init__(self, consumer: Consumer, timeout_ms: int, follow: bool, skips_damage: bool) -> None:
        self._consumer = consumer
        self._timeout_ms = timeout_ms
        self._follow = follow
        self._skips_damage = skips_damage
        self._last: Message | None = None

    def __next__(self) -> Message:
        last, self._last = self._last, None
        if last is not None and last._consumer is not None:
            last.release()
        while True:
            try:
                self._last = self._consumer.acquire(self._timeout_ms)
                return self._last
            except EndOfStreamError:
                if not self._follow:
                    raise StopIteration from None
            except ChecksumMismatchError:
                if not self._skips_damage:
                    raise
