"""``plosive doctor``: says what is there, what is not, and what to do."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from audio.events import Problem
from desktop.cli import main
from desktop.cli.checks import Check, Verdict, look_at, of_backends
from desktop.oslayer.session import BackendReport

NONE = Problem("none", "Nothing.", "Do it.")


def test_without_sound_and_desktop_it_says_so_and_fails(home: Path, capsys) -> None:
    assert main.run(["doctor", "--json", "--quick"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["works"] is False
    broken = {(check["area"], check["name"]) for check in told["checks"] if check["verdict"] == "broken"}
    assert {("desktop", "session"), ("hotkey", "hotkey"), ("insert", "insert")} <= broken
    assert all(check["remedy"] for check in told["checks"] if check["verdict"] != "found")
    areas = {check["area"] for check in told["checks"]}
    assert areas == {"folder", "settings", "history", "sound", "voice", "engine", "model", "server", "gpu",
                     "desktop", "hotkey", "insert", "tray", "program"}  # fmt: skip


def test_the_table_is_readable_in_a_pipe(home: Path, capsys) -> None:
    main.run(["doctor", "--quick"])
    told = capsys.readouterr()
    assert "✓" in told.out and "✗" in told.out and "\x1b" not in told.out
    assert "does not work yet" in told.err


def test_trouble_with_files_of_the_user_is_found(home: Path, capsys) -> None:
    (home / "config" / "plosive").mkdir(parents=True)
    (home / "config" / "plosive" / "settings.toml").write_text(
        '[audio]\ntail_ms = "x"\n[model]\nname = "gone"\n'
    )
    (home / "data" / "plosive").mkdir(parents=True)
    (home / "data" / "plosive" / "history.sqlite3").write_bytes(b"x" * 9000)
    assert main.run(["doctor", "--json", "--quick"]) == 1
    checks = {(c["area"], c["name"]): c for c in json.loads(capsys.readouterr().out)["checks"]}
    assert "audio.tail_ms" in checks["settings", "settings.value"]["detail"]
    assert checks["history", "database"]["verdict"] == "missing"
    assert (
        checks["engine", "engine"]["verdict"] == "broken" and "gone" in checks["engine", "engine"]["detail"]
    )


@pytest.mark.desktop
def test_on_a_whole_desktop_dictation_would_work(full_desktop, home: Path) -> None:
    import sys

    told = full_desktop.run([sys.executable, "-m", "desktop", "doctor", "--json"], timeout_s=90)
    checks = json.loads(told)
    assert checks["works"] is True, checks
    verdicts = {(c["area"], c["name"]): c["verdict"] for c in checks["checks"]}
    assert verdicts["model", "chosen model"] == "found"
    assert verdicts["hotkey", "X11 keys (XInput 2)"] == "found"
    assert verdicts["tray", "Tray (StatusNotifierItem)"] == "found"


def report(*, compatible: bool = True, installed: bool = True) -> BackendReport:
    return BackendReport("way", compatible, installed, "" if installed else "Install it.")


def test_one_way_is_enough() -> None:
    checks = of_backends("x", [report(installed=False), report()], Verdict.BROKEN, NONE)
    assert [check.verdict for check in checks] == [Verdict.MISSING, Verdict.FOUND]


def test_no_way_is_broken() -> None:
    assert of_backends("x", [report(installed=False)], Verdict.BROKEN, NONE)[0].verdict is Verdict.BROKEN
    (check,) = of_backends("x", [report(compatible=False)], Verdict.BROKEN, NONE)
    assert check == Check("x", "x", Verdict.BROKEN, "Nothing.", "Do it.")


def test_an_examination_that_fails_is_a_finding() -> None:
    def fail() -> list[Check]:
        raise RuntimeError("oh")

    (check,) = look_at("x", fail)
    assert check.verdict is Verdict.BROKEN and "RuntimeError" in check.detail
