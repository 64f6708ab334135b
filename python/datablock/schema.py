"""What lies in the messages of a block: names, types and places of the fields of a record (docs/schema.md)."""

from __future__ import annotations

import ctypes
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datablock import _library
from datablock._codec import Codec, Record
from datablock._placing import Field, Layout, place_record, width_of
from datablock.errors import SchemaInvalidError

if TYPE_CHECKING:
    import numpy as np

_SCALARS: Mapping[type[Any], str] = {
    ctypes.c_int8: "i8",
    ctypes.c_int16: "i16",
    ctypes.c_int32: "i32",
    ctypes.c_int64: "i64",
    ctypes.c_uint8: "u8",
    ctypes.c_uint16: "u16",
    ctypes.c_uint32: "u32",
    ctypes.c_uint64: "u64",
    ctypes.c_float: "f32",
    ctypes.c_double: "f64",
    ctypes.c_bool: "bool",
    ctypes.c_char: "char[1]",
    # Where int, long and long long are of the same size, ctypes has a type of its own for one of them.
    ctypes.c_longlong: "i64",
    ctypes.c_ulonglong: "u64",
}


@dataclass(frozen=True)
class SchemaDifference:
    """One thing in which two schemas differ."""

    #: ``"field pose.x: is f32 at 8, asked for f64 at 8"``
    text: str
    #: A compatible reader is not concerned: a field that it does not know, another minor version.
    compatible: bool


