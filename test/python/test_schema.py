"""Schemas: the vectors that all languages share, and records in blocks."""

from __future__ import annotations

import ctypes
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datablock import Consumer, Producer, Schema, SchemaValidationError, Segment, bytes_type, errors

VECTORS = Path(__file__).resolve().parents[1] / "vectors" / "schema"


def vectors(name: str) -> list[Any]:
    cases = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))["cases"]
    assert cases
    return [pytest.param(case, id=case["about"]) for case in cases]


@pytest.mark.parametrize("case", vectors("records"))
def test_texts_and_hashes_are_the_same_in_every_language(case: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "r.schema.json"
    file.write_text(json.dumps(case["description"]), encoding="utf-8")
    schema = Schema.from_file(file)
    assert schema.text == case["canonical"]
    assert schema.hash == case["hash"]
    assert schema.id == case["id"]
    assert Schema.parse(case["canonical"]) == schema
    assert Schema.from_description(json.loads(case["canonical"])) == schema


@pytest.mark.parametrize("case", vectors("records"))
def test_a_numpy_dtype_has_the_same_places(case: dict[str, Any]) -> None:
    schema = Schema.parse(case["canonical"])

    def compare(fields: Any, dtype: np.dtype[Any]) -> None:
        assert dtype.fields is not None
        for field in fields:
            declared, offset = dtype.fields[field.name][:2]
            assert (offset, declared.itemsize) == (field.offset, field.size)
            if field.type == "struct":
                compare(field.fields, declared.base)

    if schema.size >= 2**31:
        with pytest.raises(errors.SchemaInvalidError, match="larger than a record of numpy"):
            schema.dtype
        return
    assert schema.dtype.itemsize == schema.size
    compare(schema.fields, schema.dtype)


@pytest.mark.parametrize("case", vectors("refused-descriptions"))
def test_what_describes_no_record_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(errors.SchemaInvalidError):
        Schema.from_description(case["description"])


@pytest.mark.parametrize("case", vectors("refused-texts"))
def test_what_is_no_canonical_text_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(errors.SchemaInvalidError):
        Schema.parse(case["text"])


@pytest.mark.parametrize("case", vectors("differences"))
def test_differences_are_told_alike(case: dict[str, Any]) -> None:
    found = Schema.parse(case["block"]).differences(Schema.parse(case["asked"]))
    assert [{"text": one.text, "compatible": one.compatible} for one in found] == case["differences"]


class Pose(ctypes.Structure):
    _fields_ = [("angle", ctypes.c_float), ("valid", ctypes.c_bool)]


class Sample(ctypes.Structure):
    _fields_ = [
        ("timestamp", ctypes.c_uint64),
        ("x", ctypes.c_double),
        ("samples", ctypes.c_int16 * 4),
        ("label", ctypes.c_char * 8),
        ("pose", Pose),
        ("poses", Pose * 2),
        ("matrix", (ctypes.c_float * 3) * 2),
        ("raw", bytes_type(3)),
        ("names", (ctypes.c_char * 4) * 2),
        ("delta", ctypes.c_int64),
    ]


UNITS = {"timestamp": "ns", "pose.angle": "rad"}
SAMPLE = Schema.define(
    "Sample",
    "1.0.0",
    {
        "timestamp": {"type": "u64", "unit": "ns"},
        "x": "f64",
        "samples": {"type": "i16", "count": 4},
        "label": "char[8]",
        "pose": {"fields": {"angle": {"type": "f32", "unit": "rad"}, "valid": "bool"}},
        "poses": {"count": 2, "fields": {"angle": "f32", "valid": "bool"}},
        "matrix": {"type": "f32", "count": 6},
        "raw": "bytes[3]",
        "names": {"type": "char[4]", "count": 2},
        "delta": "i64",
    },
)
RECORD: dict[str, Any] = {
    "timestamp": 2**64 - 1,
    "x": -0.5,
    "samples": [1, -2, 3, -32768],
    "label": "grün",
    "pose": {"angle": 0.25, "valid": True},
    "poses": [{"angle": 1.5, "valid": False}, {"angle": float("inf"), "valid": True}],
    "matrix": [0.0, 1.0, 2.0, 3.0, 4.0, 5.0],
    "raw": b"\1\2\3",
    "names": ["ab", "full"],
    "delta": -(2**63),
}


def test_a_ctypes_struct_is_described_as_a_c_compiler_places_it() -> None:
    assert Schema.from_struct(Sample, version="1.0.0", units=UNITS) == SAMPLE


def test_a_derived_struct_begins_with_the_fields_of_its_base() -> None:
    class Derived(Pose):
        _fields_ = [("more", ctypes.c_uint16)]

    class Tight(ctypes.Structure):
        _pack_ = 1
        _fields_ = [("a", ctypes.c_uint8), ("b", ctypes.c_double)]

    assert Schema.from_struct(Derived, version="1.0.0", name="D") == Schema.define(
        "D", "1.0.0", {"angle": "f32", "valid": "bool", "more": {"type": "u16", "offset": Derived.more.offset}}, size=12
    )
    assert Schema.from_struct(Tight, version="1.0.0") == Schema.define(
        "Tight", "1.0.0", {"a": "u8", "b": "f64"}, packed=True
    )


def test_a_numpy_dtype_is_described_with_its_places() -> None:
    pose = np.dtype([("angle", "<f4"), ("valid", "?")], align=True)
    dtype = np.dtype(
        [
            ("timestamp", "<u8"),
            ("x", "<f8"),
            ("samples", "<i2", 4),
            ("label", "S8"),
            ("pose", pose),
            ("poses", pose, 2),
            ("matrix", "<f4", (2, 3)),
            ("raw", "V3"),
            ("names", "S4", 2),
            ("delta", "<i8"),
        ],
        align=True,
    )
    assert Schema.from_dtype(dtype, name="Sample", version="1.0.0", units=UNITS) == SAMPLE
    packed = Schema.from_dtype(np.dtype([("a", "u1"), ("b", "<f8")]), name="P", version="1.0.0")
    assert packed == Schema.define("P", "1.0.0", {"a": "u8", "b": "f64"}, packed=True)


def test_what_no_other_language_could_read_is_refused() -> None:
    class Pointer(ctypes.Structure):
        _fields_ = [("p", ctypes.c_void_p)]

    class Bits(ctypes.Structure):
        _fields_ = [("b", ctypes.c_uint32, 3)]

    for struct in (Pointer, Bits):
        with pytest.raises(errors.SchemaInvalidError, match="no other language"):
            Schema.from_struct(struct, version="1.0.0")
    for dtype in ([("o", "O")], [("u", ">u4")], [("h", "f2")], [("t", "U4")], [("c", "c16")]):
        with pytest.raises(errors.SchemaInvalidError):
            Schema.from_dtype(np.dtype(dtype), name="R", version="1.0.0")
    with pytest.raises(errors.SchemaInvalidError, match="no field y for a unit"):
        Schema.from_struct(Pose, version="1.0.0", units={"y": "m"})
    with pytest.raises(errors.SchemaInvalidError, match="there is no type u24"):
        Schema.define("R", "1.0.0", {"a": "u24"})


def test_records_come_out_as_they_went_in(directory: Path) -> None:
    Segment.create("b", slots=4, slot_size=256, schema=SAMPLE)
    assert Segment("b").schema() == SAMPLE
    with Producer("b", schema=SAMPLE) as producer, Consumer("b") as consumer:
        producer.write_record(RECORD)
        assert consumer.read_record() == RECORD
        with producer.acquire() as slot:
            slot.write_record(RECORD)
        with consumer.acquire() as message:
            struct = message.as_struct(Sample)
            assert (struct.x, struct.label.decode(), list(struct.samples)) == (-0.5, "grün", RECORD["samples"])
            (row,) = message.array()
            assert row["pose"]["angle"] == 0.25 and row["raw"].tobytes() == b"\1\2\3"
        producer.write_record(struct)
        assert consumer.read_record() == RECORD
        rows = np.frombuffer(bytes(struct) * 2, SAMPLE.dtype)
        producer.write_array(rows)
        assert (consumer.read_array() == rows).all()


def test_values_that_do_not_fit_are_refused_by_name(directory: Path) -> None:
    Segment.create("b", slots=4, slot_size=256, schema=SAMPLE)
    with Producer("b") as producer, Consumer("b") as consumer:
        for change, told in (
            ({"timestamp": -1}, "Field timestamp: -1 is no u64"),
            ({"timestamp": 1.5}, "Field timestamp: 1.5 is no u64"),
            ({"x": "1"}, "Field x: '1' is no f64"),
            ({"samples": [1, 2, 3]}, "Field samples must be 4 values"),
            ({"samples": [1, 2, 3, 40000]}, "Field samples: 40000 is no i16"),
            ({"label": "much too long"}, r"Field label: 'much too long' is no char\[8\]"),
            ({"label": "a\0"}, "Field label"),
            ({"raw": b"12"}, r"is no bytes\[3\]"),
            ({"pose": {"angle": 1.0}}, "Field pose.valid is missing"),
            ({"pose": {"angle": 1.0, "valid": True, "z": 1}}, "There is no field pose.z"),
            ({"names": ["ab", "abcde"]}, r"Field names\[1\]"),
            ({"y": 1}, "There is no field y"),
        ):
            with pytest.raises(errors.RecordInvalidError, match=told):
                producer.write_record({**RECORD, **change})
        with pytest.raises(errors.RecordInvalidError, match="A Pose has 8 bytes"):
            producer.write_record(Pose())
        assert consumer.try_acquire() is None
        producer.write(b"short")
        with pytest.raises(errors.RecordInvalidError):
            consumer.read_record()
        producer.write(bytes(24) + b"\xff" + bytes(200))
        with pytest.raises(errors.RecordInvalidError, match="Field label: its bytes are no UTF-8"):
            consumer.read_record()


def test_another_schema_is_refused_with_every_difference(directory: Path) -> None:
    block = Schema.define("R", "1.1.0", {"a": "f32", "b": "f32"})
    older = Schema.define("R", "1.0.0", {"a": "f32"})
    other = Schema.define("R", "1.1.0", {"a": "i32", "b": "f32"})
    Segment.create("b", slots=4, slot_size=256, schema=block)
    Segment.create("bytes", slots=4, slot_size=256)
    with pytest.raises(SchemaValidationError) as caught:
        Producer("b", schema=other)
    assert isinstance(caught.value, errors.SchemaMismatchError)
    assert caught.value.differences == ("field a: is f32 at 0, asked for i32 at 0",)
    with pytest.raises(errors.SchemaMismatchError):
        Consumer("b", schema=older)
    with Consumer("b", schema=older, schema_match="compatible") as consumer, Producer("b") as producer:
        producer.write_record({"a": 1.5, "b": 2.5})
        assert consumer.read_record() == {"a": 1.5}
    with pytest.raises(errors.NoSchemaError) as absent:
        Producer("bytes", schema=block)
    assert absent.value.differences == ()
    with Producer("bytes") as producer:
        with pytest.raises(errors.NoSchemaError):
            producer.write_record({"a": 1.0})
        producer.write_record({"a": 1.0}, schema=older)
    with pytest.raises(errors.ConfigDiffersError):
        Producer.create("b", slots=4, slot_size=256, schema=other)
    with Producer.create("b", slots=4, slot_size=256, schema=block) as producer:
        assert producer.schema == block
