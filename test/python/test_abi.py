"""The package knows the C interface as it is."""

from __future__ import annotations

import ctypes
import re
import subprocess
from pathlib import Path

import datablock
from datablock import _library, _structs, errors, options, reports

ROOT = Path(__file__).resolve().parents[2]
INCLUDE = ROOT / "native" / "include"
HEADER = (INCLUDE / "datablock" / "datablock.h").read_text()

STRUCTS = {
    "zone_config": _structs.ZoneConfig,
    "config": _structs.Config,
    "segment_info": _structs.SegmentInfo,
    "slot": _structs.Slot,
    "message": _structs.Message,
    "producer_options": _structs.ProducerOptions,
    "stats": _structs.Stats,
    "consumer_options": _structs.ConsumerOptions,
    "slot_state": _structs.SlotState,
    "slot_diagnosis": _structs.SlotDiagnosis,
    "participant": _structs.Participant,
    "snapshot": _structs.Snapshot,
    "spinlock_diagnosis": _structs.SpinlockDiagnosis,
    "timeouts": _structs.Timeouts,
    "zone": _structs.Zone,
    "zone_user_options": _structs.ZoneUserOptions,
    "violation": _structs.Violation,
    "validation": _structs.Validation,
    "metrics": _structs.Metrics,
    "history_entry": _structs.HistoryEntry,
    "recovery_action": _structs.RecoveryAction,
}
NUMBERS = {
    **{f"PRODUCERS_{name.upper()}": number for name, number in options.PRODUCER_MODES.items()},
    **{f"MODE_{name.upper()}": number for name, number in options.CONSUMER_MODES.items()},
    **{f"FROM_{name.upper()}": number for name, number in options.STARTS.items()},
    **{f"CHECKSUM_{name.upper().replace('-', '_')}": number for name, number in options.CHECKSUM_ALGORITHMS.items()},
    **{f"POLICY_{name.upper()}": number for name, number in options.CHECKSUM_POLICIES.items()},
    **{f"OVERFLOW_{name.upper()}": number for name, number in options.OVERFLOW_POLICIES.items()},
    **{f"FENCES_{name.upper()}": number for name, number in options.FENCES.items()},
    **{f"WAIT_{name.upper()}": number for name, number in options.WAIT_STRATEGIES.items()},
    **{f"SCHEMA_{name.upper()}": number for name, number in options.SCHEMA_MATCHES.items()},
    **{f"PHASE_{entry.name}": entry.value for entry in reports.Phase},
    **{f"SLOT_{entry.name}": entry.value for entry in reports.SlotVerdict},
    **{f"VERDICT_{entry.name}": entry.value for entry in reports.Verdict},
    **{f"DOUBT_{entry.name}": entry.value for entry in reports.Doubt},
    **{f"ROLE_{entry.name}": entry.value for entry in reports.Role},
    **{f"ENTRY_{entry.name}": entry.value for entry in reports.EntryState},
    **{f"ACTION_{entry.name}": entry.value for entry in reports.ActionKind},
    **{f"SPINLOCK_{entry.name}": entry.value for entry in reports.SpinlockVerdict},
    **{f"EVIDENCE_{entry.name}": entry.value for entry in reports.Evidence},
    "FLAG_LINE": options.FLAG_LINE,
    "FLAG_PATTERN": options.FLAG_PATTERN,
    "ABI_VERSION": _library.ABI_VERSION,
}


def test_structs_and_numbers_are_those_of_the_c_compiler(tmp_path: Path) -> None:
    expected = []
    statements = []
    for name, struct in STRUCTS.items():
        expected.append(f"{name} {ctypes.sizeof(struct)}")
        statements.append(f'printf("{name} %zu\\n", sizeof(datablock_{name}));')
        for field, *_ in struct._fields_:
            expected.append(f"{name}.{field} {getattr(struct, field).offset} {getattr(struct, field).size}")
            statements.append(
                f'printf("{name}.{field} %zu %zu\\n", offsetof(datablock_{name}, {field}),'
                f" sizeof(((datablock_{name}*)0)->{field}));"
            )
    for name, number in NUMBERS.items():
        expected.append(f"{name} {number}")
        statements.append(f'printf("{name} %d\\n", (int)DATABLOCK_{name});')
    source = tmp_path / "all.c"
    source.write_text("#include <stdio.h>\n#include <datablock/datablock.h>\nint main(void) {\n" + "\n".join(statements) + "\n}\n")
    program = tmp_path / "all"
    subprocess.run(["cc", "-std=c11", f"-I{INCLUDE}", str(source), "-o", str(program)], check=True)
    told = subprocess.run([str(program)], check=True, capture_output=True, text=True).stdout
    assert told.splitlines() == expected


def test_every_struct_and_enumerator_of_the_header_is_known() -> None:
    assert {name for name in re.findall(r"^} datablock_(\w+);", HEADER, re.M)} == set(STRUCTS)
    enumerators = set(re.findall(r"\bDATABLOCK_((?:PHASE|SLOT|VERDICT|DOUBT|ROLE|ENTRY|ACTION|EVIDENCE|SPINLOCK)_\w+) =", HEADER))
    assert enumerators <= set(NUMBERS)


def test_every_function_of_the_header_is_declared() -> None:
    declared = set(re.findall(r"^DATABLOCK_API [^;(]*?\b((?:datablock|slot_rw)_\w+)\(", HEADER, re.M))
    known = set(_library._FUNCTIONS) | set(_library._CLOSERS) | set(_library._TEXTS)
    known |= {"datablock_abi_version", "datablock_layout_version", "datablock_set_longest_wait"}
    # What the generated catalogue says already, and single messages, which Python reads in place.
    unused = {
        "datablock_error_string",
        "datablock_error_advice",
        "datablock_error_exit_code",
        "datablock_last_error",
        "datablock_consumer_read",
    }
    assert declared == known | unused


def test_exceptions_are_those_of_the_library() -> None:
    library = _library.library
    library.datablock_error_string.restype = ctypes.c_char_p
    library.datablock_error_advice.restype = ctypes.c_char_p
    codes = []
    index = 0
    while (code := library.datablock_error_at(index)) != 0:
        codes.append(code)
        index += 1
    assert sorted(errors.BY_CODE) == sorted(-code for code in codes)
    for code in codes:
        kind = errors.BY_CODE[-code]
        assert kind.code == -code
        assert library.datablock_error_name(code).decode() == kind.code.name
        assert library.datablock_error_string(code).decode() == kind.sentence
        assert library.datablock_error_advice(code).decode() == "\n".join(kind.advice)
        assert library.datablock_error_exit_code(code) == kind.exit_code


def test_versions_are_those_of_the_package() -> None:
    assert f'"version": "{datablock.library_version()}"' in (ROOT / "package.json").read_text()