class Schema:
    """The description of a record. Immutable; any thread.

    Equal texts mean equal hashes mean equal records, in every language. Made by :meth:`define`, :meth:`from_struct`,
    :meth:`from_dtype`, :meth:`from_file` or :meth:`parse`.
    """

    def __init__(self, text: str) -> None:
        """Reads a canonical text. Raises SchemaInvalidError."""
        _library.check(_library.library.datablock_schema_check(_encoded(text)))
        #: The canonical text: the same in every language for the same record.
        self.text = text
        name, version, layout = place_record(json.loads(text))
        self.name = name
        #: ``major.minor.patch``
        self.version = version
        #: Bytes of a record.
        self.size = layout.size
        #: Bytes.
        self.align = layout.align
        self.fields = layout.fields

    @classmethod
    def parse(cls, text: str) -> Schema:
        """Reads a canonical text, such as that of a block. Raises SchemaInvalidError."""
        return cls(text)

    @classmethod
    def define(
        cls,
        name: str,
        version: str,
        fields: Mapping[str, Any],
        *,
        packed: bool = False,
        size: int | None = None,
        align: int | None = None,
    ) -> Schema:
        """Describes a record, field by field, in the order in which they lie in memory.

        A field is a type (``"f64"``, ``"char[16]"``), or a mapping: ``{"type": "f64", "count": 3, "unit": "m"}``, for a
        struct ``{"fields": {...}}``; with an ``offset`` (bytes) where a C compiler would place it elsewhere. `packed`:
        nothing is padded. `size` and `align`: bytes. Raises SchemaInvalidError.
        """
        description: dict[str, Any] = {"name": name, "version": version, "packed": packed, "fields": _listed(fields)}
        if size is not None:
            description["size"] = size
        if align is not None:
            description["align"] = align
        return cls._of(*place_record(description))

    @classmethod
    def from_file(cls, path: str | os.PathLike[str]) -> Schema:
        """Reads a ``*.schema.json`` file. Raises SchemaInvalidError; OSError."""
        try:
            description = json.loads(Path(path).read_text(encoding="utf-8"))
        except ValueError as error:
            raise SchemaInvalidError(f"{os.fspath(path)} is no JSON: {error}") from None
        return cls._of(*place_record(description))

    @classmethod
    def from_description(cls, description: Mapping[str, Any]) -> Schema:
        """What a ``*.schema.json`` file has said. Raises SchemaInvalidError."""
        return cls._of(*place_record(description))

    @classmethod
    def from_struct(
        cls,
        struct: type[ctypes.Structure],
        *,
        version: str,
        name: str | None = None,
        units: Mapping[str, str] | None = None,
    ) -> Schema:
        """Describes a :class:`ctypes.Structure`, with the places that ctypes gives its fields.

        ``c_char * N`` is text, ``bytes_type(N)`` is bytes, any other array is one; structs may be nested. `name`: default
        that of the class. `units`: of fields, by name, those of nested structs as ``"pose.x"``. Raises
        SchemaInvalidError for types that no other language could read: pointers, unions, bit fields, ...
        """
        left = dict(units or {})
        layout = _struct_layout(struct, "", left)
        if left:
            raise SchemaInvalidError(f"There is no field {next(iter(left))} for a unit.")
        return cls._of(struct.__name__ if name is None else name, version, layout)

    @classmethod
    def from_dtype(
        cls,
        dtype: np.dtype[Any] | Any,
        *,
        name: str,
        version: str,
        units: Mapping[str, str] | None = None,
    ) -> Schema:
        """Describes a structured numpy dtype, or what :class:`numpy.dtype` makes one of, with its places.

        ``S16`` is text, ``V16`` is bytes; a subarray is an array. `units`: as for :meth:`from_struct`. Needs numpy. Raises
        SchemaInvalidError for types that no other language could read: objects, big-endian numbers, ...
        """
        import numpy as np

        left = dict(units or {})
        layout = _dtype_layout(np.dtype(dtype), "", left)
        if left:
            raise SchemaInvalidError(f"There is no field {next(iter(left))} for a unit.")
        return cls._of(name, version, layout)

    @classmethod
    def _of(cls, name: str, version: str, layout: Layout) -> Schema:
        description = {
            "dialect": 1,
            "name": name,
            "version": version,
            "size": layout.size,
            "align": layout.align,
            "endian": "little",
            "fields": [field.description() for field in layout.fields],
        }
        return cls(json.dumps(description, ensure_ascii=False, separators=(",", ":")))

    @cached_property
    def hash(self) -> str:
        """BLAKE2b-256 of :attr:`text`, 64 hexadecimal digits."""
        digest = (ctypes.c_uint8 * 32)()
        _library.check(_library.library.datablock_schema_hash(_encoded(self.text), digest))
        return bytes(digest).hex()

    @property
    def id(self) -> str:
        """First half of :attr:`hash`: enough to tell schemas apart at a glance."""
        return self.hash[:32]

    @cached_property
    def dtype(self) -> np.dtype[Any]:
        """The numpy dtype of such a record, with the same places. Text is ``S``, bytes are ``V``. Needs numpy.

        Raises SchemaInvalidError for records that are larger than numpy's may be (2 GiB).
        """
        if self.size >= 2**31:
            raise SchemaInvalidError(f"A {self} is larger than a record of numpy may be.")
        return _dtype_of(self.fields, self.size)

    def pack(self, record: Mapping[str, Any]) -> bytes:
        """A record as bytes; padding is zero.

        Text is :class:`str`, bytes are bytes-like, arrays are sequences, structs are mappings. Raises RecordInvalidError
        for values that are missing, unknown, or do not fit.
        """
        return self._codec.pack(record)

    def unpack(self, data: memoryview | bytes | bytearray) -> Record:
        """The record that `data` begins with, as copies of all its values. Raises RecordInvalidError when there are too
        few bytes, or text that is no UTF-8."""
        return self._codec.unpack(data)

    def differences(self, asked: Schema) -> list[SchemaDifference]:
        """In what this schema, of a block, differs from one that is asked for; empty: they are equal."""
        found: list[SchemaDifference] = []

        def hear(text: bytes, is_compatible: int, _: object) -> None:
            found.append(SchemaDifference(text.decode(), bool(is_compatible)))

        visitor = _library.DifferenceVisitor(hear)
        _library.check(
            _library.library.datablock_schema_differences(_encoded(self.text), _encoded(asked.text), visitor, None)
        )
        return found

    @cached_property
    def _codec(self) -> Codec:
        return Codec(self.fields, self.size)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Schema) and other.text == self.text

    def __hash__(self) -> int:
        return hash(self.text)

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    def __repr__(self) -> str:
        return f"<Schema {self.name} {self.version} {self.id}>"


def bytes_type(length: int) -> type[ctypes.Array[ctypes.c_uint8]]:
    """A ctypes type of `length` bytes that a schema has as ``bytes[length]``, not as an array of numbers."""
    return type(f"bytes_{length}", (ctypes.c_uint8 * length,), {"_datablock_bytes": True})


def _encoded(text: str) -> bytes:
    if not isinstance(text, str) or "\0" in text:
        raise SchemaInvalidError("A schema is a text without zeros.")
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        raise SchemaInvalidError("A schema is UTF-8.") from None


