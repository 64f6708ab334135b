"""The examples run, and say what they shall."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "python"


def test_the_sensor(directory: Path) -> None:
    run = subprocess.run(
        [sys.executable, str(EXAMPLES / "sensor.py")], capture_output=True, text=True, check=False
    )
    lines = [f"{second} s: {20 + second / 2:.1f} °C" for second in range(5)]
    assert (run.stdout.splitlines(), run.stderr) == (lines, "")
