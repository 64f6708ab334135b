"""What all exceptions of this package have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from datablock.errors import ErrorCode


class DataBlockError(Exception):
    """Any error of this package. There is a subclass for each kind, in :mod:`datablock.errors`.

    ``str(error)`` is one sentence about this case; :attr:`suggestions` say what to try.
    """

    code: ClassVar[ErrorCode]
    #: Exit code for a command that ends with this error.
    exit_code: ClassVar[int]
    #: What the error catalogue says about this kind.
    sentence: ClassVar[str]
    #: What to try, a line each; NAME stands for the block's name.
    advice: ClassVar[tuple[str, ...]]

    def __init__(self, detail: str = "", block: str | None = None) -> None:
        super().__init__(detail or self.sentence)
        #: Name of the block that it is about, if it is about one.
        self.block = block

    @property
    def name(self) -> str:
        """Symbolic name of the kind, the same in all languages: ``"TIMEOUT"``."""
        return self.code.name

    @property
    def suggestions(self) -> tuple[str, ...]:
        """What to try, one command or hint each, with this block's name."""
        block = self.block
        return self.advice if block is None else tuple(line.replace("NAME", block) for line in self.advice)


class SchemaValidationError(DataBlockError):
    """The schema of a block is not the one that was asked for."""

    #: Everything in which they differ, a line each; empty when the block has no schema at all.
    differences: tuple[str, ...] = ()
