"""Records as bytes, and back, by one :class:`struct.Struct` for the whole record."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from datablock._placing import Field
from datablock.errors import RecordInvalidError

_CODES: Mapping[str, str] = {
    "i8": "b",
    "i16": "h",
    "i32": "i",
    "i64": "q",
    "u8": "B",
    "u16": "H",
    "u32": "I",
    "u64": "Q",
    "f32": "f",
    "f64": "d",
    "bool": "?",
}

Record = dict[str, Any]
#: Takes its values from those of the flat record.
_Reader = Callable[[Iterator[Any]], Any]


class Codec:
    """Packs and unpacks records of one layout. Any thread."""

    def __init__(self, fields: Sequence[Field], size: int) -> None:
        self._fields = fields
        self._struct = struct.Struct("<" + _format(fields, size))
        self._reader = _struct_reader(fields, "")

    def pack(self, record: Mapping[str, Any]) -> bytes:
        """All its bytes; what is padding is zero. Raises RecordInvalidError."""
        values: list[Any] = []
        _flatten(self._fields, record, "", values)
        try:
            return self._struct.pack(*values)
        except (struct.error, OverflowError, TypeError, ValueError):
            _find_misfit(self._fields, record, "")
            raise

    def unpack(self, data: memoryview | bytes | bytearray) -> Record:
        """Copies of all its values. Raises RecordInvalidError."""
        if len(data) < self._struct.size:
            raise RecordInvalidError(f"A record has {self._struct.size} bytes, and these are {len(data)}.")
        record: Record = self._reader(iter(self._struct.unpack_from(data)))
        return record


def _format(fields: Sequence[Field], size: int) -> str:
    parts = []
    end = 0
    for field in fields:
        parts.append("x" * (field.offset - end) if field.offset - end < 8 else f"{field.offset - end}x")
        count = 1 if field.count is None else field.count
        if field.type == "struct":
            parts.append(_format(field.fields, field.width) * count)
        elif field.type in _CODES:
            parts.append(f"{count}{_CODES[field.type]}")
        else:
            parts.append(f"{field.width}s" * count)
        end = field.offset + field.size
    parts.append(f"{size - end}x")
    return "".join(parts)


def _struct_reader(fields: Sequence[Field], prefix: str) -> _Reader:
    readers = [(field.name, _field_reader(field, prefix + field.name)) for field in fields]
    return lambda values: {name: read(values) for name, read in readers}


def _field_reader(field: Field, path: str) -> _Reader:
    read = _element_reader(field, path)
    if field.count is None:
        return read
    count = field.count
    return lambda values: [read(values) for _ in range(count)]


def _element_reader(field: Field, path: str) -> _Reader:
    if field.type == "struct":
        return _struct_reader(field.fields, path + ".")
    if field.type.startswith("char"):
        return lambda values: _decode(path, next(values))
    return next


def _decode(path: str, raw: bytes) -> str:
    try:
        return raw.split(b"\0", 1)[0].decode("utf-8")
    except UnicodeDecodeError:
        raise RecordInvalidError(f"Field {path}: its bytes are no UTF-8.") from None


def _flatten(fields: Sequence[Field], record: object, prefix: str, values: list[Any]) -> None:
    if not isinstance(record, Mapping):
        raise RecordInvalidError(f"{prefix[:-1] or 'A record'} must be a mapping, not {record!r}.")
    if len(record) != len(fields) or any(field.name not in record for field in fields):
        _refuse_names(fields, record, prefix)
    for field in fields:
        value = record[field.name]
        path = prefix + field.name
        if field.count is None:
            _append(field, value, path, values)
            continue
        if isinstance(value, (str, Mapping)) or not hasattr(value, "__len__") or len(value) != field.count:
            raise RecordInvalidError(f"Field {path} must be {field.count} values, not {value!r}.")
        for index, element in enumerate(value):
            _append(field, element, f"{path}[{index}]", values)


def _append(field: Field, value: Any, path: str, values: list[Any]) -> None:
    if field.type == "struct":
        _flatten(field.fields, value, path + ".", values)
    elif field.type in _CODES:
        if field.type == "bool" and not isinstance(value, (bool, int)) and str(value) not in ("True", "False"):
            raise _misfit(field, path, value)
        values.append(value)
    else:
        values.append(_sized(field, value, path))


def _sized(field: Field, value: Any, path: str) -> bytes:
    if field.type.startswith("char"):
        try:
            raw = value.encode("utf-8") if isinstance(value, str) else None
        except UnicodeEncodeError:  # half a surrogate pair
            raw = None
        if raw is None or len(raw) > field.width or 0 in raw:
            raise _misfit(field, path, value)
        return raw
    if not isinstance(value, (bytes, bytearray, memoryview)) or len(value) != field.width:
        raise _misfit(field, path, value)
    return bytes(value)


def _misfit(field: Field, path: str, value: object) -> RecordInvalidError:
    return RecordInvalidError(f"Field {path}: {value!r} is no {field.type}.")


def _find_misfit(fields: Sequence[Field], record: Mapping[str, Any], prefix: str) -> None:
    """Names the number that did not fit."""
    for field in fields:
        value = record[field.name]
        for element in [value] if field.count is None else value:
            if field.type == "struct":
                _find_misfit(field.fields, element, f"{prefix}{field.name}.")
            elif field.type in _CODES:
                try:
                    struct.pack("<" + _CODES[field.type], element)
                except (struct.error, OverflowError, TypeError, ValueError):
                    raise _misfit(field, prefix + field.name, element) from None


def _refuse_names(fields: Sequence[Field], record: Mapping[str, Any], prefix: str) -> None:
    names = {field.name for field in fields}
    for field in fields:
        if field.name not in record:
            raise RecordInvalidError(f"Field {prefix}{field.name} is missing.")
    unknown = next(name for name in record if name not in names)
    raise RecordInvalidError(f"There is no field {prefix}{unknown}.")
