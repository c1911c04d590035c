"""Kept sound: playable after a kill, private, bounded, and never in the way."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from audio.journal import Journal, drop_journal, list_journals, recover_leftovers
from audio.listener import ListenerSettings
from tests.fakes.voice import read_wav, voice

LIMIT_BYTES = 10_000_000
FRAME = bytes(range(64)) * 10


def test_a_kept_journal_is_a_private_wav_file(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "kept", 7, LIMIT_BYTES)
    said = voice(1_000)
    for at in range(0, said.size, 320):
        journal.append(said[at : at + 320].tobytes())
    path = journal.keep()
    assert path is not None
    assert np.array_equal(read_wav(path), said)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert list_journals(path.parent) == [path]
    drop_journal(path)
    drop_journal(path)
    assert list_journals(path.parent) == []


def test_a_dropped_journal_leaves_nothing(tmp_path: Path) -> None:
    journal = Journal(tmp_path, 1, LIMIT_BYTES)
    journal.append(FRAME)
    journal.drop()
    assert list(tmp_path.iterdir()) == []


def test_after_kill_nine_the_file_can_be_played_and_is_recovered(tmp_path: Path) -> None:
    code = (
        "import sys, time; from pathlib import Path; from audio.journal import Journal\n"
        "journal = Journal(Path(sys.argv[1]), 1, 10**7)\n"
        "for _ in range(125): journal.append(bytes(range(64)) * 10)\n"
        "print('written', flush=True); time.sleep(60)\n"
    )
    child = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"written\n"
    child.send_signal(signal.SIGKILL)
    child.wait(10)
    child.stdout.close()
    (left,) = tmp_path.iterdir()
    with wave.open(str(left)) as file:
        assert file.getnframes() >= 120 * 320, "more than the last 200 ms are not in the header"
    assert list_journals(tmp_path) == []
    (recovered,) = recover_leftovers(tmp_path)
    assert read_wav(recovered).tobytes() == FRAME * 125
    assert list_journals(tmp_path) == [recovered]
    assert recover_leftovers(tmp_path) == []


def test_a_leftover_without_sound_is_removed(tmp_path: Path) -> None:
    (tmp_path / "20260101-000000-000-1.open.wav").write_bytes(b"RIFF")
    assert recover_leftovers(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_is_told_and_the_beginning_kept(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    journal = Journal(tmp_path, 1, LIMIT_BYTES)
    resource.setrlimit(resource.RLIMIT_FSIZE, (44 + 640 * 10 + 100, hard))
    try:
        for _ in range(20):
            journal.append(FRAME)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert journal.problem is not None
    assert journal.problem.code == "journal.not_written"
    path = journal.keep()
    assert path is not None
    assert read_wav(path).tobytes() == FRAME * 10


@pytest.mark.skipif(os.name != "posix", reason="folders cannot be made of files elsewhere either")
def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    journal = Journal(tmp_path / "file", 1, LIMIT_BYTES)
    journal.append(FRAME)
    assert journal.problem is not None
    assert journal.keep() is None
    journal.drop()


def test_the_oldest_go_when_there_are_too_many(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"2026010{number}-000000-000-1.wav").write_bytes(bytes(1_000))
    journal = Journal(tmp_path, 9, limit_bytes=2_500)
    journal.append(FRAME)
    journal.keep()
    names = [path.name[:8] for path in list_journals(tmp_path)]
    assert names[:2] == ["20260103", "20260104"]
    assert len(names) == 3


def test_a_file_dropped_at_this_moment_is_no_reason_to_keep_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The text of the dictation before becomes safe while the next one begins."""
    (tmp_path / "20260101-000000-000-1.wav").write_bytes(bytes(1_000))
    listed = [tmp_path / "20260100-000000-000-1.wav", *list_journals(tmp_path)]
    monkeypatch.setattr("audio.journal.list_journals", lambda _directory: listed)
    journal = Journal(tmp_path, 9, limit_bytes=500)
    journal.append(FRAME)
    assert (journal.problem, journal.keep() is None) == (None, False)
    assert not listed[1].exists()


def test_settings_have_a_bound() -> None:
    assert 0 < ListenerSettings().journal_limit_bytes <= 1 << 30
