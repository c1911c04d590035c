"""Recordings of dictations that failed: kept to try again, and forgotten in time."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from audio.events import Problem
from desktop.memory import Memory

PROBLEM = Problem("load-failed", "The model could not be loaded.", "Choose another one.")


def recording(folder: Path, name: str, *, days_old: float = 0.0) -> Path:
    path = folder / name
    path.write_bytes(bytes(100))
    made_s = time.time() - days_old * 86_400
    os.utime(path, (made_s, made_s))
    return path


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    recording(tmp_path, "20260101-1.wav", days_old=8)
    recording(tmp_path, "20260107-2.wav", days_old=2)
    return Memory(tmp_path, lambda _: None, lambda: None)


def test_what_is_too_old_is_forgotten_and_the_rest_stays(memory: Memory, tmp_path: Path) -> None:
    memory.forget_older_than(7)
    assert memory.kept() == [tmp_path / "20260107-2.wav"] == list(tmp_path.iterdir())


def test_all_is_all_also_what_no_one_has_kept_yet(memory: Memory, tmp_path: Path) -> None:
    recording(tmp_path, "20260109-3.wav")  # of the dictation under way when the program was ended
    memory.keep_audio(recording(tmp_path, "20260109-4.wav"), PROBLEM)
    memory.forget_all()
    assert memory.kept() == [] == list(tmp_path.iterdir())
