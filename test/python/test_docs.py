"""The code of docs/python.md does what it says."""

from __future__ import annotations

import gc
import re
from pathlib import Path
from typing import Any

PAGE = Path(__file__).resolve().parents[2] / "docs" / "python.md"


def test_the_tutorial_runs(directory: Path) -> None:
    pieces = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    assert len(pieces) >= 5
    names: dict[str, Any] = {}
    for piece in pieces:
        exec(compile(piece, str(PAGE), "exec"), names)  # noqa: S102
    names.clear()
    gc.collect()
