"""``plosive meetings``."""

from __future__ import annotations

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pysubs2
import pytest

from desktop.cli import main
from desktop.core.timed_text import Bookmark, TimedText
from desktop.history import HistoryStore, Meeting
from tests.desktop.cli.conftest import Plosive

NOW = datetime.now(UTC).replace(microsecond=0)
FIRST, SECOND, OPEN = "aaaa1111-x", "aaab2222-y", "bbbb3333-z"


@pytest.fixture
def met(home: Path) -> Path:
    """Two meetings that are over and one that goes on; the folder of their sound."""
    sound = home / "data" / "plosive" / "meetings"
    with HistoryStore(home / "data" / "plosive") as store:
        for hours, key, texts in (
            (3, FIRST, ("The budget is fine.", "好的，预算没问题。")),
            (2, SECOND, ("Hello.",)),
            (1, OPEN, ("We have just begun.",)),
        ):
            (sound / key).mkdir(parents=True)
            (sound / key / "me.flac").touch()
            started = NOW - timedelta(hours=hours)
            store.meetings.begin(
                Meeting(key, "", started, model="m", device="cpu", recording=str(sound / key))
            )
            for number, text in enumerate(texts, start=1):
                line = TimedText(number * 2000, number * 2000 + 1500, text, ("Me", "Others")[number - 1])
                store.meetings.put_line(key, number, line)
            if key != OPEN:
                store.meetings.end(key, started + timedelta(minutes=52))
        store.meetings.rename(FIRST, "Weekly")
        store.meetings.add_bookmark(FIRST, Bookmark(2500, "money"))
    return sound


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main.run(["meetings", *arguments])
    told = capsys.readouterr()
    return code, told.out, told.err


def test_the_newest_stand_last_with_what_they_are(met: Path, capsys) -> None:
    code, out, _ = run(capsys, "list")
    assert code == 0
    rows = out.splitlines()
    assert [row[:8] for row in rows] == ["aaaa1111", "aaab2222", "bbbb3333"]
    assert "00:52:00" in rows[0] and " 11 words" in rows[0] and rows[0].endswith("Weekly")
    assert rows[2].endswith("(goes on)")
    known = json.loads(run(capsys, "list", "--json")[1])
    assert [each["id"] for each in known] == [OPEN, SECOND, FIRST]
    assert (known[2]["title"], known[2]["words"], known[0]["ended_utc"]) == ("Weekly", 11, None)


def test_one_is_shown_with_times_and_speakers(met: Path, capsys) -> None:
    expected = "00:00:02  Me: The budget is fine.\n00:00:04  Others: 好的，预算没问题。\n"
    assert run(capsys, "show", "aaaa")[:2] == (0, expected)
    known = json.loads(run(capsys, "show", FIRST, "--json")[1])
    assert known["bookmarks"] == [{"at_ms": 2500, "note": "money"}]
    assert run(capsys, "show", "last")[1] == "00:00:02  Me: We have just begun.\n"


@pytest.mark.parametrize(
    ("name", "says"), [("zzz", "There is no meeting"), ("aaa", "Several meetings begin")]
)
def test_a_name_that_fits_none_or_several_is_told(met: Path, capsys, name: str, says: str) -> None:
    code, out, err = run(capsys, "show", name)
    assert (code, out) == (1, "") and says in err and "→" in err


def test_search_tells_by_its_exit_code(met: Path, capsys) -> None:
    code, out, _ = run(capsys, "search", "budget")
    assert code == 0 and out.splitlines()[1] == "  00:00:02  Me: The budget is fine."
    assert run(capsys, "search", "预算")[1].count("\n") == 2
    (found,) = json.loads(run(capsys, "search", "budget", "--json")[1])
    assert [hit["start_ms"] for hit in found["hits"]] == [2000]
    code, out, err = run(capsys, "search", "elephant")
    assert (code, out) == (1, "") and err


def test_export_writes_a_private_file_of_the_kind_its_name_tells(met: Path, home: Path, capsys) -> None:
    out = home / "meeting.srt"
    assert run(capsys, "export", FIRST, "--out", str(out))[0] == 0
    read = pysubs2.load(str(out))
    assert [(each.start, each.text) for each in read] == [
        (2000, "Me: The budget is fine."),
        (4000, "Others: 好的，预算没问题。"),
    ]
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert run(capsys, "export", FIRST)[1].startswith("Me: The budget is fine.\n")
    assert run(capsys, "export", FIRST, "--format", "md")[1].startswith("# Weekly\n")


@pytest.mark.parametrize("out", ["all.docx", "all", "nowhere/all.srt"])
def test_an_export_that_cannot_be_is_told(met: Path, home: Path, capsys, out: str) -> None:
    code, _, err = run(capsys, "export", FIRST, "--out", str(home / out))
    assert code == 1 and "→" in err and not (home / out).exists()


def test_a_name_is_given_and_taken_away(met: Path, capsys) -> None:
    assert run(capsys, "rename", SECOND, "Interview")[0] == 0
    assert "Interview" in run(capsys, "list")[1]
    assert run(capsys, "rename", SECOND, "")[0] == 0
    assert "Interview" not in run(capsys, "list")[1]


def test_deleting_asks_and_takes_the_sound_along(met: Path, capsys) -> None:
    code, _, err = run(capsys, "delete", SECOND)
    assert code == 1 and "--yes" in err and (met / SECOND).is_dir()
    assert run(capsys, "delete", SECOND, "--yes")[0] == 0
    assert not (met / SECOND).exists() and (met / FIRST).is_dir()
    assert "aaab" not in run(capsys, "list")[1]


def test_a_meeting_that_no_program_goes_on_with_can_be_deleted(met: Path, capsys) -> None:
    """The program that wrote it has crashed, and nobody has started it since."""
    assert run(capsys, "delete", OPEN, "--yes")[0] == 0
    assert "bbbb" not in run(capsys, "list")[1]


def test_all_can_be_deleted_at_once(met: Path, capsys) -> None:
    assert run(capsys, "delete", "all")[0] == 1
    assert run(capsys, "delete", "all", "--yes")[0] == 0
    assert run(capsys, "list")[1] == "" and list(met.iterdir()) == []


def test_without_a_history_it_is_said(home: Path, capsys) -> None:
    for arguments in (
        ["list"],
        ["show", "last"],
        ["search", "x"],
        ["delete", "last", "--yes"],
        ["rename", "a", "b"],
    ):
        code, out, err = run(capsys, *arguments)
        assert (code, out) == (1, "") and err
    assert not (home / "data" / "plosive").exists()


def test_with_dictations_only_there_are_no_meetings(home: Path, capsys) -> None:
    HistoryStore(home / "data" / "plosive").close()
    code, out, err = run(capsys, "list")
    assert (code, out) == (0, "") and "no meetings" in err
    assert run(capsys, "show", "last")[0] == 1


def test_a_shell_has_all_of_it(met: Path, plosive: Plosive) -> None:
    """As a process, once: help, a broken argument, a real export."""
    assert "search" in plosive("meetings", "--help").stdout
    assert plosive("meetings", "export", FIRST, "--format", "docx").returncode == 2
    assert plosive("meetings", "export", "last", "--format", "vtt").stdout.startswith("WEBVTT\n")
