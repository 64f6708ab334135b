"""What a block is made with; fixed for its life."""

from __future__ import annotations

import ctypes
import difflib
from collections.abc import Mapping
from typing import Any, Required, TypedDict

from datablock import _structs as structs
from datablock import options
from datablock.errors import ConfigInvalidError
from datablock.schema import Schema
from datablock.secret import Secret, pointer_of


class BlockConfig(TypedDict, total=False):
    """Keyword arguments of :meth:`Segment.create` and :meth:`Producer.create`."""

    #: 1 to 2^31.
    slots: Required[int]
    #: Bytes that a message may have, at least 1.
    slot_size: Required[int]
    #: How many producers may be attached at a time. Default: single.
    producers: options.ProducerMode
    #: Producers and consumers together, 1 to 64. Default: 64.
    max_participants: int
    #: Sync consumers at a time; 0 forbids them. Default: `max_participants`.
    max_sync: int
    #: Default: none.
    checksum: options.ChecksumAlgorithm
    #: enforced, the default: stored at each commit, verified before each message is handed over.
    checksum_policy: options.ChecksumPolicy
    #: What a producer does when a sync consumer is a whole ring behind. Default: wait.
    overflow: options.OverflowPolicy
    #: Default: asymmetric, where the kernel has membarrier(2).
    fences: options.Fences
    #: Who waits on a dead peer cleans up after it. Default: True.
    self_heal: bool
    #: After having waited that long; milliseconds, default 100.
    heal_after_ms: int
    #: Commit times in each slot. Default: False.
    timestamps: bool
    #: Names and sizes, bytes, of areas for the users' own purposes.
    zones: Mapping[str, int]
    #: What the messages are. Default: bytes.
    schema: Schema
    #: Whoever takes part in the block needs it. Default: that of the environment's DATABLOCK_SECRET, else none.
    secret: Secret
    #: Permissions of the file. Default: 0o600.
    mode: int
    #: Numeric group that the file is given to.
    gid: int


def to_struct(config: Mapping[str, Any]) -> structs.Config:
    """As the library takes it. Raises ConfigInvalidError; what only the library can judge is left to it."""
    for key in config:
        if key not in BlockConfig.__annotations__:
            near = difflib.get_close_matches(key, BlockConfig.__annotations__, 1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ConfigInvalidError(f"There is no option {key!r}{hint}")
    for key in ("slots", "slot_size"):
        if key not in config:
            raise ConfigInvalidError(f"{key} is missing.")
    made = structs.made(
        structs.Config,
        slot_count=_number(config, "slots", 1, 2**63),
        slot_size=_number(config, "slot_size", 1, 2**63),
        producer_mode=_choice(config, "producers", options.PRODUCER_MODES),
        max_participants=_number(config, "max_participants", 1, 2**32 - 1),
        checksum_algorithm=_choice(config, "checksum", options.CHECKSUM_ALGORITHMS),
        checksum_policy=_choice(config, "checksum_policy", options.CHECKSUM_POLICIES),
        overflow_policy=_choice(config, "overflow", options.OVERFLOW_POLICIES),
        fences=_choice(config, "fences", options.FENCES),
        self_heal=_switch(config, "self_heal"),
        heal_after_ms=_number(config, "heal_after_ms", 1, 2**32 - 1),
        timestamps=_switch(config, "timestamps"),
        file_mode=_number(config, "mode", 1, 0o7777),
    )
    if "max_sync" in config:
        made.max_sync = _number(config, "max_sync", 0, 2**31 - 1) or -1
    if "gid" in config:
        made.set_group = 1
        made.group = _number(config, "gid", 0, 2**32 - 2)
    if "schema" in config:
        made.schema = schema_text(config["schema"])
    if "secret" in config:
        made.secret = pointer_of(config["secret"])
        made.its_secret = config["secret"]  # as long as the struct that points to it
    if "zones" in config:
        _take_zones(made, config["zones"])
    return made


def schema_text(schema: Schema | None) -> bytes | None:
    """The canonical text as the library takes it. Raises ConfigInvalidError for what is no schema."""
    if schema is None:
        return None
    if not isinstance(schema, Schema):
        raise ConfigInvalidError(f"schema is a Schema, not {schema!r}")
    return schema.text.encode("utf-8")


def _take_zones(made: structs.Config, given: Mapping[str, int]) -> None:
    if not isinstance(given, Mapping):
        raise ConfigInvalidError(f"zones maps names to sizes, unlike {given!r}")
    zones = structs.made_array(structs.ZoneConfig, len(given))
    for zone, (name, size) in zip(zones, given.items(), strict=True):
        zone.struct_size = ctypes.sizeof(structs.ZoneConfig)
        zone.name = options.encoded("The name of a zone", name)
        zone.bytes = options.checked_integer(f"The size of zone {name}", size, 1, 2**63)
    made.zones = ctypes.addressof(zones) if given else None
    made.zone_count = len(given)
    made.kept = zones  # as long as the struct that points to them


def _number(config: Mapping[str, Any], key: str, least: int, most: int) -> int:
    """0, the library's default, where it is not given."""
    if key not in config:
        return 0
    value = config[key]
    if type(value) is not int or not least <= value <= most:
        raise ConfigInvalidError(f"{key} is an integer from {least} to {most}, not {value!r}")
    return value


def _choice(config: Mapping[str, Any], key: str, choices: Mapping[str, int]) -> int:
    return options.number_of(key, config[key], choices) if key in config else 0


def _switch(config: Mapping[str, Any], key: str) -> int:
    if key not in config:
        return 0
    if not isinstance(config[key], bool):
        raise ConfigInvalidError(f"{key} is True or False, not {config[key]!r}")
    return 1 if config[key] else 2
