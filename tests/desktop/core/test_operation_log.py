"""The operation log: bounded, readable, and safe to read back after a crash."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.core.events import Origin
from desktop.core.operation_log import Operation, OperationLog, parse_line

MIB = 1 << 20
UNLOAD = Operation(
    1_800_000_000.0, "unload", Origin.TIMER, 2048 * MIB, 0, "Freed 2.0 GiB, 0 MiB of ours left."
)


def test_an_entry_is_one_line_and_one_sentence() -> None:
    assert "\n" not in UNLOAD.line()
    assert json.loads(UNLOAD.line())["by"] == "timer"
    assert parse_line(UNLOAD.line()) == UNLOAD
    assert UNLOAD.sentence().endswith("unload  by timer  2.0 GiB → 0 MiB  Freed 2.0 GiB, 0 MiB of ours left.")
    assert Operation(0.0, "load", Origin.TRAY).sentence().endswith("load  by tray")


@pytest.mark.parametrize(
    "line",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"at_s": 1, "what": "x", "by": "nobody"}',
        "null",
        '"x"',
        '{"at_s": NaN, "what": "x", "by": "timer"}',
        '{"at_s": 1e99, "what": "x", "by": "timer"}',
    ],
)
def test_a_damaged_line_is_left_out(line: str) -> None:
    assert parse_line(line) is None
    log = OperationLog()
    log.read(f"{line}\n{UNLOAD.line()}")
    assert log.entries == (UNLOAD,)


@given(st.text())
def test_nothing_in_a_file_stops_the_program(text: str) -> None:
    OperationLog().read(text)


def test_a_later_version_may_know_more() -> None:
    later = {**json.loads(UNLOAD.line()), "temperature": 60}
    assert parse_line(json.dumps(later)) == UNLOAD


def test_the_oldest_is_forgotten() -> None:
    log = OperationLog(limit=3)
    for number in range(5):
        log.add(Operation(float(number), "clean", Origin.THRESHOLD))
    assert [entry.at_s for entry in log.entries] == [2.0, 3.0, 4.0]
