"""Diagnosis, validation and recovery of what a killed process leaves behind."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import datablock
from datablock import (
    ActionKind,
    Consumer,
    ErrorCode,
    Phase,
    Producer,
    Recovery,
    Role,
    Segment,
    SlotVerdict,
    Verdict,
    errors,
)

HOLD_A_SLOT = """
import time, datablock
producer = datablock.Producer("b", label="victim", note="holds a slot")
slot = producer.acquire()
print("in hand", flush=True)
time.sleep(3600)
"""
HOLD_A_MESSAGE = """
import time, datablock
consumer = datablock.Consumer("b", start="oldest")
print("in hand", flush=True)
time.sleep(3600)
"""


@contextmanager
def running(script: str) -> Iterator[subprocess.Popen[str]]:
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    try:
        assert child.stdout.readline() == "in hand\n"
        yield child
    finally:
        child.kill()
        child.wait()
        child.stdout.close()


def kill(child: subprocess.Popen[str]) -> None:
    child.send_signal(signal.SIGKILL)
    child.wait()


@pytest.fixture(params=["multi", "single"])
def block(directory: Path, request: pytest.FixtureRequest) -> str:
    Segment.create("b", slots=4, slot_size=64, producers=request.param, self_heal=False)
    return "b"


def test_a_live_owner_is_left_alone(block: str) -> None:
    with running(HOLD_A_SLOT) as child, Segment(block) as segment, Recovery(block) as recovery:
        (slot,) = [one for one in segment.diagnose_all_slots() if one.phase != Phase.FREE]
        assert (slot.slot, slot.phase, slot.seq) == (0, Phase.WRITING, 0)
        assert slot.verdict in (SlotVerdict.BUSY, SlotVerdict.SLOW)
        assert (slot.owner_pid, slot.owner_verdict, slot.is_safe_to_reset) == (child.pid, Verdict.ALIVE, False)
        assert segment.diagnose_slot(0, stuck_after_ms=0).verdict == SlotVerdict.SLOW
        assert not segment.is_slot_stuck(0)
        (seen,) = segment.participants()
        assert (seen.role, seen.verdict, seen.label, seen.note) == (Role.PRODUCER, Verdict.ALIVE, "victim", "holds a slot")
        assert datablock.is_process_alive(seen.pid, seen.start_time)
        assert not datablock.is_process_alive(seen.pid, seen.start_time + 1)
        assert recovery.run() == []
        with pytest.raises(errors.OwnerAliveError):
            recovery.force_reset_slot(0)
        reset, refusal = recovery.force_reset_all_slots()
        assert reset == 0 and isinstance(refusal, errors.OwnerAliveError)


def test_a_dry_run_changes_nothing_and_recovery_removes_all_traces(block: str) -> None:
    with running(HOLD_A_SLOT) as child, Segment(block) as segment:
        kill(child)
        assert [one.slot for one in datablock.diagnose(block)] == [0]
        assert segment.diagnose_slot(0).is_safe_to_reset
        assert segment.is_slot_stuck(0)
        report = datablock.validate(block)
        assert report.is_sound and report.slots_checked == 4
        plan = datablock.auto_recover(block, dry_run=True)
        assert [action.kind for action in plan] == [ActionKind.RESET_SLOT, ActionKind.FREE_PARTICIPANT]
        assert [action.loses for action in plan] == [1, 0]
        assert all(action.refused == ErrorCode.NOTHING_TO_DO for action in plan)
        assert segment.plan() == plan
        assert segment.slot_state(0).phase == Phase.WRITING

        done = datablock.auto_recover(block)
        assert [action.kind for action in done] == [action.kind for action in plan]
        assert all(action.is_done for action in done)
        assert segment.slot_state(0).phase == Phase.FREE
        assert segment.participants() == []
        assert datablock.diagnose(block) == []
        assert datablock.auto_recover(block) == []
        history = segment.history()
        assert [entry.action for entry in history] == [action.kind for action in plan]
        assert datablock.get_metrics(block).recovery_actions == len(history)
        with Recovery(block) as recovery, pytest.raises(errors.ChangedError):
            recovery.apply(plan[0])


def test_single_steps(block: str) -> None:
    with running(HOLD_A_SLOT) as child, Recovery(block) as recovery, Segment(block) as segment:
        (seen,) = segment.participants()
        recovery.kill_participant(seen)
        assert child.wait() == -signal.SIGKILL
        with pytest.raises(errors.NothingToDoError):
            recovery.kill_participant(seen)
        recovery.force_reset_slot(0)
        with pytest.raises(errors.NothingToDoError):
            recovery.skip_stuck_slot(0)
        assert recovery.cleanup_dead_consumers() == 1
        assert recovery.release_zombie_writer() == 0
        assert segment.snapshot().participants == 0


def test_dead_readers_are_released(block: str) -> None:
    with Producer(block) as producer, running(HOLD_A_MESSAGE) as child, Recovery(block) as recovery:
        assert producer.sync_consumers() == 1
        producer.write_many([b"x"] * 4)
        kill(child)
        assert producer.try_acquire() is None
        assert recovery.release_zombie_readers() > 0
        producer.write(b"y", 0)
        assert producer.sync_consumers() == 0


def test_a_forced_reset_fences_a_live_owner_off(directory: Path) -> None:
    Segment.create("b", slots=4, slot_size=64, producers="multi")
    with Producer("b") as producer, Recovery("b") as recovery, Consumer("b") as consumer:
        slot = producer.acquire()
        recovery.force_reset_slot(0, force=True)
        assert Segment("b").diagnose_slot(0).verdict == SlotVerdict.QUARANTINED
        slot.write(b"late")
        with pytest.raises(errors.FencedError):
            slot.commit()
        producer.write(b"next")
        assert consumer.read() == b"next"


def test_a_segment_says_what_it_is(directory: Path) -> None:
    made = Segment.create(
        "b", slots=3, slot_size=100, checksum="blake2b", max_sync=0, zones={"a": 5000}, mode=0o640, timestamps=True
    )
    assert (made.slots, made.slot_size, made.stride, made.checksum, made.max_sync) == (3, 100, 128, "blake2b", 0)
    assert (made.zones, made.timestamps, made.producers, made.self_heal) == (1, True, "single", True)
    assert (directory / "b").stat().st_mode & 0o777 == 0o640
    assert [(one.name, one.problem) for one in datablock.list_blocks()] == [("b", None)]
    with Segment("b") as segment:
        assert segment.info() == made
        assert segment.first_impossible_slot() is None
        with pytest.raises(errors.InvalidArgumentError):
            segment.diagnose_slot(3)
        snapshot = segment.snapshot()
        assert snapshot.by_phase[Phase.FREE] == 3 and snapshot.by_verdict[SlotVerdict.HEALTHY] == 3
    with pytest.raises(errors.ClosedError):
        segment.info()
    with pytest.raises(errors.SyncForbiddenError):
        Consumer("b")
    with pytest.raises(FileExistsError):
        Segment.create("b", slots=3, slot_size=100)
    with pytest.raises(errors.ConfigDiffersError, match="slot"):
        Producer.create("b", slots=4, slot_size=100)
    with pytest.raises(errors.RecreatedError):
        Segment.unlink("b", instance="0" * 31 + "1")
    with Producer("b"):
        with pytest.raises(errors.InUseError):
            Segment.unlink("b", instance=made.instance)
    Segment.unlink("b", instance=made.instance)
    with pytest.raises(errors.NoSuchBlockError):
        Segment("b")


def test_damage_is_told(directory: Path) -> None:
    Segment.create("b", slots=2, slot_size=8)
    with Producer("b") as producer:
        producer.write(b"x")
    raw = bytearray((directory / "b").read_bytes())
    with Segment("b") as segment:
        state = segment.slot_state(0)
        # Slots lie behind everything else that may look the same, a process id say.
        place = raw.rindex(state.word.to_bytes(8, "little"))
        with open(directory / "b", "r+b") as file:
            file.seek(place)
            file.write(b"\xff" * 8)
        assert segment.first_impossible_slot() == 0
        report = segment.validate()
        assert not report.is_sound
        assert report.violations[0].slot == 0
    with open(directory / "b", "r+b") as file:
        file.truncate(100)
    assert [one.problem for one in datablock.list_blocks()] == [ErrorCode.TRUNCATED]


def test_wrong_options_are_refused(directory: Path) -> None:
    with pytest.raises(errors.ConfigInvalidError, match="did you mean 'slot_size'"):
        Segment.create("b", slots=1, slotsize=2)  # type: ignore[call-arg]
    with pytest.raises(errors.ConfigInvalidError, match="slots is an integer"):
        Segment.create("b", slots=0, slot_size=1)
    with pytest.raises(errors.ConfigInvalidError, match="self_heal is True or False"):
        Segment.create("b", slots=1, slot_size=1, self_heal=1)  # type: ignore[arg-type]
    with pytest.raises(errors.InvalidArgumentError, match="did you mean 'xxh3'"):
        Segment.create("b", slots=1, slot_size=1, checksum="xxh")  # type: ignore[arg-type]
    assert datablock.list_blocks() == []
