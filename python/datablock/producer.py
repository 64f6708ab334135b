"""Writing messages into a block."""

from __future__ import annotations

import ctypes
import itertools
import os
import struct
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any, Unpack

from datablock import _structs as structs
from datablock import options
from datablock._library import check, failure, library, quick
from datablock._memory import opened, payload_ring
from datablock._participant import StreamParticipant
from datablock.config import BlockConfig, schema_text
from datablock.errors import (
    ErrorCode,
    InvalidArgumentError,
    MessageTooLargeError,
    NoSchemaError,
    NoSuchBlockError,
    RecordInvalidError,
    RecreatedError,
    SingleProducerError,
)
from datablock.schema import Schema
from datablock.segment import Segment
from datablock.secret import Secret, pointer_of
from datablock.timeouts import Timeouts
from datablock.write_slot import WriteSlot

if TYPE_CHECKING:
    import numpy.typing as npt

_SLOT = struct.Struct("<8xQQ")  # seq and index of structs.Slot
_NO_SLOT = (-ErrorCode.TIMEOUT, -ErrorCode.WOULD_BLOCK)
_acquire_write = library.slot_rw_acquire_write
_write = library.datablock_producer_write
_INTERRUPTED = -ErrorCode.INTERRUPTED
_NESTED_USE = -ErrorCode.NESTED_USE
#: A standby asks for its turn in pieces, so that signals are handled.
_STANDBY_PIECE_MS = 500
#: How often create() starts over when others remove or make the block at the same moment.
_CREATE_ATTEMPTS = 100


