"""What becomes of a meeting's sound, and where the last file went."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from desktop.meeting_sound import drop_sound
from desktop.meetings_desk import MeetingsDesk
from desktop.ui.meeting_acts import ExportPlace


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
