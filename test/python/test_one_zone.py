"""C++, TypeScript and Python count in one zone, under one spinlock."""

from __future__ import annotations

import subprocess
from pathlib import Path

from conftest import LONG_MS
from datablock import Segment, ZoneUser

ROOT = Path(__file__).resolve().parents[2]
EACH = 2000
IN_NODE = """
const { ZoneUser } = require('%s');
const user = ZoneUser.open('b');
const lock = user.spinlock(5);
const words = new BigUint64Array(user.zone('counter').data.buffer, 0, 3);
lock.withLock(() => { words[1] += 1n; });
while (Atomics.load(words, 2) === 0n) continue;
for (let i = 0; i < %d; i++) lock.withLock(() => { words[0] += 1n; }, { timeoutMs: %d });
user.close();
""" % (ROOT / "dist" / "index.js", EACH, LONG_MS)


def test_three_languages_count_in_one_zone(directory: Path) -> None:
    Segment.create("b", slots=1, slot_size=1, zones={"counter": 24})
    with ZoneUser("b") as user:
        words = user.zone("counter").cast("Q")
        lock = user.spinlock(5)
        counter = ROOT / "build" / "test" / "matrix" / "datablock-zone-counter"
        children = [
            subprocess.Popen([str(counter), "b", str(EACH)]),
            subprocess.Popen(["node", "-e", IN_NODE]),
        ]
        while words[1] < 2:  # so that all of them count at the same time
            assert all(child.poll() is None for child in children)
        words[2] = 1
        for _ in range(EACH):
            with lock.held(LONG_MS):
                words[0] += 1
        assert [child.wait() for child in children] == [0, 0]
        assert words[0] == 3 * EACH
        words.release()
