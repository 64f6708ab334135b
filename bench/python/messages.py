"""Messages a second from Python: a producer and a consumer process, one block.

    build/python-venv/bin/python bench/python/messages.py [ROUNDS]

Prints, for each way of writing and reading, the median of the rounds and their extremes.
"""

from __future__ import annotations

import multiprocessing
import os
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

import datablock

SMALL = 64
FRAME = 1 << 20
FRAMES = 4000
RECORD = np.dtype([("seq", "<u8"), ("values", "<f8", 7)])


def write_single(producer: datablock.Producer, count: int) -> None:
    message = bytes(SMALL)
    for _ in range(count):
        producer.write(message)


def write_transactions(producer: datablock.Producer, count: int) -> None:
    message = bytes(SMALL)
    for _ in range(count):
        with producer.acquire() as slot:
            slot.write(message)


def write_many(producer: datablock.Producer, count: int) -> None:
    messages = [bytes(SMALL)] * 1024
    for _ in range(0, count, 1024):
        producer.write_many(messages)


def write_array(producer: datablock.Producer, count: int) -> None:
    records = np.zeros(1024, RECORD)
    for _ in range(0, count, 1024):
        producer.write_array(records)


def write_frames(producer: datablock.Producer, count: int) -> None:
    frame = np.ones(FRAME, np.uint8)
    for _ in range(count):
        with producer.acquire() as slot:
            slot.array(np.uint8, FRAME)[:] = frame


def read_single(consumer: datablock.Consumer) -> None:
    for _ in consumer:
        pass


def read_many(consumer: datablock.Consumer) -> None:
    try:
        while True:
            consumer.read_many(4096)
    except datablock.errors.EndOfStreamError:
        pass


def read_array(consumer: datablock.Consumer) -> None:
    try:
        while True:
            consumer.read_array(RECORD, 4096)
    except datablock.errors.EndOfStreamError:
        pass


def read_batches(consumer: datablock.Consumer) -> None:
    try:
        while True:
            with consumer.acquire_many(4096) as batch:
                batch.array(RECORD)
    except datablock.errors.EndOfStreamError:
        pass


def look_at_frames(consumer: datablock.Consumer) -> None:
    for message in consumer:
        message.array(np.uint8)[-1]


def copy_frames_out(consumer: datablock.Consumer) -> None:
    copy = np.empty(FRAME, np.uint8)
    for message in consumer:
        np.copyto(copy, message.array(np.uint8))


def produce(name: str, write: Callable[[datablock.Producer, int], None], count: int) -> None:
    with datablock.Producer(name) as producer:
        write(producer, count)
        producer.mark_end()


def measure(write: Any, read: Any, count: int, slot_size: int, slots: int) -> float:
    """Messages a second."""
    name = f"bench-python-{os.getpid()}"
    datablock.Segment.create(name, slots=slots, slot_size=slot_size)
    try:
        with datablock.Consumer(name) as consumer:
            child = multiprocessing.get_context("fork").Process(target=produce, args=(name, write, count))
            child.start()
            with consumer.acquire():  # the first one: now they are both at work
                started = time.perf_counter()
            read(consumer)
            passed = time.perf_counter() - started
            child.join()
        return count / passed
    finally:
        datablock.Segment.unlink(name)


def copy_frames(count: int) -> float:
    """Frames a second, from one place to those of a ring in turn, in one process."""
    source, targets = np.ones(FRAME, np.uint8), np.zeros((8, FRAME), np.uint8)
    started = time.perf_counter()
    for number in range(count):
        np.copyto(targets[number % 8], source)
    return count / (time.perf_counter() - started)


def pass_frames(count: int) -> float:
    """The same through a block: frames a second that one process writes and looks at in place."""
    name = f"bench-python-{os.getpid()}"
    datablock.Segment.create(name, slots=8, slot_size=FRAME)
    source = np.ones(FRAME, np.uint8)
    try:
        with datablock.Producer(name, populate=True) as producer, datablock.Consumer(name, populate=True) as consumer:
            started = time.perf_counter()
            for _ in range(count):
                with producer.acquire() as slot:
                    np.copyto(slot.array(np.uint8, FRAME), source)
                with consumer.acquire() as message:
                    message.array(np.uint8)[-1]
            return count / (time.perf_counter() - started)
    finally:
        datablock.Segment.unlink(name)


def show(label: str, rates: list[float], unit: str) -> None:
    print(f"{label:42} {statistics.median(rates):8.2f} [{rates[0]:.2f}..{rates[-1]:.2f}] {unit}")


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    rates = sorted(copy_frames(FRAMES) for _ in range(rounds))
    show("1 MiB: memcpy alone, 8 places in turn", [rate * FRAME / 1e9 for rate in rates], "GB/s")
    rates = sorted(pass_frames(FRAMES) for _ in range(rounds))
    show("1 MiB: through a block, one process", [rate * FRAME / 1e9 for rate in rates], "GB/s")
    for label, write, read, count, size, slots in (
        ("64 B: write(), for message in", write_single, read_single, 200_000, SMALL, 4096),
        ("64 B: with acquire(), for message in", write_transactions, read_single, 200_000, SMALL, 4096),
        ("64 B: write_many(), read_many()", write_many, read_many, 2_000_000, SMALL, 4096),
        ("64 B: write_array(), read_array()", write_array, read_array, 4_000_000, SMALL, 4096),
        ("64 B: write_array(), acquire_many().array()", write_array, read_batches, 4_000_000, SMALL, 4096),
        ("1 MiB: written, looked at in place", write_frames, look_at_frames, FRAMES, FRAME, 8),
        ("1 MiB: written, copied out", write_frames, copy_frames_out, FRAMES, FRAME, 8),
    ):
        rates = sorted(measure(write, read, count, size, slots) for _ in range(rounds))
        scale, unit = (FRAME / 1e9, "GB/s") if size == FRAME else (1e-6, "M messages/s")
        show(label, [rate * scale for rate in rates], unit)


if __name__ == "__main__":
    main()
