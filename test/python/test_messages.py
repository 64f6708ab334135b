"""Writing and reading."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import datablock
from conftest import LONG_MS
from datablock import Consumer, Producer, Segment, Timeouts, errors


def make(slots: int = 4, slot_size: int = 64, **config: object) -> str:
    Segment.create("b", slots=slots, slot_size=slot_size, **config)  # type: ignore[arg-type]
    return "b"


def test_messages_arrive_in_order(directory: Path) -> None:
    with Producer.create("b", slots=4, slot_size=16) as producer, Consumer("b") as consumer:
        for number in range(100):
            producer.write(b"%d" % number, LONG_MS)
            with consumer.acquire(LONG_MS) as message:
                assert (message.seq, bytes(message), message.lost) == (number, b"%d" % number, 0)
                assert message.slot == number % 4
                assert message.generation == number // 4 + 1
                assert message.writer == producer.participant
        assert producer.stats().messages == 100
        assert consumer.stats().messages == 100


def test_a_transaction_commits_what_was_written(directory: Path) -> None:
    make()
    with Producer("b") as producer, Consumer("b") as consumer:
        with producer.acquire() as slot:
            slot.write(b"hello ")
            slot.write(bytearray(b"world"))
            slot.flags = 0x100
        with producer.acquire() as slot:
            slot.data[:3] = b"abc"
            slot.length = 3
        with producer.acquire() as slot:
            slot.data[:2] = b"xy"
            slot.commit(2)  # early
        with producer.acquire() as slot:
            slot.length = 0
        with consumer.acquire() as message:
            assert bytes(message) == b"hello world"
            assert message.flags == 0x100
        assert [consumer.read() for _ in range(3)] == [b"abc", b"xy", b""]


def test_an_exception_publishes_nothing_and_goes_on(directory: Path) -> None:
    make()
    with Producer("b") as producer, Consumer("b") as consumer:
        with pytest.raises(KeyError, match="mine"):
            with producer.acquire() as slot:
                slot.write(b"half")
                raise KeyError("mine")
        producer.write(b"whole")
        with consumer.acquire() as message:
            assert (message.seq, bytes(message)) == (1, b"whole")
        assert producer.stats().messages == 1
    assert datablock.get_metrics("b").tombstones == 1


def test_an_abort_publishes_nothing(directory: Path) -> None:
    make()
    with Producer("b") as producer, Consumer("b") as consumer:
        with producer.acquire() as slot:
            slot.write(b"x")
            slot.abort()
        assert consumer.try_acquire() is None


def test_a_message_without_a_length_is_refused(directory: Path) -> None:
    make()
    with Producer("b") as producer, Consumer("b") as consumer:
        with pytest.raises(errors.InvalidArgumentError, match="How long"):
            with producer.acquire() as slot:
                slot.data[0] = 1
        assert consumer.try_acquire() is None
        producer.write(b"next")  # nothing is left in hand
        assert consumer.read() == b"next"


def test_nested_use_is_refused(directory: Path) -> None:
    make()
    with Producer("b") as producer, Consumer("b") as consumer:
        with producer.acquire() as slot:
            slot.write(b"outer")
            for nested in (producer.acquire, lambda: producer.write(b"x"), producer.mark_end):
                with pytest.raises(errors.NestedUseError):
                    nested()
        with consumer.acquire() as message:
            with pytest.raises(errors.NestedUseError):
                consumer.acquire()
            assert bytes(message) == b"outer"


def test_a_slot_is_finished_once(directory: Path) -> None:
    make()
    with Producer("b") as producer, Consumer("b") as consumer:
        slot = producer.acquire()
        slot.commit(0)
        for again in (slot.commit, slot.abort, lambda: slot.write(b"x"), lambda: slot.data, lambda: slot.capacity):
            with pytest.raises(errors.NothingInHandError):
                again()
        message = consumer.acquire()
        message.release()
        for late in (message.release, lambda: message.data, lambda: bytes(message), message.validate):
            with pytest.raises(errors.NothingInHandError):
                late()
        assert message.seq == 0


def test_messages_that_are_too_large_are_refused_before_anything_happens(directory: Path) -> None:
    make(slot_size=4)
    with Producer("b") as producer, Consumer("b") as consumer:
        for refused in (
            lambda: producer.write(b"12345"),
            lambda: producer.write(bytearray(5)),
            lambda: producer.write_many([b"1", b"12345"]),
        ):
            with pytest.raises(errors.MessageTooLargeError):
                refused()
        with producer.acquire() as slot:
            with pytest.raises(ValueError):
                slot.write(b"12345")
            with pytest.raises(errors.MessageTooLargeError):
                slot.commit(5)
            slot.write(b"1234")
        assert consumer.read() == b"1234"


def test_time_outs_are_kept_and_distinct(directory: Path) -> None:
    make(slots=1)
    with Producer("b") as producer, Consumer("b") as consumer:
        assert consumer.try_acquire() is None
        with pytest.raises(TimeoutError):
            consumer.acquire(20)
        with pytest.raises(errors.TimeoutError):
            consumer.read(220)
        assert consumer.stats().timeouts == 3
        producer.write(b"1")
        assert producer.try_acquire() is None
        assert producer.try_acquire(20) is None
        with pytest.raises(TimeoutError):
            producer.write(b"2", 0)
        with pytest.raises(TimeoutError):
            producer.mark_end(150)


def test_time_outs_come_from_the_environment_unless_the_handle_or_the_call_says(
    directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(slots=1)
    assert Timeouts.from_environment() == Timeouts()
    monkeypatch.setenv("DATABLOCK_TIMEOUT_WRITE_MS", "20")
    monkeypatch.setenv("DATABLOCK_TIMEOUT_READ_MS", "0")
    with Producer("b") as producer, Consumer("b") as consumer:
        producer.write(b"1")
        for late in (lambda: producer.write(b"2"), producer.acquire, producer.mark_end, lambda: producer.write_many([b"2"])):
            with pytest.raises(TimeoutError):
                late()
        assert consumer.read() == b"1"
        for empty in (consumer.read, consumer.read_many, consumer.acquire_many, lambda: next(iter(consumer))):
            with pytest.raises(TimeoutError):
                empty()
    with Consumer("b", timeouts=Timeouts(read_ms=1)) as consumer, pytest.raises(TimeoutError):
        consumer.read()
    monkeypatch.setenv("DATABLOCK_TIMEOUT_WRITE_MS", "soon")
    with pytest.raises(errors.EnvironmentInvalidError, match="DATABLOCK_TIMEOUT_WRITE_MS"):
        Producer("b")
    with pytest.raises(errors.InvalidArgumentError):
        Timeouts(kill_ms=1.5)  # type: ignore[arg-type]


def test_overflow_fail_is_told_at_once(directory: Path) -> None:
    make(slots=1, overflow="fail")
    with Producer("b") as producer, Consumer("b"):
        producer.write(b"1")
        with pytest.raises(BlockingIOError):
            producer.write(b"2", -1)
        assert producer.try_acquire(-1) is None


def test_iterating_ends_with_the_stream(directory: Path) -> None:
    make()
    with Producer("b") as producer, Consumer("b") as consumer:
        producer.write(b"a")
        producer.write(b"b")
        producer.mark_end()
        assert [bytes(message) for message in consumer] == [b"a", b"b"]
        producer.write(b"c")
        with pytest.raises(TimeoutError):
            for message in consumer.messages(0, follow=True):
                assert bytes(message) == b"c"
        assert consumer.dead_producers() == 0


def test_a_message_of_an_iteration_is_in_hand_until_the_next(directory: Path) -> None:
    make(slots=1)
    with Producer("b") as producer, Consumer("b") as consumer:
        producer.write(b"a")
        messages = consumer.messages(0)
        first = next(messages)
        assert producer.try_acquire() is None
        with pytest.raises(TimeoutError):
            next(messages)
        with pytest.raises(errors.NothingInHandError):
            first.data
        producer.write(b"b")
        assert bytes(next(messages)) == b"b"


def test_lossy_consumers_say_what_they_missed(directory: Path) -> None:
    make(slots=4)
    with Producer("b") as producer, Consumer("b", mode="sequential") as tap, Consumer("b", mode="latest") as newest:
        for number in range(10):
            producer.write(b"%d" % number)
        with tap.acquire() as message:
            assert message.lost > 0
            assert message.seq == message.lost
        assert newest.read() == b"9"
        assert tap.stats().lost > 0


def test_a_consumer_may_start_with_the_oldest_message(directory: Path) -> None:
    make(slots=4)
    with Producer("b") as producer:
        for number in range(6):
            producer.write(b"%d" % number)
        with Consumer("b", start="oldest") as consumer:
            assert consumer.read_many(10, 0)[0] == b"2"


def test_seeking(directory: Path) -> None:
    make(slots=8)
    with Producer("b") as producer, Consumer("b") as consumer, Consumer("b", mode="sequential") as tap:
        producer.write_many([b"%d" % number for number in range(6)])
        consumer.seek(2)
        assert consumer.read() == b"2"
        with pytest.raises(errors.InvalidArgumentError):
            consumer.seek(0)
        with consumer.acquire(), pytest.raises(errors.NestedUseError):
            consumer.seek(5)
        consumer.seek_latest()
        assert consumer.read() == b"5"
        tap.seek_latest()
        assert tap.read() == b"5"
        tap.seek(1)
        assert tap.read() == b"1"
        assert consumer.stats().lost == tap.stats().lost == 0
        producer.check_in()
        consumer.check_in()


def test_many_messages_at_once(directory: Path) -> None:
    make(slots=8, slot_size=8)
    with Producer("b") as producer, Consumer("b") as consumer:
        assert producer.write_many([]) == 0
        assert producer.write_many([b"a", b"", bytearray(b"ccc")], LONG_MS, flags=0x80) == 3
        with consumer.acquire_many() as batch:
            assert [bytes(view) for view in batch] == [b"a", b"", b"ccc"]
            assert (len(batch), batch.seqs, batch.flags, batch.lost) == (3, [0, 1, 2], [0x80] * 3, 0)
            assert bytes(batch[2]) == b"ccc"
            view = batch[0]
        with pytest.raises(ValueError, match="released"):
            bytes(view)
        with pytest.raises(errors.NothingInHandError):
            batch[0]
        messages = [b"%d" % number for number in range(20)]
        assert producer.write_many(messages, 0) == 8  # those that there is room for
        with pytest.raises(TimeoutError):
            producer.write_many(messages, 0)
        assert consumer.read_many(3) == messages[:3]
        assert consumer.read_many() == messages[3:8]
        with pytest.raises(TimeoutError):
            consumer.read_many(1, 0)


def test_a_run_that_has_to_wait_goes_on_where_it_was(directory: Path) -> None:
    make(slots=4, slot_size=8)
    messages = [b"%d" % number for number in range(41)]
    with Producer("b") as producer, Consumer("b") as consumer:
        writer = threading.Thread(target=producer.write_many, args=(messages, -1))
        writer.start()
        read: list[bytes] = []
        time.sleep(0.25)  # longer than a call waits at a time
        while len(read) < len(messages):
            if len(read) == 16:
                time.sleep(0.25)
            read += consumer.read_many(4, LONG_MS)
        writer.join()
        assert read == messages
        array = np.arange(41, dtype=np.uint32)
        writer = threading.Thread(target=producer.write_array, args=(array, -1))
        writer.start()
        time.sleep(0.25)
        pieces: list[np.ndarray[Any, Any]] = []
        while sum(len(piece) for piece in pieces) < 41:
            pieces.append(consumer.read_array(np.uint32, 4, LONG_MS))
        writer.join()
        assert (np.concatenate(pieces) == array).all()


def test_a_damaged_message_is_told_and_skipped(directory: Path) -> None:
    make(slots=8, checksum="xxh3")
    with Producer("b") as producer, Consumer("b") as consumer:

        def write_with_damage() -> None:
            producer.write_many([b"one", b"two", b"three"])
            damaged = (producer.stats().messages - 2) % 8
            producer._ring[damaged * producer.info.stride] ^= 1

        write_with_damage()
        assert consumer.read() == b"one"
        with pytest.raises(errors.ChecksumMismatchError):
            consumer.read()
        with consumer.acquire() as message:
            assert (bytes(message), message.lost) == (b"three", 1)

        write_with_damage()
        assert consumer.read_many() == [b"one"]
        with pytest.raises(errors.ChecksumMismatchError):
            consumer.read_many()
        assert consumer.read_many() == [b"three"]

        write_with_damage()
        producer.mark_end()
        assert [bytes(message) for message in consumer.messages(on_damage="skip")] == [b"one", b"three"]
        assert consumer.stats().lost == 3
    assert datablock.get_metrics("b").checksum_failures == 3


def test_checksums_by_hand(directory: Path) -> None:
    make(checksum="blake2b", checksum_policy="manual")
    with Producer("b") as producer, Consumer("b") as consumer:
        with producer.acquire() as slot:
            slot.write(b"sealed")
            slot.update_checksum()
        producer.write(b"unsealed")
        with consumer.acquire() as message:
            message.verify_checksum()
            producer._ring[0] ^= 1
            with pytest.raises(errors.ChecksumMismatchError):
                message.verify_checksum()
        with consumer.acquire() as message:
            with pytest.raises(errors.NothingToDoError):
                message.verify_checksum()


def test_an_evicted_consumer_is_told(directory: Path) -> None:
    make(slots=1)
    with Producer("b") as producer, Consumer("b") as consumer:
        producer.write(b"1")
        message = consumer.acquire()
        message.validate()
        with datablock.Recovery("b") as recovery, Segment("b") as segment:
            recovery.evict_consumer(segment.participants()[1])
        with pytest.raises(errors.EvictedError):
            message.validate()
        with pytest.raises(errors.EvictedError):
            message.release()
        producer.write(b"2", 0)


def test_numpy_arrays_in_place(directory: Path) -> None:
    make(slots=4, slot_size=64)
    with Producer("b") as producer, Consumer("b") as consumer:
        with producer.acquire() as slot:
            slot.array(np.float32, 3)[:] = [1, 2, 3]
        with consumer.acquire() as message:
            values = message.array("<f4")
            assert values.tolist() == [1, 2, 3]
            assert not values.flags.writeable and not values.flags.owndata
            with pytest.raises(errors.RecordInvalidError):
                message.array(np.float64)
        table = np.array([(i, i * 0.5) for i in range(7)], np.dtype([("n", "<u4"), ("x", "<f8")]))
        seen = []
        for begin in (0, 3, 6):
            producer.write_array(table[begin : begin + 3])
            with consumer.acquire_many() as batch:  # crosses the ring's end at times
                seen.append(batch.array(table.dtype).copy())
        assert (np.concatenate(seen) == table).all()
        assert producer.write_array(np.zeros((2, 3), np.uint16)) == 2
        assert consumer.read() == bytes(6)
        assert consumer.read_array(np.dtype("3u2")).shape == (1, 3)


def test_misuse_is_refused_in_words(directory: Path) -> None:
    make()
    with Producer("b") as producer, Consumer("b") as consumer:
        wrong: Any
        for wrong in (1.5, [], "1", True, 2**63):
            with pytest.raises(errors.InvalidArgumentError, match="timeout_ms is a whole number"):
                producer.acquire(wrong)
            with pytest.raises(errors.InvalidArgumentError):
                consumer.read_many(1, wrong)
        with pytest.raises(errors.InvalidArgumentError, match="flags is an integer"):
            producer.write(b"", flags=2**32)
        with pytest.raises(errors.InvalidArgumentError):
            producer.write(b"", flags=1)  # an end-of-stream mark
        with producer.acquire() as slot:
            slot.flags = 1
            with pytest.raises(errors.InvalidArgumentError, match="mark_end"):
                slot.commit(0)
            slot.flags = 0
            slot.length = 0
        with pytest.raises(errors.InvalidArgumentError):
            consumer.read_many(0)
    with pytest.raises(errors.InvalidArgumentError, match="did you mean 'sequential'"):
        Consumer("b", mode="sequentia")  # type: ignore[arg-type]
    with pytest.raises(errors.NoSuchBlockError) as caught:
        Producer("none")
    assert isinstance(caught.value, FileNotFoundError)
    assert caught.value.block == "none"
    assert caught.value.exit_code == 66
    with pytest.raises(errors.NameInvalidError):
        Producer("../b")
    with pytest.raises(errors.InvalidArgumentError):
        Producer("b\0c")
