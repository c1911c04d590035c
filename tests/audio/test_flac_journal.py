"""Kept meetings: playable after a kill and on a full disk, private, exact."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from audio.flac_journal import FlacJournal
from tests.fakes.voice import voice

FRAME_SAMPLES = 320


def write(journal: FlacJournal, samples: np.ndarray) -> None:
    """As a listening does, 20 ms at a time."""
    for at in range(0, samples.size, FRAME_SAMPLES):
        journal.append(samples[at : at + FRAME_SAMPLES].tobytes())


def read(path: Path) -> np.ndarray:
    samples, rate_hz = soundfile.read(path, dtype="int16")
    assert rate_hz == 16_000
    return np.asarray(samples)


def test_a_kept_file_is_private_and_exact(tmp_path: Path) -> None:
    journal, said = FlacJournal(tmp_path / "meetings", "Monday, me"), voice(3_100)
    write(journal, said)
    path = journal.keep()
    assert path == tmp_path / "meetings" / "Monday, me.flac"
    assert np.array_equal(read(path), said)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert path.stat().st_size < said.nbytes * 0.8
    assert journal.problem is None


def test_it_can_be_played_while_it_is_written(tmp_path: Path) -> None:
    journal, said = FlacJournal(tmp_path, "a"), voice(5_000)
    write(journal, said[: 16_000 * 3])
    heard = read(tmp_path / "a.flac")
    assert 16_000 * 3 - 2 * 4_096 < heard.size <= 16_000 * 3
    assert np.array_equal(heard, said[: heard.size])
    write(journal, said[16_000 * 3 :])
    assert np.array_equal(read(journal.keep() or Path()), said)


KILLED = """
import sys
from pathlib import Path
import numpy as np
from audio.flac_journal import FlacJournal
from tests.fakes.voice import voice
journal, said = FlacJournal(Path(sys.argv[1]), "killed"), voice(8_000)
for at in range(0, said.size, 320):
    journal.append(said[at : at + 320].tobytes())
    if at == 320 * 300:
        print("written", flush=True)
        sys.stdin.readline()
"""


def test_a_killed_program_leaves_a_file_that_can_be_played(tmp_path: Path) -> None:
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == b"written\n"
        child.send_signal(signal.SIGKILL)
    left = tmp_path / "killed.flac"
    heard, said = read(left), voice(8_000)
    assert 300 * 320 - heard.size < 16_000 * 0.6, "more than the last moment is missing"
    assert np.array_equal(heard, said[: heard.size])
    if shutil.which("sox"):  # another decoder
        assert (
            subprocess.run(["sox", str(left), "-n", "stat"], capture_output=True, check=False).returncode == 0
        )


def test_a_full_disk_is_told_and_what_was_kept_can_be_played(tmp_path: Path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    journal, said = FlacJournal(tmp_path, "full"), voice(6_000)
    resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, hard))
    try:
        write(journal, said)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert journal.problem is not None
    assert journal.problem.code == "journal.disk_full"
    heard = read(journal.keep() or Path())
    assert 0 < heard.size < said.size
    assert np.array_equal(heard, said[: heard.size])


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="mounting needs root")
def test_a_disk_that_is_really_full(tmp_path: Path) -> None:
    disk, said = tmp_path / "disk", voice(6_000)
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=48k", "tmpfs", str(disk)], check=False)
    if mounted.returncode != 0:
        pytest.skip("mounting is not allowed here")
    try:
        journal = FlacJournal(disk, "full", reserve_bytes=0)
        write(journal, said)
        path = journal.keep()
        assert journal.problem is not None
        assert journal.problem.code == "journal.disk_full"
        heard = read(path or Path())
    finally:
        subprocess.run(["umount", str(disk)], check=True)
    assert heard.size > 8_192
    assert np.array_equal(heard, said[: heard.size])


def test_the_reserve_is_left_for_the_transcript(tmp_path: Path) -> None:
    free_bytes = shutil.disk_usage(tmp_path).free
    journal, said = FlacJournal(tmp_path, "reserve", reserve_bytes=2 * free_bytes), voice(9_000)
    write(journal, said)
    assert journal.problem is not None
    assert journal.problem.code == "journal.disk_full"
    heard = read(journal.keep() or Path())
    assert 0 < heard.size < said.size


def test_a_name_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    for _ in range(3):
        journal = FlacJournal(tmp_path, "Meeting")
        write(journal, voice(300))
        journal.keep()
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {"Meeting.flac", "Meeting (2).flac", "Meeting (3).flac"}


def test_nothing_heard_leaves_nothing(tmp_path: Path) -> None:
    assert FlacJournal(tmp_path, "empty").keep() is None
    dropped = FlacJournal(tmp_path, "dropped")
    write(dropped, voice(300))
    dropped.drop()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    journal = FlacJournal(tmp_path / "file", "a")
    journal.append(voice(100).tobytes())
    assert journal.problem is not None
    assert journal.problem.code == "journal.meeting_not_kept"
    assert journal.keep() is None
