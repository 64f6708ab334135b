"""libdatablock: where it is found, what it offers, and how its result codes become exceptions."""

from __future__ import annotations

import ctypes
import os
from ctypes import POINTER, c_char_p, c_int, c_int32, c_int64, c_size_t, c_uint8, c_uint32, c_uint64, c_void_p
from pathlib import Path
from typing import Any

from datablock import _structs as structs
from datablock.errors import BY_CODE, DataBlockError, InternalError, SchemaValidationError

ABI_VERSION = 1
_FILE = "libdatablock.so.1"

#: A call that waits is handed back after so long, so that Python gets to run its signal handlers.
_LONGEST_WAIT_MS = 50

BlockVisitor = ctypes.CFUNCTYPE(c_int, c_char_p, c_int32, c_void_p)
DifferenceVisitor = ctypes.CFUNCTYPE(None, c_char_p, c_uint32, c_void_p)
ViolationVisitor = ctypes.CFUNCTYPE(None, POINTER(structs.Violation), c_void_p)

_handle = c_void_p
_count = POINTER(c_size_t)
_number = POINTER(c_uint64)
_text = POINTER(c_char_p)
_ends = POINTER(c_uint64)

# Functions that return a result code, with the types of their arguments. Structs go as addresses.
_FUNCTIONS: dict[str, list[Any]] = {
    "datablock_error_at": [c_size_t],
    "datablock_get_timeouts": [c_void_p],
    "datablock_schema_check": [c_char_p],
    "datablock_schema_hash": [c_char_p, POINTER(c_uint8)],
    "datablock_schema_differences": [c_char_p, c_char_p, DifferenceVisitor, c_void_p],
    "datablock_secret_from_bytes": [POINTER(c_uint8), POINTER(c_void_p)],
    "datablock_secret_from_file": [c_char_p, POINTER(c_void_p)],
    "datablock_secret_from_descriptor": [c_int, POINTER(c_void_p)],
    "datablock_segment_create": [c_char_p, c_char_p, c_void_p],
    "datablock_segment_open_or_create": [c_char_p, c_char_p, c_void_p, POINTER(c_uint32)],
    "datablock_segment_unlink": [c_char_p, c_char_p, c_char_p, c_uint32],
    "datablock_segment_info_of": [c_char_p, c_char_p, c_void_p],
    "datablock_segment_list": [c_char_p, BlockVisitor, c_void_p],
    "slot_rw_acquire_write": [_handle, c_int64, c_void_p],
    "slot_rw_commit": [_handle, c_uint64, c_uint32],
    "slot_rw_release_write": [_handle],
    "slot_rw_acquire_read": [_handle, c_int64, c_void_p, c_void_p],
    "slot_rw_validate_read": [_handle, c_uint64],
    "slot_rw_release_read": [_handle],
    "datablock_producer_open": [c_char_p, c_void_p, POINTER(c_void_p)],
    "datablock_producer_leave": [_handle],
    "datablock_producer_info": [_handle, c_void_p],
    "datablock_producer_schema": [_handle, _text],
    "datablock_producer_stats": [_handle, c_void_p],
    "datablock_producer_payload": [_handle, POINTER(c_void_p), _number],
    "datablock_producer_write": [_handle, c_void_p, c_uint64, c_uint32, c_int64],
    "datablock_producer_write_run": [_handle, c_void_p, _ends, c_size_t, c_uint32, c_int64, _count],
    "datablock_producer_acquire_run": [_handle, c_int64, c_void_p, c_size_t, _count],
    "datablock_producer_commit_run": [_handle, _ends, c_size_t, c_uint32, _count],
    "datablock_producer_mark_end": [_handle, c_int64],
    "datablock_producer_update_checksum": [_handle, c_uint64, c_uint32],
    "datablock_producer_heartbeat": [_handle],
    "datablock_producer_check_in": [_handle],
    "datablock_producer_sync_consumers": [_handle, POINTER(c_uint32)],
    "datablock_producer_cancel": [_handle],
    "datablock_consumer_open": [c_char_p, c_void_p, POINTER(c_void_p)],
    "datablock_consumer_leave": [_handle],
    "datablock_consumer_info": [_handle, c_void_p],
    "datablock_consumer_schema": [_handle, _text],
    "datablock_consumer_stats": [_handle, c_void_p],
    "datablock_consumer_payload": [_handle, POINTER(c_void_p), _number],
    "datablock_consumer_acquire_run": [_handle, c_int64, c_void_p, c_size_t, _count],
    "datablock_consumer_release_run": [_handle, c_size_t],
    "datablock_consumer_read_run": [_handle, c_void_p, c_uint64, _ends, c_size_t, c_int64, _count, _number],
    "datablock_consumer_verify_checksum": [_handle],
    "datablock_consumer_heartbeat": [_handle],
    "datablock_consumer_seek": [_handle, c_uint64],
    "datablock_consumer_seek_latest": [_handle],
    "datablock_consumer_check_in": [_handle],
    "datablock_consumer_note_send_failure": [_handle],
    "datablock_consumer_dead_producers": [_handle, POINTER(c_uint32)],
    "datablock_consumer_cancel": [_handle],
    "datablock_zone_user_open": [c_char_p, c_void_p, POINTER(c_void_p)],
    "datablock_zone_user_leave": [_handle],
    "datablock_zone_user_info": [_handle, c_void_p],
    "datablock_zone_user_heartbeat": [_handle],
    "datablock_zone_user_cancel": [_handle],
    "datablock_zone_user_zone": [_handle, c_char_p, c_void_p],
    "datablock_zone_user_update_checksum": [_handle, c_char_p],
    "datablock_zone_user_verify_checksum": [_handle, c_char_p],
    "datablock_spinlock_open": [_handle, c_uint32, POINTER(c_void_p)],
    "datablock_spinlock_lock": [_handle, c_int64],
    "datablock_spinlock_unlock": [_handle],
    "datablock_spinlock_mark_consistent": [_handle],
    "datablock_spinlock_is_held": [_handle],
    "datablock_observer_spinlocks": [_handle, c_uint64, c_void_p, c_size_t, _count],
    "datablock_observer_zones": [_handle, c_void_p, c_size_t, _count],
    "datablock_observer_verify_zone": [_handle, c_char_p],
    "datablock_observer_open": [c_char_p, c_char_p, POINTER(c_void_p)],
    "datablock_observer_open_snapshot": [c_char_p, POINTER(c_void_p)],
    "datablock_observer_use_secret": [_handle, c_void_p],
    "datablock_observer_info": [_handle, c_void_p],
    "datablock_observer_schema": [_handle, _text],
    "datablock_observer_snapshot": [_handle, c_uint64, c_void_p],
    "datablock_observer_participants": [_handle, c_void_p, c_size_t, _count],
    "datablock_diagnose_slot": [_handle, c_uint64, c_uint64, c_void_p],
    "datablock_diagnose_all_slots": [_handle, c_uint64, c_void_p, c_size_t, _count],
    "datablock_get_slot_state": [_handle, c_uint64, c_void_p],
    "datablock_is_slot_stuck": [_handle, c_uint64],
    "datablock_is_process_alive": [c_uint32, c_uint64],
    "datablock_validate_integrity": [_handle, c_uint32, ViolationVisitor, c_void_p, c_void_p],
    "datablock_validate_slot_states": [_handle, _number],
    "datablock_get_metrics": [_handle, c_void_p],
    "datablock_observer_history": [_handle, c_void_p, c_size_t, _count],
    "datablock_observer_plan": [_handle, c_uint32, c_void_p, c_size_t, _count],
    "datablock_recovery_open": [c_char_p, c_char_p, POINTER(c_void_p)],
    "datablock_recovery_info": [_handle, c_void_p],
    "datablock_recovery_apply": [_handle, c_void_p],
    "datablock_recovery_run": [_handle, c_uint32, c_uint32, c_void_p, c_size_t, _count],
    "datablock_force_reset_slot": [_handle, c_uint64, c_uint32],
    "datablock_force_reset_all_slots": [_handle, c_uint32, _number, _number],
    "datablock_release_zombie_readers": [_handle, _number],
    "datablock_release_zombie_writer": [_handle, _number],
    "datablock_cleanup_dead_consumers": [_handle, _number],
    "datablock_skip_stuck_slot": [_handle, c_uint64],
    "datablock_recovery_evict_consumer": [_handle, c_uint32, c_uint64, c_uint64],
    "datablock_recovery_kill_participant": [_handle, c_uint32, c_uint64, c_int64],
    "datablock_recovery_kill_cleaner": [_handle, c_void_p, c_int64],
}
_CLOSERS = (
    "datablock_producer_close",
    "datablock_consumer_close",
    "datablock_zone_user_close",
    "datablock_spinlock_close",
    "datablock_secret_close",
    "datablock_observer_close",
    "datablock_recovery_close",
)
_TEXTS: dict[str, list[Any]] = {
    "datablock_library_version": [],
    "datablock_error_name": [c_int32],
    "datablock_last_error_detail": [],
    "datablock_last_error_differences": [],
}


