"""The wheel alone is enough."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

SCRIPT = """
import sys
import datablock
assert "numpy" not in sys.modules
with datablock.Producer.create("b", slots=4, slot_size=64) as producer, datablock.Consumer("b") as consumer:
    producer.write(b"from the wheel")
    print(consumer.read().decode())
assert "numpy" not in sys.modules
"""


def test_it_installs_into_an_empty_environment(directory: Path, tmp_path: Path) -> None:
    wheel = os.environ["DATABLOCK_WHEEL"]
    assert Path(wheel).name.split("-")[2:4] == ["py3", "none"]
    venv.create(tmp_path / "venv", symlinks=True)
    python = tmp_path / "venv" / "bin" / "python"
    # Nothing but the wheel: no index, no dependency.
    subprocess.run(
        [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-index", wheel], check=True
    )
    run = subprocess.run([str(python), "-c", SCRIPT], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (run.stdout, run.stderr) == ("from the wheel\n", "")
