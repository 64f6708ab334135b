"""Views of slots: what happens to them when the slot, the handle, or the last reference to it goes."""

from __future__ import annotations

import gc
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from conftest import LONG_MS
from datablock import Consumer, Producer, Segment, errors


@pytest.fixture
def block(directory: Path) -> str:
    Segment.create("b", slots=4, slot_size=64)
    return "b"


def test_views_of_a_slot_that_has_gone_are_released(block: str) -> None:
    with Producer(block) as producer, Consumer(block) as consumer:
        slot = producer.acquire()
        data = slot.data
        array = slot.array(np.uint8)
        array[:] = 7
        slot.commit()
        with pytest.raises(ValueError, match="released"):
            data[0] = 1
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1
        message = consumer.acquire()
        data = message.data
        assert data.readonly
        with pytest.raises(TypeError):
            data[0] = 1
        message.release()
        with pytest.raises(ValueError, match="released"):
            data[0]


def test_views_that_others_hold_do_not_keep_a_slot_from_going(block: str) -> None:
    with Producer(block) as producer, Consumer(block) as consumer:
        with producer.acquire() as slot:
            held = np.frombuffer(slot.data, np.uint8)
            slot.length = 1
        with consumer.acquire() as message:
            held = np.frombuffer(message.data, np.uint8)
        assert held.shape == (1,)
        assert consumer.try_acquire() is None


def test_closing_takes_back_what_is_in_hand(block: str) -> None:
    producer, consumer = Producer(block), Consumer(block)
    producer.write(b"x")
    slot, message = producer.acquire(), consumer.acquire()
    data, seen = slot.data, message.data
    producer.close()
    consumer.close()
    producer.close()
    for view in (data, seen):
        with pytest.raises(ValueError, match="released"):
            bytes(view)
    with pytest.raises(errors.NothingInHandError):
        slot.commit(0)
    with pytest.raises(errors.NothingInHandError):
        message.release()
    for call in (producer.acquire, producer.heartbeat, lambda: producer.write(b""), consumer.read_many, consumer.acquire):
        with pytest.raises(errors.ClosedError):
            call()
    assert Segment(block).participants() == []


def test_memory_lives_as_long_as_anybody_looks_at_it(block: str) -> None:
    producer, consumer = Producer(block), Consumer(block)
    producer.write(b"hello")
    message = consumer.acquire()
    view, array = message.data[1:], message.array(np.uint8)
    message.release()
    producer.close()
    consumer.close()
    Segment.unlink(block)
    del producer, consumer, message
    gc.collect()
    assert bytes(view) == b"ello"  # a slice could not be taken back; nor does it end the process
    assert bytes(array) == b"hello"


def test_private_copies_are_nobody_elses(block: str) -> None:
    with Producer(block, checked=True) as producer, Consumer(block, checked=True) as consumer:
        with producer.acquire() as slot:
            late = slot.array(np.uint8, 3)[:]
            slot.data[:3] = b"abc"
        late[0] = 0
        message = consumer.acquire()
        kept = message.data[:]
        array = message.array(np.uint8)
        message.release()
        for _ in range(4):
            producer.write(b"xyz")
            consumer.read()
        assert bytes(kept) == bytes(array) == b"abc"


def test_what_nobody_closes_leaves_when_it_is_collected(block: str) -> None:
    producer = Producer(block)
    slot = producer.acquire()
    with pytest.warns(ResourceWarning, match="a producer of block b was not closed"):
        del producer, slot
        gc.collect()
    assert Segment(block).participants() == []


def test_a_thread_that_waits_is_woken_by_close(block: str) -> None:
    consumer = Consumer(block)
    caught: list[BaseException] = []

    def wait() -> None:
        try:
            consumer.acquire()
        except errors.ClosedError as error:
            caught.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.05)
    consumer.close()
    waiting.join()
    assert len(caught) == 1


def test_another_threads_call_is_refused_meanwhile(block: str) -> None:
    with Producer(block) as producer, Consumer(block) as consumer:
        read: list[bytes] = []
        waiting = threading.Thread(target=lambda: read.append(consumer.read(LONG_MS)))
        waiting.start()
        refused = False
        deadline = time.monotonic() + LONG_MS / 1000
        while not refused and time.monotonic() < deadline:
            try:
                consumer.stats()
                time.sleep(0.001)
            except errors.NestedUseError as error:
                refused = "Another thread" in str(error)
        assert refused
        producer.write(b"x")  # Python goes on while that thread waits
        waiting.join()
        assert read == [b"x"]
