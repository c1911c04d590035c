"""Recordings in the running program: its window, the job, and who recognises for it. GUI thread only.

A job shares the loaded model with dictations, which go first, and holds it by the lease ``file NAME``; or a
second worker does it on the CPU. The job has a thread of its own; facts reach this one by the bridge.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from audio.events import Problem
from desktop import wiring
from desktop.controller import monotonic_ms
from desktop.core import file_job_facts as job
from desktop.core.file_names import shown
from desktop.files.gathering import Found, gather
from desktop.files.job_desk import JobOver, JobTold, JobTroubled, Progressed
from desktop.files.making import JobLinks, JobOrder, make_runner
from desktop.files.output import folder_named
from desktop.files.results import Wanted
from desktop.files.runner import JobRunner
from desktop.files.sound import SoundSettings, sound_settings
from desktop.files_links import HEARD, FilesHold, FilesTold, own_links, shared_links
from desktop.history.store import Limits
from desktop.model_choice import deferred
from desktop.oslayer.paths import AppPaths
from desktop.runtime import Runtime
from desktop.settings.schema import Settings
from desktop.ui.words import say, translated
from recognizer import events as rec

if TYPE_CHECKING:
    from desktop.ui.files_window import FilesWindow

LOAD_GRACE_MS: Final = 20_000
STOP_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class FilesFound:
    """What was dropped, looked through."""

    files: tuple[Found, ...]
    problems: tuple[Problem, ...]


class History(Protocol):
    """Where the history lies."""

    @property
    def folder(self) -> Path: ...


class FilesDesk:
    """``take`` is offered every fact and tells whether it was for the files alone."""

    def __init__(
        self,
        runtime: Runtime,
        paths: AppPaths,
        history: History,
        settings: Callable[[], Settings],
        model: Callable[[], rec.ModelSpec],
        change: Callable[[dict[str, object]], None],
        notify: Callable[[str], None],
    ) -> None:
        self._runtime = runtime
        self._paths = paths
        self._history = history
        self._settings = settings
        self._model = model
        self._change = change
        self._notify = notify
        self._window: FilesWindow | None = None
        self._runner: JobRunner | None = None
        self._is_shared = True
        self._rows: list[int] = []
        self._holder = ""
        self._starts_found = False

    @property
    def is_running(self) -> bool:
        """Whether a job is under way."""
        return self._runner is not None

    def open(self) -> None:
        """Show the window."""
        self.window.options.show_settings(self._settings().files)
        self.window.open()

    @property
    def window(self) -> FilesWindow:
        """Made when first needed."""
        if self._window is None:
            from desktop.ui.files_window import FilesWindow

            window = self._window = FilesWindow()
            window.paths_added.connect(self.add)
            window.start_requested.connect(self.start)
            window.pause_requested.connect(lambda: self._ask(job.PauseRequested()))
            window.resume_requested.connect(lambda: self._ask(job.ResumeRequested()))
            window.cancel_requested.connect(lambda: self._ask(job.CancelRequested()))
            window.options_changed.connect(self._change)
        return self._window

    def stop(self) -> None:
        """End the job; what was recognised is kept for the next start."""
        if self._runner is not None:
            self._runner.stop(STOP_S)

    # --- what the user asks -----------------------------------------------------------------------

    def add(self, names: Sequence[str]) -> None:
        """Look through files and folders, on a thread: a folder may be large or far away."""
        self.window.say(say("recordings.looking"))
        post = self._runtime.bridge.post

        def look() -> None:
            files, problems = gather(names)
            post(FilesFound(tuple(files), tuple(problems)))

        threading.Thread(target=look, name="files-look", daemon=True).start()

    def start(self, rows: Sequence[int]) -> None:
        """Do these rows of the window."""
        if self._runner is not None or not rows:
            return
        self._rows = list(rows)
        files = [self.window.files[row] for row in rows]
        found = tuple(Found(each.path, each.below) for each in files)
        self._is_shared = self._settings().files.device == "same"
        self._runner = make_runner(self._order(found), self._links())
        self._runner.start()
        self.window.show_start()

    def verb(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """``plosive files``: show the window; ``paths`` are file names as bytes in hexadecimal."""
        self.open()
        if names := [os.fsdecode(bytes.fromhex(each)) for each in arguments.get("paths", [])]:
            self._starts_found = self._starts_found or bool(arguments.get("start"))
            self.add(names)
        return {}

    def _ask(self, event: object) -> None:
        if self._runner is not None:
            self._runner.post(event)

    def _order(self, found: tuple[Found, ...]) -> JobOrder:
        settings = self._settings()
        options = job.JobOptions(group_files=settings.files.group_files, load_grace_ms=LOAD_GRACE_MS)
        return JobOrder(
            found,
            Wanted(settings.files.format_list, folder_named(settings.files.out)),
            self._runtime.model if self._is_shared else self._own_model(),
            self._sound(),
            options,
            self._paths.state,
            self._history.folder if settings.history.enabled else None,
            Limits(settings.history.keep_days, settings.history.keep_mib),
        )

    def _sound(self) -> SoundSettings:
        settings = self._settings()
        return sound_settings(wiring.listener_settings(settings, Path()).vad, settings.files)

    def _links(self) -> JobLinks:
        if self._is_shared:
            return shared_links(self._runtime)
        return own_links(self._runtime, self._own_model(), self._paths.logs, self._ask)

    def _own_model(self) -> rec.ModelSpec:
        return deferred(replace(self._model(), device="cpu"))

    # --- facts ------------------------------------------------------------------------------------

    def take(self, event: object) -> bool:
        """One fact of the program; texts of the shared recognizer go on to the job."""
        match event:
            case FilesTold():
                self._told(event.told)
            case FilesHold():
                self._hold(event.name)
            case FilesFound():
                self._found(event)
            case _:
                if self._is_shared and isinstance(event, HEARD):
                    self._ask(event)
                return False
        return True

    def _told(self, told: JobTold) -> None:
        match told:
            case Progressed():
                changed = {self._rows[view.file_id]: view for view in told.changed}
                self.window.show_progress(told.progress, changed)
            case JobTroubled():
                self._notify(translated(told.problem.sentence))
            case JobOver():
                self._over(told.summary)

    def _over(self, summary: job.JobSummary) -> None:
        from desktop.ui.files_words import summary_words

        self._runner = None
        self.window.show_end(summary)
        if not self.window.isActiveWindow():
            self._notify(say("recordings.over", summary=summary_words(summary).partition("\n")[0]))
        self._start_found(is_wanted=summary.outcome is not job.Outcome.STOPPED)

    def _hold(self, name: str) -> None:
        holder = f"file {name}" if name else ""
        before, self._holder = self._holder, holder
        now_ms = monotonic_ms()
        if holder and holder != before:
            self._runtime.lifecycle.acquire(holder, now_ms)
        if before and before != holder:
            self._runtime.lifecycle.release(before, now_ms)

    def _found(self, event: FilesFound) -> None:
        from desktop.ui.files_window import NewFile

        files = [NewFile(each.path, shown(each.path.name), each.below) for each in event.files]
        self.window.add_files(files)
        told = [f"{translated(each.sentence)} {translated(each.remedy)}" for each in event.problems]
        if self.is_running:  # the line below the list tells how far the job is
            for each in told:
                self._notify(each)
            return
        self.window.say("\n".join(told))
        self._start_found()

    def _start_found(self, *, is_wanted: bool = True) -> None:
        """``plosive files --start`` asked for it, perhaps while another job was under way."""
        starts, self._starts_found = self._starts_found, False
        if starts and is_wanted:
            self.start(self.window.waiting_rows)
