"""A sensor's readings: a process that writes typed records, and one that reads them until the stream ends.

    python3 examples/python/sensor.py        # test/python/test_examples.py runs it
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os

from datablock import Consumer, Producer, Schema, Segment


class Reading(ctypes.Structure):
    _fields_ = [("at_ns", ctypes.c_uint64), ("celsius", ctypes.c_double)]


READING = Schema.from_struct(Reading, version="1.0.0", units={"at_ns": "ns"})


def measure(block: str) -> None:
    with Producer(block, schema=READING, label="sensor") as producer:
        for second in range(5):
            producer.write_record(Reading(second * 1_000_000_000, 20 + second / 2))
        producer.mark_end()


def main() -> None:
    block = f"sensor-{os.getpid()}"
    Segment.create(block, slots=16, slot_size=READING.size, schema=READING, checksum="xxh3")
    try:
        with Consumer(block, schema=READING, label="display") as consumer:
            sensor = multiprocessing.get_context("spawn").Process(target=measure, args=(block,))
            sensor.start()
            for message in consumer:
                reading = message.as_struct(Reading)
                print(f"{reading.at_ns / 1e9:.0f} s: {reading.celsius:.1f} °C")
            sensor.join()
    finally:
        Segment.unlink(block)


if __name__ == "__main__":
    main()
