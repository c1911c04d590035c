"""The thread that decodes answers every wish, whatever happens to it."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.core import file_job_facts as job
from desktop.files import reader as module
from desktop.files.reader import FileReader
from desktop.files.sound import SoundSettings
from tests.fakes.voice import voice, write_wav


class BadSound:
    """A file on a share that goes away: not even closing it works."""

    length_ms = heard_ms = 0
    notices = ()

    def __init__(self, *_: object) -> None: ...

    def segments(self) -> Iterator[object]:
        return iter(())

    def close(self) -> None:
        raise OSError("Transport endpoint is not connected")


def test_a_file_that_cannot_even_be_closed_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [tmp_path / "gone.wav", write_wav(tmp_path / "there.wav", voice(500, 1))]
    said: queue.SimpleQueue[object] = queue.SimpleQueue()
    reader = FileReader(lambda number: paths[number], SoundSettings(), said.put)
    with monkeypatch.context() as patched:
        patched.setattr(module, "Sound", BadSound)
        reader.open(0)
        assert said.get(timeout=60) == job.FileOpened(0, 0)
        reader.read_on(0)
        ended = said.get(timeout=60)
    assert isinstance(ended, job.FileEnded) and ended.problem is not None
    reader.open(1)
    assert said.get(timeout=60) == job.FileOpened(1, 500)
    reader.stop()
