"""Choices that are made by name, and the checks of arguments that every call shares."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from typing import Literal

from datablock.errors import InvalidArgumentError

ProducerMode = Literal["single", "multi"]
ConsumerMode = Literal["sync", "sequential", "latest"]
StartFrom = Literal["latest", "oldest"]
ChecksumAlgorithm = Literal["none", "xxh3", "blake2b", "blake2b-keyed"]
ChecksumPolicy = Literal["enforced", "manual"]
OverflowPolicy = Literal["wait", "fail"]
Fences = Literal["real", "asymmetric"]
WaitStrategy = Literal["spin", "adaptive", "block"]
SchemaMatch = Literal["exact", "compatible"]

PRODUCER_MODES: Mapping[str, int] = {"single": 1, "multi": 2}
CONSUMER_MODES: Mapping[str, int] = {"sync": 1, "sequential": 2, "latest": 3}
STARTS: Mapping[str, int] = {"latest": 1, "oldest": 2}
CHECKSUM_ALGORITHMS: Mapping[str, int] = {"none": 0, "xxh3": 1, "blake2b": 2, "blake2b-keyed": 3}
CHECKSUM_POLICIES: Mapping[str, int] = {"enforced": 1, "manual": 2}
OVERFLOW_POLICIES: Mapping[str, int] = {"wait": 1, "fail": 2}
FENCES: Mapping[str, int] = {"real": 1, "asymmetric": 2}
WAIT_STRATEGIES: Mapping[str, int] = {"spin": 1, "adaptive": 2, "block": 3}
SCHEMA_MATCHES: Mapping[str, int] = {"exact": 1, "compatible": 2}

_LEAST_TIMEOUT = -(2**63)
_MOST_TIMEOUT = 2**63 - 1

#: Flags that travel with a message; the other bits of 32 are free for users.
FLAG_LINE = 2
FLAG_PATTERN = 4


def number_of(what: str, value: str, choices: Mapping[str, int]) -> int:
    """The number of a choice. Raises InvalidArgumentError, with the one that was probably meant."""
    try:
        return choices[value]
    except (KeyError, TypeError):
        near = difflib.get_close_matches(value, choices, 1) if isinstance(value, str) else []
        hint = f"; did you mean {near[0]!r}?" if near else ""
        known = ", ".join(repr(choice) for choice in choices)
        raise InvalidArgumentError(f"{what} is one of {known}, not {value!r}{hint}") from None


def name_of(number: int, choices: Mapping[str, int]) -> str:
    """The choice of a number that the library tells."""
    for name, value in choices.items():
        if value == number:
            return name
    return f"unknown ({number})"


def checked_integer(what: str, value: int, least: int, most: int) -> int:
    """Raises InvalidArgumentError unless it is an integer from `least` to `most`."""
    if type(value) is not int or not least <= value <= most:
        raise InvalidArgumentError(f"{what} is an integer from {least} to {most}, not {value!r}")
    return value


def checked_timeout(timeout_ms: int) -> int:
    """Raises InvalidArgumentError unless it is a number of milliseconds; a negative one waits for ever."""
    if type(timeout_ms) is not int or not _LEAST_TIMEOUT <= timeout_ms <= _MOST_TIMEOUT:
        raise InvalidArgumentError(
            f"timeout_ms is a whole number of milliseconds, or -1 to wait for ever, not {timeout_ms!r}"
        )
    return timeout_ms


def checked_flags(flags: int) -> int:
    """Raises InvalidArgumentError unless they fit 32 bits."""
    if type(flags) is int and flags == 0:
        return 0
    return checked_integer("flags", flags, 0, 2**32 - 1)


def encoded(what: str, text: str) -> bytes:
    """As the library takes it. Raises InvalidArgumentError for what is no text, or has a zero in it."""
    if not isinstance(text, str) or "\0" in text:
        raise InvalidArgumentError(f"{what} is a text without zeros, not {text!r}")
    return text.encode("utf-8")


def encoded_directory(directory: str | os.PathLike[str] | None) -> bytes | None:
    """None: DATABLOCK_DIR, or /dev/shm."""
    if directory is None:
        return None
    path = os.fsencode(directory)
    if not path or b"\0" in path:
        raise InvalidArgumentError(f"dir is the path of a directory, not {directory!r}")
    return path