def _path() -> str:
    """The environment's DATABLOCK_LIBRARY, else the one in this package, else the system's."""
    given = os.environ.get("DATABLOCK_LIBRARY")
    if given:
        return given
    own = Path(__file__).with_name(_FILE)
    return str(own) if own.exists() else _FILE


def _declare(library: ctypes.CDLL) -> ctypes.CDLL:
    for name, arguments in _FUNCTIONS.items():
        function = getattr(library, name)
        function.argtypes = arguments
        function.restype = c_int32
    for name in _CLOSERS:
        function = getattr(library, name)
        function.argtypes = [c_void_p]
        function.restype = None
    for name, arguments in _TEXTS.items():
        function = getattr(library, name)
        function.argtypes = arguments
        function.restype = c_char_p
    for name in ("datablock_abi_version", "datablock_layout_version"):
        function = getattr(library, name)
        function.argtypes = []
        function.restype = c_uint32
    library.datablock_set_longest_wait.argtypes = [c_uint32]
    library.datablock_set_longest_wait.restype = None
    return library


def _load() -> ctypes.CDLL:
    path = _path()
    try:
        library = _declare(ctypes.CDLL(path))
    except AttributeError as error:
        raise ImportError(f"{path} is of another version than this package: {error}") from None
    except OSError as error:
        raise ImportError(
            f"libdatablock was not found: {error}. Install the datablock wheel, which carries it, or name the file "
            "in the environment's DATABLOCK_LIBRARY."
        ) from None
    if library.datablock_abi_version() < ABI_VERSION:
        raise ImportError(f"{path} is older than this package.")
    library.datablock_set_longest_wait(_LONGEST_WAIT_MS)
    return library


#: Its functions; each lets other Python threads run while it works.
library = _load()
#: The same functions for calls that are over at once: other threads do not run meanwhile, which costs less.
quick = _declare(ctypes.PyDLL(_path()))


def failure(result: int, block: str | None = None) -> DataBlockError:
    """The exception for the result of a call that this thread has just made."""
    detail = library.datablock_last_error_detail().decode("utf-8", "replace")
    error = BY_CODE.get(-result, InternalError)(detail, block)
    if isinstance(error, SchemaValidationError):
        lines = library.datablock_last_error_differences().decode("utf-8", "replace")
        error.differences = tuple(lines.splitlines())
    return error


def check(result: int, block: str | None = None) -> None:
    """Raises the exception of a result that is a failure."""
    if result < 0:
        raise failure(result, block)


def library_version() -> str:
    """Version of libdatablock, ``"major.minor.patch"``."""
    text: bytes = library.datablock_library_version()
    return text.decode()
