"""The structs of native/include/datablock/datablock.h. The tests compare them with what a C compiler says."""

from __future__ import annotations

from ctypes import Structure, c_char, c_char_p, c_int32, c_int64, c_uint8, c_uint32, c_uint64, c_void_p, sizeof
from typing import Any, TypeVar

#: "No such number" where a seq, a hold, a pin or a slot is told.
NONE = 2**64 - 1

Made = TypeVar("Made", bound=Structure)


def made(struct: type[Made], **fields: Any) -> Made:
    """A struct with its size and these fields set, and zero for everything else."""
    return struct(struct_size=sizeof(struct), **fields)


def made_array(struct: type[Made], count: int) -> Any:
    """An array of structs, whose size the first one tells."""
    array = (struct * count)()
    if count > 0:
        array[0].struct_size = sizeof(struct)
    return array


class ZoneConfig(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("reserved", c_uint32),
        ("name", c_char_p),
        ("bytes", c_uint64),
    ]


class Config(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("file_mode", c_uint32),
        ("slot_count", c_uint64),
        ("slot_size", c_uint64),
        ("producer_mode", c_uint32),
        ("max_participants", c_uint32),
        ("max_sync", c_int32),
        ("checksum_algorithm", c_uint32),
        ("checksum_policy", c_uint32),
        ("overflow_policy", c_uint32),
        ("fences", c_uint32),
        ("self_heal", c_uint32),
        ("heal_after_ms", c_uint32),
        ("timestamps", c_uint32),
        ("set_group", c_uint32),
        ("group", c_uint32),
        ("zones", c_void_p),
        ("zone_count", c_uint64),
        ("schema", c_char_p),
        ("secret", c_void_p),
    ]


class SegmentInfo(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("layout_version", c_uint32),
        ("instance", c_uint8 * 16),
        ("total_size", c_uint64),
        ("slot_count", c_uint64),
        ("slot_size", c_uint64),
        ("stride", c_uint64),
        ("producer_mode", c_uint32),
        ("max_participants", c_uint32),
        ("max_sync", c_uint32),
        ("checksum_algorithm", c_uint32),
        ("checksum_policy", c_uint32),
        ("overflow_policy", c_uint32),
        ("fences", c_uint32),
        ("self_heal", c_uint32),
        ("heal_after_ms", c_uint32),
        ("timestamps", c_uint32),
        ("zone_count", c_uint32),
        ("creator_pid", c_uint32),
        ("created_ns", c_uint64),
        ("creator_version", c_char * 32),
        ("has_secret", c_uint32),
        ("reserved", c_uint32),
    ]


class Slot(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("reserved", c_uint32),
        ("seq", c_uint64),
        ("slot", c_uint64),
        ("data", c_void_p),
        ("capacity", c_uint64),
    ]


class Message(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("flags", c_uint32),
        ("seq", c_uint64),
        ("slot", c_uint64),
        ("generation", c_uint64),
        ("data", c_void_p),
        ("length", c_uint64),
        ("lost", c_uint64),
        ("writer", c_uint32),
        ("reserved", c_uint32),
    ]


class ProducerOptions(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("wait", c_uint32),
        ("dir", c_char_p),
        ("label", c_char_p),
        ("note", c_char_p),
        ("populate", c_uint32),
        ("watch_name", c_uint32),
        ("standby_ms", c_int64),
        ("schema", c_char_p),
        ("secret", c_void_p),
        ("seal_all", c_uint32),
        ("reserved", c_uint32),
    ]


class Stats(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("participant", c_uint32),
        ("messages", c_uint64),
        ("bytes", c_uint64),
        ("lost", c_uint64),
        ("timeouts", c_uint64),
        ("healed", c_uint64),
        ("corrupt", c_uint64),
    ]


class ConsumerOptions(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("wait", c_uint32),
        ("dir", c_char_p),
        ("label", c_char_p),
        ("note", c_char_p),
        ("populate", c_uint32),
        ("watch_name", c_uint32),
        ("mode", c_uint32),
        ("from", c_uint32),
        ("schema", c_char_p),
        ("schema_match", c_uint32),
        ("on_corrupt", c_uint32),
        ("secret", c_void_p),
    ]


class SlotState(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("phase", c_uint32),
        ("word", c_uint64),
        ("generation", c_uint64),
        ("seq", c_uint64),
        ("owner", c_uint32),
        ("writer", c_uint32),
        ("length", c_uint64),
        ("flags", c_uint32),
        ("reserved", c_uint32),
        ("acquired_ns", c_uint64),
        ("committed_ns", c_uint64),
    ]


class SlotDiagnosis(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("verdict", c_uint32),
        ("slot", c_uint64),
        ("word", c_uint64),
        ("generation", c_uint64),
        ("seq", c_uint64),
        ("phase", c_uint32),
        ("owner", c_uint32),
        ("owner_pid", c_uint32),
        ("owner_verdict", c_uint32),
        ("held_for_ns", c_int64),
        ("held_by", c_uint64),
        ("length", c_uint64),
        ("flags", c_uint32),
        ("is_safe_to_reset", c_uint32),
    ]


