"""``plosive transcribe`` with ``--format``, ``--out`` or ``--watch``: a job whose results are files."""

from __future__ import annotations

import itertools
import os
import queue
import time
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from audio.events import Problem
from desktop import wiring
from desktop.cli import output
from desktop.cli.file_console import Console
from desktop.cli.output import CommandFailed
from desktop.core.file_job_facts import CancelRequested, JobOptions, JobSummary
from desktop.files.gathering import Found, gather
from desktop.files.job_desk import JobOver, JobTold, JobTroubled, Progressed
from desktop.files.making import JobLinks, JobOrder, make_runner
from desktop.files.output import folder_named
from desktop.files.results import Wanted
from desktop.files.runner import JobRunner
from desktop.files.sound import sound_settings
from desktop.files.watching import FolderWatch
from desktop.history.store import Limits
from desktop.logs import start_logging
from desktop.model_choice import deferred, finished_model, model_folders
from desktop.oslayer.paths import AppPaths, FolderRefused, app_paths
from desktop.settings.files_schema import format_names
from desktop.settings.option import BadValue
from desktop.settings.schema import Settings
from recognizer.chosen import chosen_recognizer
from recognizer.events import ModelSpec, Ready, RecognizerEvent
from recognizer.remote_server import Server

SILENCE_MS: Final = 600_000
LOOK_EVERY_S: Final = 1.0
LOOKING_SHARE: Final = 20
"""Looking through a large folder takes at most one part in so many of the time."""
JOIN_S: Final = 10.0


def run(arguments: Namespace, settings: Settings) -> int:
    """Carry it out; 0 all, 1 some failed, 130 interrupted."""
    wanted = wanted_of(arguments, settings)
    if arguments.watch:
        return _watch(arguments, settings, wanted)
    found, problems = gather(arguments.files)
    for problem in problems:
        output.tell(problem)
    if not found:
        return output.FAILED
    with FileSession(arguments, settings, wanted) as session:
        code = session.run(found).exit_code
    return max(code, output.FAILED if problems else output.OK)


def wanted_of(arguments: Namespace, settings: Settings) -> Wanted:
    """Which results, and where. Raises ``CommandFailed`` for a format there is not."""
    try:
        names = format_names(arguments.format or settings.files.formats)
    except BadValue as error:
        problem = Problem("arguments.format", f"--format {error}.", "For example: --format txt,srt")
        raise CommandFailed(problem, output.USAGE) from error
    wanted = Wanted(
        tuple(names.split(", ")),
        folder_named(arguments.out or settings.files.out),
        is_forced=arguments.force,
        resumes=arguments.resume,
    )
    if str(wanted.out) == "-" and len(wanted.formats) > 1:
        problem = Problem("arguments.out", "Standard output takes one format only.", "Name one: --format srt")
        raise CommandFailed(problem, output.USAGE)
    return wanted


