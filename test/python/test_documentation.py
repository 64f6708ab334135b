"""Whatever is public says what it is for."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Iterator
from types import ModuleType

import datablock


def modules() -> Iterator[ModuleType]:
    yield datablock
    for module in pkgutil.iter_modules(datablock.__path__):
        if not module.name.startswith("_"):
            yield __import__(f"datablock.{module.name}", fromlist=["_"])


def undocumented(module: ModuleType) -> Iterator[str]:
    if not module.__doc__:
        yield module.__name__
    for name, value in vars(module).items():
        if name.startswith("_") or getattr(value, "__module__", None) != module.__name__:
            continue
        if inspect.isclass(value) or inspect.isfunction(value):
            if not value.__doc__:
                yield f"{module.__name__}.{name}"
        if inspect.isclass(value):
            for member, what in vars(value).items():
                function = what.fget if isinstance(what, property) else getattr(what, "__func__", what)
                if not member.startswith("_") and inspect.isfunction(function) and not function.__doc__:
                    yield f"{module.__name__}.{name}.{member}"


def test_everything_public_has_a_docstring() -> None:
    assert [name for module in modules() for name in undocumented(module)] == []


def test_everything_that_is_promised_is_there() -> None:
    assert sorted(set(datablock.__all__)) == sorted(datablock.__all__)
    assert all(hasattr(datablock, name) for name in datablock.__all__)
