"""From the description of a record, which may leave places out, to one with all of them, as a C compiler places members."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datablock.errors import SchemaInvalidError

#: Bytes of a value of each type that has a width of its own.
SCALAR_WIDTHS: Mapping[str, int] = {
    "i8": 1,
    "i16": 2,
    "i32": 4,
    "i64": 8,
    "u8": 1,
    "u16": 2,
    "u32": 4,
    "u64": 8,
    "f32": 4,
    "f64": 8,
    "bool": 1,
}
_SIZED = re.compile(r"(?:char|bytes)\[([1-9][0-9]{0,12})\]", re.ASCII)

_RECORD_KEYS = {"$schema", "description", "dialect", "name", "version", "size", "align", "endian", "packed", "fields"}
_VALUE_KEYS = {"name", "type", "description", "count", "offset", "unit"}
_STRUCT_KEYS = {"name", "type", "description", "count", "offset", "size", "align", "packed", "fields"}


@dataclass(frozen=True)
class Field:
    """A field of a record, or of a struct within one."""

    name: str
    #: ``i8`` to ``i64``, ``u8`` to ``u64``, ``f32``, ``f64``, ``bool``, ``char[N]``, ``bytes[N]`` or ``struct``
    type: str
    #: Elements of an array; None: a single value.
    count: int | None
    #: Bytes from the begin of the struct that it is a field of.
    offset: int
    #: Bytes of one element.
    width: int
    unit: str | None = None
    #: Of a struct, bytes.
    align: int = 1
    #: Of a struct.
    fields: tuple[Field, ...] = ()

    @property
    def size(self) -> int:
        """Bytes of all elements."""
        return self.width * (1 if self.count is None else self.count)

    def description(self) -> dict[str, Any]:
        """As the canonical text has it, keys in its order."""
        text: dict[str, Any] = {"name": self.name, "type": self.type}
        if self.count is not None:
            text["count"] = self.count
        text["offset"] = self.offset
        if self.unit is not None:
            text["unit"] = self.unit
        if self.type == "struct":
            text["size"] = self.width
            text["align"] = self.align
            text["fields"] = [field.description() for field in self.fields]
        return text


@dataclass(frozen=True)
class Layout:
    """A struct: its size and alignment, bytes, and its fields in the order of their offsets."""

    size: int
    align: int
    fields: tuple[Field, ...]


def width_of(name: str, type_name: str) -> int:
    """Bytes of a value. Raises SchemaInvalidError."""
    width = SCALAR_WIDTHS.get(type_name)
    if width is not None:
        return width
    sized = _SIZED.fullmatch(type_name)
    if sized is None:
        raise SchemaInvalidError(f"Field {name}: there is no type {type_name}.")
    return int(sized[1])


def place_record(description: object) -> tuple[str, str, Layout]:
    """Name, version and layout of what a schema file describes. Raises SchemaInvalidError."""
    record = _object("The description", description, _RECORD_KEYS, ("name", "version", "fields"))
    if record.get("dialect", 1) != 1 or isinstance(record.get("dialect"), bool):
        raise SchemaInvalidError("dialect must be 1.")
    if record.get("endian", "little") != "little":
        raise SchemaInvalidError('endian must be "little": blocks are little-endian.')
    for key in ("$schema", "description"):
        _text_or_none(record, key)
    name, version = record["name"], record["version"]
    if not isinstance(name, str) or not isinstance(version, str):
        raise SchemaInvalidError("name and version must be texts.")
    return name, version, _place_struct("The record", record)


def _place_struct(what: str, struct: Mapping[str, Any]) -> Layout:
    packed = struct.get("packed", False)
    if not isinstance(packed, bool):
        raise SchemaInvalidError(f"{what}: packed must be true or false.")
    descriptions = struct["fields"]
    if not isinstance(descriptions, Sequence) or isinstance(descriptions, str) or not descriptions:
        raise SchemaInvalidError(f"{what}: fields must be a list of at least one field.")
    end = 0
    largest = 1
    fields = []
    for description in descriptions:
        field, natural = _place_field(description, end, packed)
        fields.append(field)
        end = field.offset + field.size
        largest = max(largest, natural)
    align = _integer(what, struct, "align", 1)
    alignment = largest if align is None else align
    size = _integer(what, struct, "size", 1)
    return Layout(_up(end, alignment) if size is None else size, alignment, tuple(fields))


def _place_field(description: object, end: int, packed: bool) -> tuple[Field, int]:
    """The field, and the alignment that it asks for."""
    is_struct = isinstance(description, Mapping) and description.get("type") == "struct"
    needed = ("name", "type", "fields") if is_struct else ("name", "type")
    field = _object("A field", description, _STRUCT_KEYS if is_struct else _VALUE_KEYS, needed)
    name, type_name = field["name"], field["type"]
    if not isinstance(name, str) or not isinstance(type_name, str):
        raise SchemaInvalidError("A field's name and type must be texts.")
    what = f"Field {name}"
    _text_or_none(field, "description")
    if is_struct:
        layout = _place_struct(what, field)
        width, align, fields = layout.size, layout.align, layout.fields
        natural = align
    else:
        width, align, fields = width_of(name, type_name), 1, ()
        natural = SCALAR_WIDTHS.get(type_name, 1)
    if packed:
        natural = 1
    offset = _integer(what, field, "offset", 0)
    unit = _text_or_none(field, "unit")
    if unit == "":
        raise SchemaInvalidError(f"{what}: unit must not be empty.")
    return (
        Field(
            name,
            type_name,
            _integer(what, field, "count", 1),
            _up(end, natural) if offset is None else offset,
            width,
            unit,
            align,
            fields,
        ),
        natural,
    )


def _up(offset: int, align: int) -> int:
    return -(-offset // align) * align


def _object(what: str, value: object, known: set[str], needed: Sequence[str]) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise SchemaInvalidError(f"{what} must be an object.")
    for key in value:
        if key not in known:
            raise SchemaInvalidError(f"{what} of a record has no {key!r}.")
    for key in needed:
        if key not in value:
            raise SchemaInvalidError(f"{what}: {key!r} is missing.")
    return value


def _integer(what: str, owner: Mapping[str, Any], key: str, least: int) -> int | None:
    if key not in owner:
        return None
    value = owner[key]
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= 2**40:
        raise SchemaInvalidError(f"{what}: {key} must be an integer from {least} to 2^40.")
    return value


def _text_or_none(owner: Mapping[str, Any], key: str) -> str | None:
    value = owner.get(key)
    if key in owner and not isinstance(value, str):
        raise SchemaInvalidError(f"{key} must be a text.")
    return value
