"""Zones and spinlocks, shared with other processes and with Node."""

from __future__ import annotations

import multiprocessing
import signal
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from conftest import LONG_MS
from datablock import ActionKind, Recovery, Role, Segment, SpinlockVerdict, Timeouts, ZoneUser, errors

ROOT = Path(__file__).resolve().parents[2]
ROUNDS = 2000


@pytest.fixture
def block(directory: Path) -> str:
    Segment.create("b", slots=2, slot_size=8, zones={"counter": 64, "table": 5000})
    return "b"


def count(block: str) -> None:
    with ZoneUser(block) as user:
        counter = np.frombuffer(user.zone("counter"), "<u8")
        lock = user.spinlock(3)
        for _ in range(ROUNDS):
            with lock:
                counter[0] += 1
        del counter


COUNT_IN_NODE = """
const { ZoneUser } = require('%s');
const user = ZoneUser.open('b');
const counter = new BigUint64Array(user.zone('counter').data.buffer, user.zone('counter').data.byteOffset, 1);
const lock = user.spinlock(3);
for (let i = 0; i < %d; i++) lock.withLock(() => { counter[0] += 1n; });
user.close();
""" % (ROOT / "dist" / "index.js", ROUNDS)


def test_a_lock_keeps_processes_of_two_languages_apart(block: str) -> None:
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=count, args=(block,)) for _ in range(2)]
    for child in children:
        child.start()
    subprocess.run(["node", "-e", COUNT_IN_NODE], check=True)
    for child in children:
        child.join()
        assert child.exitcode == 0
    with Segment(block) as segment:
        zones = segment.zones()
        assert {name: len(view) for name, view in zones.items()} == {"counter": 64, "table": 5000}
        assert int.from_bytes(zones["counter"][:8], "little") == 3 * ROUNDS
        assert zones["counter"].readonly
        assert segment.spinlocks() == []


def test_a_lock_is_of_one_thread_and_recursive(block: str) -> None:
    with ZoneUser(block, label="keeper") as user, ZoneUser(block, timeouts=Timeouts(lock_ms=20)) as other:
        lock = user.spinlock(0)
        with lock:
            with lock:
                assert lock.is_held
            with pytest.raises(TimeoutError):
                other.spinlock(0).lock()
            with pytest.raises(TimeoutError):
                other.spinlock(0).lock(150)
            (seen,) = Segment(block).spinlocks()
            assert (seen.index, seen.verdict, seen.depth) == (0, SpinlockVerdict.HELD, 1)
            assert seen.thread == threading.get_native_id()
            (keeper, _) = Segment(block).participants()
            assert (keeper.role, keeper.mode, keeper.id) == (Role.ZONE_USER, "", seen.owner)
        assert not lock.is_held
        with pytest.raises(errors.NotLockedError):
            lock.unlock()
        caught: list[Exception] = []

        def use() -> None:
            try:
                lock.lock()
            except errors.InvalidArgumentError as error:
                caught.append(error)

        thread = threading.Thread(target=use)
        thread.start()
        thread.join()
        assert len(caught) == 1
        with pytest.raises(errors.ConfigInvalidError):
            user.spinlock(32)


DIE_WITH_THE_LOCK = """
import time, datablock
user = datablock.ZoneUser("b")
user.zone("table")[:4] = b"half"
user.spinlock(7).lock()
print("locked", flush=True)
time.sleep(3600)
"""


@pytest.mark.parametrize("recovers", [False, True])
def test_the_next_owner_is_told_of_a_dead_one(block: str, recovers: bool) -> None:
    child = subprocess.Popen([sys.executable, "-c", DIE_WITH_THE_LOCK], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "locked\n"
    child.send_signal(signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert [one.verdict for one in Segment(block).spinlocks()] == [SpinlockVerdict.STUCK]
    if recovers:
        with Recovery(block) as recovery:
            assert ActionKind.RELEASE_SPINLOCK in [action.kind for action in recovery.run()]
        assert [one.verdict for one in Segment(block).spinlocks()] == [SpinlockVerdict.MARKED]
    with ZoneUser(block) as user:
        table = user.zone("table")
        lock = user.spinlock(7)
        with pytest.raises(errors.OwnerDeadError):
            with lock:
                raise AssertionError("not to be entered")
        assert not lock.is_held
        lock.lock(LONG_MS, on_owner_dead="accept")
        assert lock.owner_died
        lock.unlock()
        repaired = []

        def repair() -> None:
            table[:4] = b"fine"
            repaired.append(True)

        for _ in range(2):
            with lock.held(LONG_MS, repair=repair):
                assert bytes(table[:4]) == b"fine"
        assert repaired == [True]
        with lock:
            assert not lock.owner_died


def test_checksums_of_zones(block: str) -> None:
    with ZoneUser(block) as user, Segment(block) as segment:
        with pytest.raises(errors.NothingToDoError):
            user.verify_checksum("table")
        user.zone("table")[:] = bytes(5000)
        user.update_checksum("table")
        user.verify_checksum("table")
        segment.verify_zone("table")
        user.zone("table")[4999] = 1
        for verify in (user.verify_checksum, segment.verify_zone):
            with pytest.raises(errors.ChecksumMismatchError):
                verify("table")
        with pytest.raises(errors.NoSuchZoneError):
            user.zone("none")


def test_closing_wakes_who_waits_for_a_lock_and_takes_the_views_back(block: str) -> None:
    user, owner = ZoneUser(block), ZoneUser(block)
    view = user.zone("table")
    kept = view[:4]
    caught: list[Exception] = []
    opened = threading.Event()

    def wait() -> None:
        lock = user.spinlock(1)
        opened.set()
        try:
            lock.lock(-1)
        except errors.ClosedError as error:
            caught.append(error)

    with owner.spinlock(1):
        thread = threading.Thread(target=wait)
        thread.start()
        opened.wait()
        user.close()
        thread.join()
    owner.close()
    assert len(caught) == 1
    with pytest.raises(ValueError, match="released"):
        view[0]
    with pytest.raises(errors.ClosedError):
        user.zone("table")
    del user, owner
    assert bytes(kept) == bytes(4)
