"""The thread that decodes answers every wish, whatever happens to it."""

from __future__ import annotations

import queue
import signal
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from desktop.core import file_job_facts as job
from desktop.files import reader as module
from desktop.files.reader import FileReader, SoundRead
from desktop.files.sound import SoundSettings
from desktop.files.sound_process import FarSound, SoundProcess
from tests.fakes.recordings import speech
from tests.fakes.voice import RATE_HZ, voice, write_wav


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
        patched.setattr(module, "FarSound", BadSound)
        reader.open(0)
        assert said.get(timeout=60) == job.FileOpened(0, 0)
        reader.read_on(0)
        ended = said.get(timeout=60)
    assert isinstance(ended, job.FileEnded) and ended.problem is not None
    reader.open(1)
    assert said.get(timeout=60) == job.FileOpened(1, 500)
    reader.stop()


def test_a_decoder_that_crashes_costs_its_file_only(tmp_path: Path) -> None:
    paths = [write_wav(tmp_path / f"{name}.wav", speech([6000, 6000])) for name in ("bad", "good")]
    said: queue.SimpleQueue[object] = queue.SimpleQueue()
    reader = FileReader(lambda number: paths[number], SoundSettings(longest_s=(12, 12, 12)), said.put)
    reader.open(0)
    assert isinstance(said.get(timeout=60), job.FileOpened)
    reader.read_on(0)
    first = said.get(timeout=60)
    assert isinstance(first, SoundRead)
    (decoder,) = [each for each in psutil.Process().children() if "sound_child" in " ".join(each.cmdline())]
    decoder.send_signal(signal.SIGSEGV)
    decoder.wait(60)
    reader.read_on(0)
    ended = said.get(timeout=60)
    assert isinstance(ended, job.FileEnded) and ended.problem is not None
    assert ended.problem.code == "file.decoder_ended" and "bad.wav" in ended.problem.sentence
    assert ended.heard_ms >= first.segment.end_ms
    reader.open(1)
    assert isinstance(said.get(timeout=60), job.FileOpened)
    reader.read_on(1)
    again = said.get(timeout=60)
    assert isinstance(again, SoundRead) and again.pcm == first.pcm
    reader.stop()
    assert not [each for each in psutil.Process().children() if "sound_child" in " ".join(each.cmdline())]


def test_stopping_does_not_wait_for_a_decoder_at_work(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "silent.wav", np.zeros(RATE_HZ, "<i2"))
    said: queue.SimpleQueue[object] = queue.SimpleQueue()
    reader = FileReader(lambda _: path, SoundSettings(), said.put)
    reader.open(0)
    assert isinstance(said.get(timeout=60), job.FileOpened)
    (decoder,) = [each for each in psutil.Process().children() if "sound_child" in " ".join(each.cmdline())]
    decoder.suspend()
    reader.read_on(0)
    reader.stop(60.0)
    assert not decoder.is_running()


def test_a_mistake_in_the_decoder_costs_its_file_only(tmp_path: Path) -> None:
    """No rules can be made of such settings; the next file has others."""
    path = write_wav(tmp_path / "a.wav", voice(500, 1))
    process = SoundProcess()
    with pytest.raises(RuntimeError):
        FarSound(process, path, SoundSettings(longest_s=("x", 12, 12)))  # type: ignore[arg-type]
    assert FarSound(process, path, SoundSettings()).length_ms == 500
    process.close()
