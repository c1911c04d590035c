"""``plosive history``."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from desktop.cli import main
from desktop.core.file_job_facts import Piece
from desktop.history import HistoryEntry, HistoryStore
from desktop.history.file_work import FileWork
from desktop.oslayer.paths import app_paths

NOW = datetime.now(UTC)


@pytest.fixture
def said(home: Path) -> Path:
    with HistoryStore(home / "data" / "plosive") as store:
        for number, text in enumerate(["good morning", "早上好\n今天", "good night"]):
            audio = home / f"{number}.wav"
            audio.touch()
            store.add(HistoryEntry(NOW + timedelta(seconds=number), NOW, text, audio_path=str(audio)))
    return home


def run(capsys, *arguments: str) -> tuple[int, str, str]:
    code = main.run(["history", *arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_the_newest_stand_last(said: Path, capsys) -> None:
    code, out, _ = run(capsys, "list", "-n", "2")
    assert code == 0 and [line[21:] for line in out.splitlines()] == ["早上好 今天", "good night"]
    assert json.loads(run(capsys, "list", "--json")[1])[0]["text"] == "good night"


def test_search_tells_by_its_exit_code(said: Path, capsys) -> None:
    assert run(capsys, "search", "上好")[0] == 0
    assert run(capsys, "search", "good", "night")[1].count("\n") == 1
    code, out, err = run(capsys, "search", "elephant")
    assert (code, out) == (1, "") and err


def test_without_a_history_it_is_said(home: Path, capsys) -> None:
    code, out, err = run(capsys, "list")
    assert (code, out) == (1, "") and "no history yet" in err
    assert run(capsys, "clear", "--yes")[0] == 0
    assert not (home / "data" / "plosive").exists()


def test_clearing_asks_and_takes_the_recordings_along(said: Path, capsys) -> None:
    code, _, err = run(capsys, "clear")
    assert code == 1 and "--yes" in err and (said / "0.wav").exists()
    assert run(capsys, "clear", "--yes")[0] == 0
    assert not (said / "0.wav").exists()
    assert run(capsys, "list")[1] == ""


def test_clearing_takes_along_what_an_interrupted_job_left_where_no_history_is_kept(
    home: Path, capsys
) -> None:
    piece = Piece(0, 0, 1000, 0, "words of a recording")
    work = FileWork(app_paths().state)
    work.keep("source", "work", piece, datetime.now(UTC))
    work.close()
    assert run(capsys, "clear", "--yes")[0] == 0
    work = FileWork(app_paths().state)
    assert work.pieces("source", "work") == {}
    work.close()


def test_export_writes_a_private_file(said: Path, capsys) -> None:
    out = said / "all.json"
    assert run(capsys, "export", str(out))[0] == 0
    assert [each["text"] for each in json.loads(out.read_text())] == [
        "good morning",
        "早上好\n今天",
        "good night",
    ]
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    code, text, _ = run(capsys, "export", "-", "--format", "csv")
    assert code == 0 and text.startswith("id,started_utc,") and text.count("good") == 2


@pytest.mark.parametrize("out", ["all.docx", "all", "nowhere/all.json"])
def test_an_export_that_cannot_be_is_told(said: Path, capsys, out: str) -> None:
    code, _, err = run(capsys, "export", str(said / out))
    assert code == 1 and "→" in err and not (said / out).exists()


def test_a_place_of_the_users_choosing(home: Path, capsys) -> None:
    with HistoryStore(home / "elsewhere") as store:
        store.add(HistoryEntry(NOW, NOW, "found me"))
    main.run(["config", "set", "history.directory", str(home / "elsewhere")])
    capsys.readouterr()
    assert "found me" in run(capsys, "list")[1]


def test_a_damaged_history_is_a_sentence(home: Path, capsys) -> None:
    (home / "data" / "plosive").mkdir(parents=True)
    (home / "data" / "plosive" / "history.sqlite3").write_bytes(b"x" * 9000)
    code, out, err = run(capsys, "list")
    assert (code, out) == (1, "") and "→" in err
