"""Every test has a directory of its own in shared memory, in which it may make blocks; nothing of it stays."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

#: A time-out that no healthy test ever sees the end of, milliseconds.
LONG_MS = 30_000


@pytest.fixture
def directory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Also the environment's DATABLOCK_DIR, for this process and its children."""
    made = Path(tempfile.mkdtemp(prefix="datablock-python-", dir="/dev/shm"))
    monkeypatch.setenv("DATABLOCK_DIR", str(made))
    yield made
    shutil.rmtree(made)