class FileSession:
    """One recognizer for one job after another; the model is loaded when the first sound needs it."""

    def __init__(self, arguments: Namespace, settings: Settings, wanted: Wanted) -> None:
        self._settings = settings
        self._wanted = wanted
        self._paths = _made_paths()
        start_logging(self._paths.logs)
        self._server = wiring.server(settings)
        self._model = _model(settings, self._paths, self._server)
        self._segment_s = int(arguments.segment_s or 0)
        self._next_utterance_id = itertools.count(1).__next__
        self._runner: JobRunner | None = None
        self._driver = chosen_recognizer(self._emit, self._paths.logs, self._server)
        self._is_loaded = False
        self._ready: Ready | None = None
        self.is_interrupted = False

    def __enter__(self) -> FileSession:
        return self

    def __exit__(self, *_: object) -> None:
        self._driver.stop()

    def run(self, files: Sequence[Found]) -> JobSummary:
        """One job to its end. Ctrl+C stops it and keeps its work; a second one ends at once."""
        told: queue.SimpleQueue[JobTold] = queue.SimpleQueue()
        links = JobLinks(
            self._driver, self._next_utterance_id, self._hold, told.put, output.result, self._ready
        )
        runner = self._runner = make_runner(self._order(files), links)
        console = Console()
        runner.start()
        while True:
            try:
                summary = _show(told, console)
            except KeyboardInterrupt:
                self.is_interrupted = True  # also if the job was over just then
                _stop_or_leave(runner, console)
                continue
            if summary is not None:
                self._runner = None
                runner.join(JOIN_S)
                if summary.problem is not None:  # the next job loads it anew
                    self.rest()
                return summary

    def rest(self) -> None:
        """Nothing to do for a while: give the model's memory back."""
        if self._is_loaded:
            self._is_loaded, self._ready = False, None
            self._driver.unload()

    def _order(self, files: Sequence[Found]) -> JobOrder:
        settings = self._settings
        history, paths = settings.history, self._paths
        folder = Path(history.directory).expanduser() if history.directory else paths.data
        return JobOrder(
            tuple(files),
            self._wanted,
            self._model,
            sound_settings(wiring.listener_settings(settings, Path()).vad, settings.files, self._segment_s),
            job_options(settings),
            paths.state,
            folder if history.enabled else None,
            Limits(history.keep_days, history.keep_mib),
        )

    def _emit(self, event: RecognizerEvent) -> None:
        if isinstance(event, Ready):
            self._ready = event
        runner = self._runner
        if runner is not None:
            runner.post(event)

    def _hold(self, name: str) -> None:
        """Called on the job's thread."""
        if name and not self._is_loaded:
            self._is_loaded = True
            self._driver.load(self._model)


def job_options(settings: Settings) -> JobOptions:
    """How a job of the command line goes on."""
    return JobOptions(group_files=settings.files.group_files, silence_ms=SILENCE_MS)


def _made_paths() -> AppPaths:
    """The folders of the program. Raises ``FolderRefused``, which says why there are none."""
    try:
        return app_paths().make()
    except OSError as error:
        raise FolderRefused(error) from error


def _model(settings: Settings, paths: AppPaths, server: Server | None) -> ModelSpec:
    if server is not None:
        return server.as_model()
    return deferred(finished_model(settings, model_folders(paths)))


def _show(told: queue.SimpleQueue[JobTold], console: Console) -> JobSummary | None:
    """Show one thing; the summary if it was the last."""
    try:
        fact = told.get(timeout=1.0)
    except queue.Empty:
        return None
    match fact:
        case Progressed():
            console.show(fact.progress)
        case JobTroubled():
            problem = fact.problem
            console.say(lambda: output.tell(problem))
        case JobOver():
            console.end(fact.summary)
            return fact.summary
    return None


def _stop_or_leave(runner: JobRunner, console: Console) -> None:
    if runner.is_stopping:
        console.say(lambda: None)
        os._exit(output.INTERRUPTED)  # the worker ends with its parent; what was recognised is on disk
    runner.is_stopping = True
    runner.post(CancelRequested())
    console.say(lambda: output.say("Stopping; Ctrl+C once more ends at once."))


def _watch(arguments: Namespace, settings: Settings, wanted: Wanted) -> int:
    """Until Ctrl+C: every recording that comes into the folders."""
    folders = [Path(name) for name in arguments.files]
    absent = next((each for each in folders if not os.path.isdir(each)), None)  # noqa: PTH112 - see gather
    if absent is not None:
        problem = Problem("watch.no_folder", f"There is no folder “{absent}”.", "Name a folder to watch.")
        raise CommandFailed(problem)
    watch = FolderWatch(folders, time.monotonic)
    rest_s = float(settings.model.idle_unload_s)
    code, used_s = output.OK, time.monotonic()
    with FileSession(arguments, settings, wanted) as session:
        while True:
            looked_s = time.monotonic()
            found = watch.finished()
            looked_s = time.monotonic() - looked_s
            if found:
                summary = session.run(found)
                code = max(code, summary.exit_code)
                used_s = time.monotonic()
                if summary.problem is not None:
                    watch.again([found[each.file_id] for each in summary.files if each.state.is_failed])
                if session.is_interrupted:
                    return output.INTERRUPTED
            elif rest_s and time.monotonic() - used_s > rest_s:
                session.rest()
            time.sleep(max(LOOK_EVERY_S, LOOKING_SHARE * looked_s))
