"""What becomes of a meeting's sound, and where the last file went."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from desktop.captions_desk import CaptionsDesk
from desktop.core.timed_text import TimedText
from desktop.history import HistoryWriter, Limits
from desktop.history.meetings import MeetingReader
from desktop.meeting_sound import drop_sound
from desktop.meetings_desk import MeetingsDesk
from desktop.settings.captions_schema import CaptionsOptions
from desktop.settings.schema import HistorySettings, Settings
from desktop.ui.meeting_acts import ExportPlace


class Runtime:
    """As much of the program as meetings ask for."""

    lifecycle = SimpleNamespace(ready=None)
    model = SimpleNamespace(name="m")


def started(folder: Path, told: list | None = None) -> tuple[HistoryWriter, MeetingsDesk]:
    writer = HistoryWriter(folder, Limits(0, 0), (told if told is not None else []).append)
    recent = SimpleNamespace(writer=writer, folder=folder)
    return writer, MeetingsDesk(Runtime(), recent, folder / "meetings", lambda: True, print, folder / "place")


def test_what_was_deleted_before_the_program_was_killed_is_gone_at_the_next_start(tmp_path: Path) -> None:
    writer, desk = started(tmp_path)
    for key in ("goes", "is taken back", "stays"):
        desk.begin(key, datetime(2026, 1, 1, tzinfo=UTC), None)
        desk.add_line(key, 1, TimedText(0, 900, "one"))
        desk.end(key, 1000)
    desk._put_aside(["goes", "is taken back"])
    desk._put_aside(["goes"])
    assert stat.S_IMODE((tmp_path / "meetings-deleted.json").stat().st_mode) == 0o600
    assert writer.stop()
    for _ in "12":
        told: list = []
        writer, desk = started(tmp_path, told)
        assert writer.stop()
        for event in told:
            desk.take(event)
        found = MeetingReader(lambda: tmp_path).found("")
        assert {each.meeting.key for each in found} == {"is taken back", "stays"}
        assert not (tmp_path / "meetings-deleted.json").exists()


@pytest.mark.parametrize("content", [b"", b"{", b"{}", b"3", b"[[1]]", b"\xff"])
def test_a_broken_list_of_deleted_meetings_harms_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "meetings-deleted.json").write_bytes(content)
    writer, _ = started(tmp_path)
    assert writer.stop()


def test_a_clock_that_is_set_during_a_meeting_does_not_change_its_length(tmp_path: Path) -> None:
    writer, desk = started(tmp_path)
    desk.begin("k", datetime(2000, 1, 1, tzinfo=UTC), None)  # the clock's battery was empty
    desk.add_line("k", 1, TimedText(0, 900, "one"))
    desk.end("k", 60_000)
    assert writer.stop()
    (found,) = MeetingReader(lambda: tmp_path).found("")
    assert (found.meeting.duration_ms, found.meeting.is_open) == (60_000, False)


def recorded(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "me.flac").write_bytes(b"fLaC")
    return folder


def test_the_sound_goes_with_its_meeting(tmp_path: Path) -> None:
    gone, stays = recorded(tmp_path / "meetings" / "one"), recorded(tmp_path / "meetings" / "two")
    drop_sound(gone, tmp_path / "meetings")
    drop_sound(gone, tmp_path / "meetings")  # it is gone already
    assert not gone.exists() and (stays / "me.flac").exists()


@pytest.mark.parametrize(
    "place", ["elsewhere", "meetings", "meetings/../elsewhere", "meetings/one/deeper", ""]
)
def test_no_other_folder_is_deleted(tmp_path: Path, place: str) -> None:
    for name in ("elsewhere", "meetings/one/deeper"):
        recorded(tmp_path / name)
    drop_sound(tmp_path / place if place else Path(), tmp_path / "meetings")
    assert (tmp_path / "elsewhere" / "me.flac").exists()
    assert (tmp_path / "meetings/one/deeper/me.flac").exists()


def test_the_place_of_the_last_file_is_remembered(tmp_path: Path) -> None:
    file = tmp_path / "place.json"
    desk = MeetingsDesk.__new__(MeetingsDesk)
    desk._place_file = file
    assert desk._place() == ExportPlace()
    desk._remember(ExportPlace("/home/me/Dokumente 文件", "vtt"))
    assert desk._place() == ExportPlace("/home/me/Dokumente 文件", "vtt")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for broken in ("", "[]", "{", '{"folder": 3}', "\udcff"):
        file.write_bytes(broken.encode("utf-8", "surrogateescape"))
        assert desk._place() == ExportPlace()


@pytest.mark.parametrize(("is_remembered", "is_kept"), [(True, True), (False, False)])
def test_no_sound_is_kept_of_what_is_not_remembered(
    tmp_path: Path, is_remembered: bool, is_kept: bool
) -> None:
    settings = Settings(
        captions=CaptionsOptions(keep_audio=True), history=HistorySettings(enabled=is_remembered)
    )
    begun: list[tuple] = []
    desk = CaptionsDesk.__new__(CaptionsDesk)
    desk._settings, desk._keys, desk._folders = (lambda: settings), {}, {}
    desk._parts = SimpleNamespace(
        recordings=tmp_path, memory=SimpleNamespace(begin=lambda *told: begun.append(told))
    )
    desk._begin_meeting(1)
    ((key, _, folder),) = begun
    assert folder == desk._folders[1] == (tmp_path / key if is_kept else None)
