"""The desk for recordings: when a job begins, and what is told while one is under way. No Qt, no thread."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from desktop import files_desk
from desktop.core import file_job_facts as job
from desktop.core.file_job_facts import FileState
from desktop.files.gathering import Found
from desktop.files.job_desk import JobOver
from desktop.files.problems import nothing_found
from desktop.files_desk import FilesDesk, FilesFound
from desktop.files_links import FilesTold
from desktop.settings.schema import Settings


class Window:
    """Knows rows and what was said."""

    def __init__(self) -> None:
        self.files: list[Any] = []
        self.states: list[FileState] = []
        self.said: list[str] = []

    def add_files(self, files: list[Any]) -> None:
        self.files += files
        self.states += [FileState.WAITING] * len(files)

    @property
    def waiting_rows(self) -> list[int]:
        return [row for row, state in enumerate(self.states) if not state.is_end]

    def say(self, text: str) -> None:
        self.said.append(text)

    def show_start(self) -> None: ...

    def show_end(self, summary: job.JobSummary) -> None: ...

    def isActiveWindow(self) -> bool:
        return True


class Desk:
    """The desk with a window and jobs that do nothing until they are told to be over."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        self.window, self.told = Window(), list[str]()
        self.begun: list[list[str]] = []
        runtime: Any = SimpleNamespace(bridge=SimpleNamespace(post=lambda _: None), model=None)
        place: Any = SimpleNamespace(state=tmp_path, folder=tmp_path)
        self.desk = FilesDesk(
            runtime, place, place, Settings, lambda: runtime.model, lambda _: None, self.told.append
        )
        self.desk._window = self.window  # type: ignore[assignment]
        monkeypatch.setattr(files_desk, "make_runner", self._begin)
        monkeypatch.setattr(files_desk, "shared_links", lambda _: None)

    def _begin(self, order: Any, _: object) -> Any:
        self.begun.append([each.path.name for each in order.files])
        return SimpleNamespace(start=lambda: None)

    def asked(self, name: str, *, start: bool) -> None:
        """``plosive files NAME``, with ``--start`` or without."""
        self.desk._starts_found = start
        self.desk.take(FilesFound((Found(Path("/r", name)),), ()))

    def over(self, outcome: job.Outcome = job.Outcome.DONE) -> None:
        for row in self.window.waiting_rows[:1]:
            self.window.states[row] = FileState.WRITTEN
        self.desk.take(FilesTold(JobOver(job.JobSummary(outcome, (), 0, 0.0))))


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Desk:
    return Desk(monkeypatch, tmp_path)


def test_a_start_that_was_asked_for_during_a_job_follows_it(desk: Desk) -> None:
    desk.asked("a.wav", start=True)
    desk.asked("b.wav", start=True)
    assert desk.begun == [["a.wav"]]
    desk.over()
    assert desk.begun == [["a.wav"], ["b.wav"]]
    desk.over()
    desk.asked("dropped.wav", start=False)
    assert desk.begun == [["a.wav"], ["b.wav"]]


def test_who_cancels_a_job_does_not_get_the_next_one(desk: Desk) -> None:
    desk.asked("a.wav", start=True)
    desk.asked("b.wav", start=True)
    desk.over(job.Outcome.STOPPED)
    assert desk.begun == [["a.wav"]]
    desk.desk.take(FilesFound((Found(Path("/r/dropped.wav")),), ()))
    assert desk.begun == [["a.wav"]]


def test_what_was_not_found_is_told_also_during_a_job(desk: Desk) -> None:
    desk.asked("a.wav", start=True)
    desk.desk.take(FilesFound((), (nothing_found("empty"),)))
    assert len(desk.told) == 1 and "empty" in desk.told[0]
