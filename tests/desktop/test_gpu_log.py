"""What was done to the card's memory."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from desktop import gpu_log
from desktop.cli import main
from desktop.cli.log import line_of
from desktop.gpu_log import GpuLog, GpuOperation, utc_now

UNLOAD = GpuOperation("2026-11-21T09:28:55+00:00", "unload", "user", 2 << 30, 0, "Freed 2.0 GiB.")


def test_operations_come_back_in_order(tmp_path: Path) -> None:
    log = GpuLog(tmp_path / "new" / "gpu.jsonl")
    assert log.read() == []
    for number in range(5):
        log.append(GpuOperation(utc_now(), "clean", "timer", number, None))
    assert [each.before_bytes for each in log.read(3)] == [2, 3, 4]
    assert stat.S_IMODE((tmp_path / "new" / "gpu.jsonl").stat().st_mode) == 0o600


def test_a_line_cut_by_a_crash_costs_only_itself(tmp_path: Path) -> None:
    log = GpuLog(tmp_path / "gpu.jsonl")
    log.append(UNLOAD)
    with (tmp_path / "gpu.jsonl").open("ab") as file:
        file.write(b'{"at_utc": "20\n\xff\n[]\n{"other": 1}\n')
    log.append(UNLOAD)
    assert log.read() == [UNLOAD, UNLOAD]


def test_the_file_stays_small_and_the_latest_are_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gpu_log, "MOST_BYTES", 2000)
    log = GpuLog(tmp_path / "gpu.jsonl")
    for number in range(100):
        log.append(GpuOperation(utc_now(), "clean", "timer", number, 0))
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) < 5000
    kept = [each.before_bytes for each in log.read()]
    assert kept == list(range(100 - len(kept), 100)) and len(kept) > 10


def test_a_place_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    GpuLog(tmp_path / "file" / "gpu.jsonl").append(UNLOAD)


def test_people_read_it_on_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    line = line_of(UNLOAD)
    assert "unload" in line and "2.0 → 0.0 GiB" in line and line.endswith("Freed 2.0 GiB.")
    unknown = line_of(GpuOperation("not a time", "x", "y", None, None))
    assert unknown.startswith("not a time") and "?" not in unknown


def test_the_command_prints_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert main.run(["log", "--gpu"]) == 0 and "Nothing has been done" in capsys.readouterr().err
    GpuLog(tmp_path / "plosive" / "gpu-operations.jsonl").append(UNLOAD)
    assert main.run(["log", "--gpu"]) == 0 and "Freed 2.0 GiB." in capsys.readouterr().out
    assert main.run(["log"]) == 0 and "no log yet" in capsys.readouterr().err