class Producer(StreamParticipant):
    """Writes messages into a block.

    **Time-outs** are milliseconds on the monotonic clock: 0 tries once, -1 waits for ever. A call that is given none takes the
    handle's :class:`Timeouts`. Signals are handled while a call waits, so Ctrl-C ends it.

    **Threads**: one at a time; a call while another thread is in one raises NestedUseError. Other threads run while a call
    waits. :meth:`cancel` and :meth:`close` may be called by any thread.

    **Processes**: a handle belongs to the process that opened it. In the child of a fork (``multiprocessing`` too) its
    calls raise ClosedError, and it cannot be pickled: open one in each process.

    Close it, or use it as a context manager. One that is only collected leaves its block, with a ResourceWarning.
    """

    _kind = "producer"

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
        schema: Schema | None = None,
        standby_ms: int | None = None,
        secret: Secret | None = None,
        timeouts: Timeouts | None = None,
        checked: bool = False,
    ) -> None:
        """Joins an existing block.

        :param dir: directory of the block; default the environment's DATABLOCK_DIR, else /dev/shm.
        :param label: shown to operators, at most 31 bytes; default the process's command name.
        :param note: shown to operators, at most 63 bytes.
        :param wait: spin (lowest latency, keeps a core busy), adaptive, or block (sleeps at once).
        :param populate: fault all of the block's memory in now.
        :param watch_name: waits end with RecreatedError when the block's name is removed.
        :param schema: what it writes, which must be what the block says. Default: bytes.
        :param standby_ms: while the one producer of a block lives: wait that long for it to go. Default: of `timeouts`.
        :param secret: of the block. Default: of the environment's DATABLOCK_SECRET.
        :param timeouts: for calls that are given no time-out. Default: :meth:`Timeouts.from_environment`.
        :param checked: hand out private copies instead of the block's memory: what is written too late harms nobody. Costs
            a copy.

        Raises NoSuchBlockError, PermissionError, SingleProducerError, ParticipantsFullError, SchemaValidationError,
        InvalidArgumentError, ...
        """
        given = structs.made(
            structs.ProducerOptions,
            wait=options.number_of("wait", wait, options.WAIT_STRATEGIES),
            dir=options.encoded_directory(dir),
            label=None if label is None else options.encoded("label", label),
            note=None if note is None else options.encoded("note", note),
            populate=bool(populate),
            watch_name=bool(watch_name),
            secret=pointer_of(secret),
            schema=schema_text(schema),
        )
        waits = Timeouts.from_environment() if timeouts is None else timeouts
        handle = _opened(name, given, waits.standby_ms if standby_ms is None else options.checked_timeout(standby_ms))
        super().__init__(name, handle, waits.write_ms)
        self._checked = bool(checked)
        self._ring, self._stride = payload_ring(handle, library.datablock_producer_payload, self.info.slots)
        self._slot = structs.made(structs.Slot)
        self._slot_address = ctypes.addressof(self._slot)
        self._slot_size = self.info.slot_size
        self._in_hand: WriteSlot | None = None
        # A call that is over at once keeps the interpreter's lock; a checksum of a long message may take a while.
        self._commit_call = library.slot_rw_commit if self.info.checksum != "none" else quick.slot_rw_commit

    @classmethod
    def create(
        cls,
        name: str,
        *,
        dir: str | os.PathLike[str] | None = None,
        label: str | None = None,
        note: str | None = None,
        wait: options.WaitStrategy = "adaptive",
        populate: bool = False,
        watch_name: bool = False,
        standby_ms: int | None = None,
        timeouts: Timeouts | None = None,
        checked: bool = False,
        **config: Unpack[BlockConfig],
    ) -> Producer:
        """Joins the block of that name, which is made first if there is none. One that is there must have the same
        configuration; its messages go on where they are.

        Raises ConfigDiffersError, with the fields that differ; what :meth:`Segment.create` and the constructor raise.
        """
        for _ in range(_CREATE_ATTEMPTS):
            try:
                wanted = Segment.create_or_check(name, dir=dir, **config)
                producer = cls(
                    name,
                    dir=dir,
                    label=label,
                    note=note,
                    wait=wait,
                    populate=populate,
                    watch_name=watch_name,
                    schema=config.get("schema"),
                    secret=config.get("secret"),
                    standby_ms=standby_ms,
                    timeouts=timeouts,
                    checked=checked,
                )
            except NoSuchBlockError:
                continue  # removed between the two steps
            if producer.info.instance == wanted.instance:
                return producer
            producer.close()
        raise RecreatedError("Others keep removing it.", name)

    def acquire(self, timeout_ms: int | None = None) -> WriteSlot:
        """Takes the next message's slot in hand; best in a ``with`` statement, which commits it, or aborts it on an exception.

        Raises TimeoutError, WouldBlockError, NestedUseError (there is a slot in hand), LockLostError, ClosedError,
        CorruptError, AllSlotsQuarantinedError.
        """
        slot = self._acquired(timeout_ms)
        if isinstance(slot, int):
            raise failure(slot, self._name)
        return slot

    def try_acquire(self, timeout_ms: int = 0) -> WriteSlot | None:
        """Like :meth:`acquire`, but None when there is no slot within the time-out, by default at once."""
        slot = self._acquired(timeout_ms)
        if not isinstance(slot, int):
            return slot
        if slot in _NO_SLOT:
            return None
        raise failure(slot, self._name)

    def _acquired(self, timeout_ms: int | None) -> WriteSlot | int:
        timeout_ms = self._limit(timeout_ms)
        turn = self._turn
        if not turn.try_take(False):  # `with` is slower by a third of a call
            turn.refuse()
        try:
            started = monotonic() if timeout_ms > 0 else 0
            result: int = _acquire_write(self._pointer, timeout_ms, self._slot_address)
            if result != 0:
                result = self._acquire_again(result, timeout_ms, started)
                if result != 0:
                    return result
            seq, index = _SLOT.unpack_from(self._slot)
            size = self._slot_size
            if self._checked:
                slot = WriteSlot(self, seq, index, 0, memoryview(bytearray(size)))
            else:
                begin = index * self._stride
                slot = WriteSlot(self, seq, index, begin, self._ring[begin : begin + size])
            self._in_hand = slot
            return slot
        finally:
            turn.give_back()

    def _acquire_again(self, result: int, timeout_ms: int, started: float) -> int:
        after = (self._slot_address,)
        if result == _NESTED_USE and self._in_hand is None:
            # An exception of a signal handler came between the library's answer and ours.
            quick.slot_rw_release_write(self._pointer)
            return self._waited(_acquire_write, timeout_ms, (), after)
        return self._resumed(result, _acquire_write, timeout_ms, started, (), after)

    def write(self, data: bytes | bytearray | memoryview, timeout_ms: int | None = None, flags: int = 0) -> None:
        """Publishes a copy of `data` (anything that is contiguous bytes) as one message.

        Raises MessageTooLargeError before anything happens; else as :meth:`acquire` and :meth:`WriteSlot.commit`.
        """
        timeout_ms = self._limit(timeout_ms)
        options.checked_flags(flags)
        if type(data) is bytes:
            length = len(data)
            turn = self._turn
            if not turn.try_take(False):
                turn.refuse()
            try:
                started = monotonic() if timeout_ms > 0 else 0
                result = _write(self._pointer, data, length, flags, timeout_ms)
                if result != 0:
                    check(self._resumed(result, _write, timeout_ms, started, (data, length, flags), ()), self._name)
            finally:
                turn.give_back()
            return
        source = memoryview(data).cast("B")
        self._require_fits(len(source))
        with self.acquire(timeout_ms) as slot:
            slot.flags = flags
            slot.write(source)

    def write_record(
        self, record: Mapping[str, Any] | ctypes.Structure, timeout_ms: int | None = None, *, schema: Schema | None = None
    ) -> None:
        """Publishes one record: a mapping of all its values, or a ctypes struct of the same size.

        `schema`: default that of the block. Raises RecordInvalidError, NoSchemaError: nothing is published; else as
        :meth:`write`.
        """
        known = schema or self.schema
        if known is None:
            raise NoSchemaError("The block has no schema: say which one.", self._name)
        self.write(self._packed(record, known), timeout_ms)

    def _packed(self, record: Mapping[str, Any] | ctypes.Structure, schema: Schema) -> bytes:
        if not isinstance(record, ctypes.Structure):
            return schema.pack(record)
        if ctypes.sizeof(record) != schema.size:
            raise RecordInvalidError(
                f"A {type(record).__name__} has {ctypes.sizeof(record)} bytes, and a {schema} has {schema.size}.",
                self._name,
            )
        return bytes(record)

    def write_many(
        self, messages: Sequence[bytes | bytearray | memoryview], timeout_ms: int | None = None, flags: int = 0
    ) -> int:
        """Publishes copies of all `messages`, in order, with the same flags, by one call of the library. The time-out counts
        anew for each message.

        Returns how many were published: fewer than all when a time-out ran out in between. Raises TimeoutError or
        WouldBlockError when none was; MessageTooLargeError before anything is published.
        """
        timeout_ms = self._limit(timeout_ms)
        options.checked_flags(flags)
        count = len(messages)
        if count == 0:
            return 0
        ends = (ctypes.c_uint64 * count)(*itertools.accumulate(len(message) for message in messages))
        return self._write_run(b"".join(messages), ends, count, timeout_ms, flags)

    def write_array(self, array: npt.NDArray[Any], timeout_ms: int | None = None, flags: int = 0) -> int:
        """Publishes each element of the first axis of a numpy array as one message, by one call of the library: of a
        structured array, records. As :meth:`write_many`. Needs numpy.

        Raises InvalidArgumentError for a single value; the array is copied first unless it is C-contiguous.
        """
        import numpy as np

        timeout_ms = self._limit(timeout_ms)
        options.checked_flags(flags)
        source = np.ascontiguousarray(array)
        if np.ndim(array) == 0:
            raise InvalidArgumentError("The array has no axis.", self._name)
        count = len(source)
        if count == 0:
            return 0
        size = source.nbytes // count
        ends = np.arange(size, source.nbytes + size, size, dtype=np.uint64) if size else np.zeros(count, np.uint64)
        pointer = ends.ctypes.data_as(ctypes.POINTER(ctypes.c_uint64))
        return self._write_run(source.ctypes.data, pointer, count, timeout_ms, flags)

    def _write_run(self, data: bytes | int, ends: Any, count: int, timeout_ms: int, flags: int) -> int:
        """`data`: bytes, or the address of what the caller keeps alive. `ends`: as the library takes them."""
        written = ctypes.c_size_t()
        with self._turn:
            call = library.datablock_producer_write_run
            result = call(self._pointer, data, ends, count, flags, timeout_ms, ctypes.byref(written))
            done = written.value
            if result == _INTERRUPTED:
                done, result = self._go_on(data, ends, count, done, timeout_ms, flags)
        if result != 0 and not (result in _NO_SLOT and done > 0):
            raise failure(result, self._name)
        return done

    def _go_on(
        self, data: bytes | int, ends: Any, count: int, done: int, timeout_ms: int, flags: int
    ) -> tuple[int, int]:
        """A run was handed back so that signals are handled: the others, one by one; how many are written, and the result."""
        first = ctypes.cast(ctypes.c_char_p(data), ctypes.c_void_p).value if isinstance(data, bytes) else data
        assert first is not None
        begin = ends[done - 1] if done > 0 else 0
        while done < count:
            message = (first + begin, ends[done] - begin, flags)
            result = self._waited(_write, timeout_ms, message, ())
            if result != 0:
                return done, result
            begin = ends[done]
            done += 1
        return done, 0

    def mark_end(self, timeout_ms: int | None = None) -> None:
        """Publishes an end-of-stream mark: consumers that have read everything before it learn that this producer has ended
        its stream. It may go on afterwards, with a new one. Raises as :meth:`acquire`."""
        timeout_ms = self._limit(timeout_ms)
        with self._turn:
            check(self._waited(library.datablock_producer_mark_end, timeout_ms, (), ()), self._name)

    def sync_consumers(self) -> int:
        """How many sync consumers are attached now. Raises NestedUseError."""
        count = ctypes.c_uint32()
        self._call("sync_consumers", ctypes.byref(count))
        return count.value

    def _require_fits(self, length: int) -> None:
        if length > self._slot_size:
            raise MessageTooLargeError(f"The message has {length} bytes, and a slot {self._slot_size}.", self._name)

    def _commit(self, slot: WriteSlot, length: int, flags: int) -> None:
        if flags & 1:
            raise InvalidArgumentError("Flag 1 is what mark_end() publishes.", self._name)
        turn = self._turn
        if not turn.try_take(False):
            turn.refuse()
        try:
            if self._checked:
                self._copy_in(slot, length)
            self._in_hand = None
            slot._end()
            result = self._commit_call(self._pointer, length, flags)
        finally:
            turn.give_back()
        if result != 0:
            raise failure(result, self._name)

    def _abort(self, slot: WriteSlot) -> None:
        with self._turn:
            self._in_hand = None
            slot._end()
            result = quick.slot_rw_release_write(self._pointer)
        if result != 0:
            raise failure(result, self._name)

    def _update_checksum(self, length: int, flags: int, slot: WriteSlot) -> None:
        with self._turn:
            if self._checked:
                self._copy_in(slot, length)
            check(library.datablock_producer_update_checksum(self._pointer, length, flags), self._name)

    def _copy_in(self, slot: WriteSlot, length: int) -> None:
        """What was written into a private copy."""
        begin = slot.slot * self._stride
        self._ring[begin : begin + length] = slot._data[:length]

    def _let_go(self) -> None:
        slot, self._in_hand = self._in_hand, None
        if slot is not None:
            slot._end()


def _opened(name: str, given: structs.ProducerOptions, standby_ms: int) -> Any:
    encoded = options.encoded("The name of a block", name)
    left = standby_ms
    while True:
        piece = _STANDBY_PIECE_MS if left < 0 else min(left, _STANDBY_PIECE_MS)
        given.standby_ms = piece
        try:
            return opened(
                lambda out: library.datablock_producer_open(encoded, ctypes.byref(given), out),
                library.datablock_producer_close,
                name,
            )
        except SingleProducerError:
            if left == piece:
                raise
            left = left if left < 0 else left - piece
