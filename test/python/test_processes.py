"""Forks, spawns, signals and deaths."""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import subprocess
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from conftest import LONG_MS
from datablock import Consumer, Producer, Segment, errors


@pytest.fixture
def block(directory: Path) -> str:
    Segment.create("b", slots=8, slot_size=64)
    return "b"


def produce(block: str, count: int) -> None:
    with Producer(block) as producer:
        for number in range(count):
            producer.write(b"%d" % number, LONG_MS)
        producer.mark_end(LONG_MS)


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_child_produces_for_its_parent(block: str, method: str) -> None:
    context: Any = multiprocessing.get_context(method)
    with Consumer(block) as consumer:
        child = context.Process(target=produce, args=(block, 1000))
        child.start()
        read = [bytes(message) for message in consumer.messages(LONG_MS)]
        child.join()
    assert child.exitcode == 0
    assert read == [b"%d" % number for number in range(1000)]


def use_parents(producer: Producer, consumer: Consumer, told: Connection) -> None:
    said = []
    for call in (lambda: producer.write(b"child"), consumer.read, producer.heartbeat, consumer.heartbeat):
        try:
            call()
            said.append("done")
        except errors.ClosedError:
            said.append("closed")
    said.append("closed" if producer.closed else "open")
    producer.close()
    consumer.close()
    del producer, consumer
    told.send(said)


def test_a_forks_child_cannot_use_its_parents_handles(block: str) -> None:
    context = multiprocessing.get_context("fork")
    with Producer(block) as producer, Consumer(block) as consumer:
        producer.write(b"before")
        hear, tell = context.Pipe(False)
        child = context.Process(target=use_parents, args=(producer, consumer, tell))
        child.start()
        assert hear.recv() == ["closed"] * 5
        child.join()
        assert child.exitcode == 0
        # The parent's are as they were.
        assert len(Segment(block).participants()) == 2
        producer.write(b"after")
        assert consumer.read_many() == [b"before", b"after"]
        hear.close()
        tell.close()


def look(segment: Segment, told: Connection) -> None:
    told.send((segment.snapshot().participants, segment.metrics().total_slots_written, segment.info().name))


def test_a_forks_child_may_look_through_its_parents_eyes(block: str) -> None:
    context = multiprocessing.get_context("fork")
    with Producer(block) as producer, Segment(block) as segment:
        producer.write(b"x")
        hear, tell = context.Pipe(False)
        child = context.Process(target=look, args=(segment, tell))
        child.start()
        assert hear.recv() == (1, 1, block)
        child.join()
        assert segment.snapshot().participants == 1
        hear.close()
        tell.close()


def test_handles_do_not_travel(block: str) -> None:
    with Producer(block) as producer:
        with pytest.raises(TypeError, match="open one in each"):
            pickle.dumps(producer)
    raised = pickle.loads(pickle.dumps(errors.TimeoutError("late", "b")))
    assert (type(raised), str(raised), raised.block) == (errors.TimeoutError, "late", "b")


def test_ctrl_c_ends_a_wait(block: str) -> None:
    with Consumer(block) as consumer:
        before = consumer.stats().timeouts
        signal.signal(signal.SIGALRM, signal.default_int_handler)
        signal.setitimer(signal.ITIMER_REAL, 0.15)
        try:
            with pytest.raises(KeyboardInterrupt):
                consumer.acquire()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
        assert consumer.stats().timeouts == before


def test_a_signal_handler_may_use_the_handle(block: str) -> None:
    with Producer(block) as producer, Consumer(block) as consumer:

        def publish(*_: object) -> None:
            consumer.heartbeat()
            producer.write(b"from the handler")

        signal.signal(signal.SIGALRM, publish)
        signal.setitimer(signal.ITIMER_REAL, 0.15)
        try:
            assert consumer.read(LONG_MS) == b"from the handler"
        finally:
            signal.signal(signal.SIGALRM, signal.SIG_DFL)


WRITE_AND_STAY = """
import sys, time, datablock
producer = datablock.Producer("b")
producer.write(b"whole")
slot = producer.acquire()
slot.data[:4] = b"half"
print("in hand", flush=True)
time.sleep(3600)
"""


def test_the_dead_are_healed_around(block: str) -> None:
    with Consumer(block) as consumer:
        child = subprocess.Popen([sys.executable, "-c", WRITE_AND_STAY], stdout=subprocess.PIPE, text=True)
        assert child.stdout is not None
        assert child.stdout.readline() == "in hand\n"
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        assert consumer.read(LONG_MS) == b"whole"
        assert consumer.dead_producers() == 1
        with Producer(block) as producer:
            producer.write(b"next", LONG_MS)
            with consumer.acquire(LONG_MS) as message:
                assert bytes(message) == b"next"
        assert consumer.stats().healed + Segment(block).metrics().recovery_actions > 0


def test_the_end_of_the_interpreter_leaves_the_block(block: str) -> None:
    script = "import datablock; datablock.p = datablock.Producer('b'); datablock.p.write(b'x')"
    subprocess.run([sys.executable, "-W", "ignore", "-c", script], check=True)
    assert Segment(block).participants() == []
    assert Segment(block).history() == []


def test_a_wait_ends_when_the_name_that_it_watches_goes(block: str) -> None:
    with Consumer(block, watch_name=True, populate=True, wait="block") as consumer:
        Segment.unlink(block, force=True)
        with pytest.raises(errors.RecreatedError):
            consumer.acquire(LONG_MS)


def test_a_standby_takes_over(block: str) -> None:
    first = Producer(block)
    with pytest.raises(errors.SingleProducerError):
        Producer(block, standby_ms=50)
    child = os.fork()
    if child == 0:
        try:
            with Producer(block, standby_ms=LONG_MS) as producer:
                producer.write(b"second")
            os._exit(0)
        finally:
            os._exit(1)
    with Consumer(block) as consumer:
        time.sleep(0.7)  # longer than a standby asks at a time
        first.close()
        assert consumer.read(LONG_MS) == b"second"
    assert os.waitpid(child, 0)[1] == 0
