"""DataBlock: messages between processes of one machine, through a named block of shared memory.

A **block** is a file in /dev/shm: a ring of slots. **Producers** write messages into slots and **consumers** read them there;
nothing is copied. A :class:`Segment` looks at a block without changing a byte of it, and :class:`Recovery` repairs what dead
participants left behind. docs/python.md begins with a tutorial::

    import datablock

    datablock.Segment.create("sensor", slots=64, slot_size=4096)
    with datablock.Producer("sensor") as producer:
        with producer.acquire() as slot:
            slot.write(b"hello")

Exceptions are in :mod:`datablock.errors`, one for each kind.
"""

from datablock import errors
from datablock._library import library_version
from datablock.consumer import Consumer
from datablock.errors import DataBlockError, ErrorCode, SchemaValidationError
from datablock.message import Message, MessageBatch
from datablock.producer import Producer
from datablock.recovery import Recovery, auto_recover
from datablock.reports import (
    ActionKind,
    HandleStats,
    HistoryEntry,
    Metrics,
    ParticipantReport,
    Phase,
    RecoveryAction,
    Role,
    SegmentInfo,
    SlotDiagnosis,
    SlotState,
    SlotVerdict,
    Snapshot,
    SpinlockDiagnosis,
    SpinlockVerdict,
    ValidationReport,
    Verdict,
    Violation,
)
from datablock.schema import Schema, SchemaDifference, bytes_type
from datablock.secret import Secret
from datablock.segment import ListedBlock, Segment, diagnose, get_metrics, is_process_alive, list_blocks, validate
from datablock.timeouts import Timeouts
from datablock.write_slot import WriteSlot
from datablock.zones import SharedSpinLock, ZoneUser

__all__ = [
    "ActionKind",
    "Consumer",
    "DataBlockError",
    "ErrorCode",
    "HandleStats",
    "HistoryEntry",
    "ListedBlock",
    "Message",
    "MessageBatch",
    "Metrics",
    "ParticipantReport",
    "Phase",
    "Producer",
    "Recovery",
    "RecoveryAction",
    "Role",
    "Schema",
    "SchemaDifference",
    "SchemaValidationError",
    "Secret",
    "Segment",
    "SegmentInfo",
    "SlotDiagnosis",
    "SlotState",
    "SlotVerdict",
    "SharedSpinLock",
    "Snapshot",
    "SpinlockDiagnosis",
    "SpinlockVerdict",
    "Timeouts",
    "ValidationReport",
    "Verdict",
    "Violation",
    "WriteSlot",
    "ZoneUser",
    "auto_recover",
    "bytes_type",
    "diagnose",
    "errors",
    "get_metrics",
    "is_process_alive",
    "library_version",
    "list_blocks",
    "validate",
]