def _listed(fields: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The fields of define() as a file has them."""
    listed = []
    for name, spec in fields.items():
        field: dict[str, Any] = {"type": spec} if isinstance(spec, str) else dict(spec)
        if "fields" in field:
            field = {"type": "struct", **field, "fields": _listed(field["fields"])}
        listed.append({"name": name, **field})
    return listed


def _ctypes_element(path: str, declared: Any) -> tuple[Any, int | None]:
    """What an array is made of, and of how many; arrays of arrays are counted through."""
    count: int | None = None
    element = declared
    while isinstance(element, type) and issubclass(element, ctypes.Array) and not _is_text_or_bytes(element):
        array: Any = element
        count = array._length_ * (1 if count is None else count)
        element = array._type_
    return element, count


def _is_text_or_bytes(array: Any) -> bool:
    return getattr(array, "_datablock_bytes", False) or array._type_ is ctypes.c_char


def _struct_layout(struct: type[ctypes.Structure], prefix: str, units: dict[str, str]) -> Layout:
    if issubclass(struct, (ctypes.BigEndianStructure,)):
        raise SchemaInvalidError(f"{struct.__name__} is big-endian, and blocks are little-endian.")
    fields = []
    # A struct that is derived from another one begins with its fields.
    declarations = [one for base in reversed(struct.__mro__) for one in base.__dict__.get("_fields_", ())]
    for declaration in declarations:
        name, declared = declaration[0], declaration[1]
        path = prefix + name
        if len(declaration) > 2:
            raise SchemaInvalidError(f"Field {path} is a bit field, which no other language could read.")
        element, count = _ctypes_element(path, declared)
        offset = getattr(struct, name).offset
        if isinstance(element, type) and issubclass(element, ctypes.Structure):
            inner = _struct_layout(element, path + ".", units)
            fields.append(Field(name, "struct", count, offset, inner.size, None, inner.align, inner.fields))
            continue
        if isinstance(element, type) and issubclass(element, ctypes.Array):
            kind = "bytes" if getattr(element, "_datablock_bytes", False) else "char"
            type_name = f"{kind}[{element._length_}]"
        elif element in _SCALARS:
            type_name = _SCALARS[element]
        else:
            raise SchemaInvalidError(f"Field {path} is a {declared.__name__}, which no other language could read.")
        fields.append(Field(name, type_name, count, offset, width_of(path, type_name), units.pop(path, None)))
    return Layout(ctypes.sizeof(struct), ctypes.alignment(struct), tuple(fields))


def _dtype_layout(dtype: np.dtype[Any], prefix: str, units: dict[str, str]) -> Layout:
    if dtype.names is None or dtype.fields is None:
        raise SchemaInvalidError(f"{prefix[:-1] or 'The dtype'} has no fields.")
    fields = []
    for name in dtype.names:
        declared, offset = dtype.fields[name][0], dtype.fields[name][1]
        path = prefix + name
        element, shape = declared.base, declared.shape
        count: int | None = None
        for length in shape:
            count = length * (1 if count is None else count)
        if element.names is not None:
            inner = _dtype_layout(element, path + ".", units)
            fields.append(Field(name, "struct", count, offset, inner.size, None, inner.align, inner.fields))
            continue
        type_name = _name_of_dtype(path, element)
        fields.append(Field(name, type_name, count, offset, element.itemsize, units.pop(path, None)))
    fields.sort(key=lambda field: field.offset)
    return Layout(dtype.itemsize, dtype.alignment if dtype.isalignedstruct else 1, tuple(fields))


def _name_of_dtype(path: str, dtype: np.dtype[Any]) -> str:
    bits = dtype.itemsize * 8
    is_little = dtype.newbyteorder("<") == dtype
    if dtype.kind in "iu" and is_little:
        return f"{dtype.kind}{bits}"
    if dtype.kind == "f" and bits in (32, 64) and is_little:
        return f"f{bits}"
    if dtype.kind == "b":
        return "bool"
    if dtype.kind == "S" and dtype.itemsize > 0:
        return f"char[{dtype.itemsize}]"
    if dtype.kind == "V" and dtype.itemsize > 0:
        return f"bytes[{dtype.itemsize}]"
    raise SchemaInvalidError(f"Field {path} is of dtype {dtype}, which no other language could read.")


def _dtype_of(fields: tuple[Field, ...], size: int) -> np.dtype[Any]:
    import numpy as np

    formats: list[Any] = []
    for field in fields:
        if field.type == "struct":
            element: Any = _dtype_of(field.fields, field.width)
        elif field.type == "bool":
            element = "?"
        elif field.type.startswith("char"):
            element = f"S{field.width}"
        elif field.type.startswith("bytes"):
            element = f"V{field.width}"
        else:
            element = f"<{field.type[0]}{field.width}"
        formats.append(element if field.count is None else (element, (field.count,)))
    return np.dtype(
        {
            "names": [field.name for field in fields],
            "formats": formats,
            "offsets": [field.offset for field in fields],
            "itemsize": size,
        }
    )