class Participant(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("id", c_uint32),
        ("role", c_uint32),
        ("mode", c_uint32),
        ("state", c_uint32),
        ("standby", c_uint32),
        ("verdict", c_uint32),
        ("doubt", c_uint32),
        ("pid", c_uint32),
        ("uid", c_uint32),
        ("start_time", c_uint64),
        ("pid_namespace", c_uint64),
        ("lock_held", c_int32),
        ("same_boot", c_int32),
        ("same_pid_namespace", c_int32),
        ("same_start_time", c_int32),
        ("heartbeat_age_ns", c_int64),
        ("joined_ns", c_uint64),
        ("generation", c_uint64),
        ("hold", c_uint64),
        ("pin", c_uint64),
        ("lag", c_uint64),
        ("messages", c_uint64),
        ("bytes", c_uint64),
        ("lost", c_uint64),
        ("errors", c_uint64),
        ("cleaner_pid", c_uint32),
        ("cleaner_verdict", c_uint32),
        ("label", c_char * 32),
        ("note", c_char * 64),
        ("cleaner_start_time", c_uint64),
        ("cleaner_pid_namespace", c_uint64),
        ("version", c_char * 16),
    ]


class ZoneUserOptions(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("wait", c_uint32),
        ("dir", c_char_p),
        ("label", c_char_p),
        ("note", c_char_p),
        ("populate", c_uint32),
        ("watch_name", c_uint32),
        ("secret", c_void_p),
    ]


class Zone(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("index", c_uint32),
        ("data", c_void_p),
        ("size", c_uint64),
        ("name", c_char * 48),
    ]


class SpinlockDiagnosis(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("index", c_uint32),
        ("verdict", c_uint32),
        ("owner", c_uint32),
        ("thread", c_uint32),
        ("depth", c_uint32),
        ("is_awaited", c_uint32),
        ("reserved", c_uint32),
        ("held_for_ns", c_int64),
    ]


class Timeouts(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("reserved", c_uint32),
        ("write_ms", c_int64),
        ("read_ms", c_int64),
        ("standby_ms", c_int64),
        ("lock_ms", c_int64),
        ("kill_ms", c_int64),
        ("stuck_after_ms", c_int64),
    ]


class Snapshot(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("participants", c_uint32),
        ("at_ns", c_uint64),
        ("claim", c_uint64),
        ("by_phase", c_uint64 * 8),
        ("by_verdict", c_uint64 * 9),
    ]


class Violation(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("participant", c_uint32),
        ("slot", c_uint64),
        ("repairable", c_uint32),
        ("reserved", c_uint32),
        ("rule", c_char_p),
        ("detail", c_char_p),
    ]


class Validation(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("reserved", c_uint32),
        ("slots_checked", c_uint64),
        ("checksums_verified", c_uint64),
        ("moving", c_uint64),
        ("violations", c_uint64),
        ("repairable", c_uint64),
        ("checksums_unverifiable", c_uint64),
    ]


class Metrics(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("reserved", c_uint32),
        ("writer_timeout_count", c_uint64),
        ("writer_blocked_total_ns", c_uint64),
        ("reader_race_detected", c_uint64),
        ("reader_peak_count", c_uint64),
        ("last_error_timestamp_ns", c_uint64),
        ("last_error_code", c_uint64),
        ("error_sequence", c_uint64),
        ("slot_acquire_errors", c_uint64),
        ("checksum_failures", c_uint64),
        ("zmq_send_failures", c_uint64),
        ("heartbeat_sent_count", c_uint64),
        ("heartbeat_failed_count", c_uint64),
        ("total_slots_written", c_uint64),
        ("total_slots_read", c_uint64),
        ("total_bytes_written", c_uint64),
        ("total_bytes_read", c_uint64),
        ("messages_lost", c_uint64),
        ("tombstones", c_uint64),
        ("uptime_seconds", c_uint64),
        ("recovery_actions", c_uint64),
        ("unused", c_uint64 * 11),
    ]


class HistoryEntry(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("action", c_uint32),
        ("ticket", c_uint64),
        ("at_ns", c_uint64),
        ("pid", c_uint32),
        ("uid", c_uint32),
        ("evidence", c_uint32),
        ("participant", c_uint32),
        ("slot", c_uint64),
        ("seq", c_uint64),
        ("before", c_uint64),
        ("after", c_uint64),
    ]


class RecoveryAction(Structure):
    _fields_ = [
        ("struct_size", c_uint32),
        ("kind", c_uint32),
        ("participant", c_uint32),
        ("loses", c_uint32),
        ("generation", c_uint64),
        ("slot", c_uint64),
        ("seq", c_uint64),
        ("before", c_uint64),
        ("after", c_uint64),
        ("result", c_int32),
        ("reserved", c_uint32),
    ]
