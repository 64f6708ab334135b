"""The Python side of the matrix (README.md)."""

from __future__ import annotations

import ctypes
import json
import sys
from collections.abc import Callable
from typing import Any

from datablock import Consumer, DataBlockError, Producer, Schema, Segment, bytes_type, errors

SLOTS = 64
TIMEOUT_MS = 30_000


class Pose(ctypes.Structure):
    _fields_ = [("angle", ctypes.c_float), ("id", ctypes.c_uint32)]


class Point(ctypes.Structure):
    _fields_ = [("x", ctypes.c_double), ("on", ctypes.c_bool)]


def schema_with(u16: Any) -> Schema:
    class Reading(ctypes.Structure):
        _fields_ = [
            ("n", ctypes.c_uint64),
            ("i64", ctypes.c_int64),
            ("i8", ctypes.c_int8),
            ("u16", u16),
            ("f32", ctypes.c_float),
            ("f64", ctypes.c_double),
            ("flag", ctypes.c_bool),
            ("label", ctypes.c_char * 12),
            ("raw", bytes_type(5)),
            ("values", ctypes.c_int16 * 3),
            ("pose", Pose),
            ("points", Point * 2),
        ]

    return Schema.from_struct(Reading, version="1.2.0", units={"f64": "m", "pose.angle": "deg"})


READING = schema_with(ctypes.c_uint16)
SCHEMAS = {"reading": READING, "other": schema_with(ctypes.c_int16)}


def reading(n: int) -> dict[str, Any]:
    return {
        "n": n,
        "i64": n if n % 2 == 0 else -n,
        "i8": n % 256 - 128,
        "u16": n * 7 % 65536,
        "f32": n / 4,
        "f64": n * 0.5 - 1000,
        "flag": n % 3 == 0,
        "label": f"ü{n}",
        "raw": bytes((n * 7 + k) % 256 for k in range(5)),
        "values": [(n * 31 + k * 1000) % 65536 - 32768 for k in range(3)],
        "pose": {"angle": n % 360 * 0.25, "id": 2**32 - 1 - n},
        "points": [{"x": n + k * 0.5, "on": (n + k) % 2 == 1} for k in range(2)],
    }


def create(name: str, checksum: Any) -> None:
    Segment.create(name, slots=SLOTS, slot_size=READING.size, checksum=checksum, schema=READING)


def produce(name: str, count: str, schema: str) -> None:
    with Producer(name, schema=SCHEMAS[schema]) as producer:
        for n in range(int(count)):
            producer.write_record(reading(n), TIMEOUT_MS)
        producer.mark_end(TIMEOUT_MS)


def consume(name: str, start: Any, schema: str) -> None:
    count = damaged = 0
    with Consumer(name, start=start, schema=SCHEMAS[schema]) as consumer:
        print("attached", flush=True)
        messages = consumer.messages(TIMEOUT_MS)
        while True:
            try:
                message = next(messages)
            except StopIteration:
                break
            except errors.ChecksumMismatchError:
                damaged += 1
                continue
            if message.record() != reading(count + damaged):
                sys.exit(f"record {count + damaged} is not what it must be")
            count += 1
        print(json.dumps({"count": count, "damaged": damaged, "lost": consumer.stats().lost}))


def main() -> None:
    command, *rest = sys.argv[1:]
    try:
        commands: dict[str, Callable[..., None]] = {"create": create, "produce": produce, "consume": consume}
        commands[command](*rest)
    except DataBlockError as error:
        print(error.name, file=sys.stderr)
        sys.exit(3)


if __name__ == "__main__":
    main()
