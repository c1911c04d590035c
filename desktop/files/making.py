"""Puts a job together, for the command line and for the window alike."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from desktop.core.file_job import FileJob
from desktop.core.file_job_facts import JobFile, JobOptions
from desktop.core.file_names import shown
from desktop.files.gathering import Found
from desktop.files.identity import work_key
from desktop.files.job_book import JobBook
from desktop.files.job_desk import JobParts, JobRecognizer, JobTold
from desktop.files.reader import FileReader
from desktop.files.results import Results, Wanted
from desktop.files.runner import JobRunner
from desktop.files.sound import SoundSettings
from desktop.history.file_work import FileWork
from desktop.history.store import Limits
from recognizer.events import ModelSpec, Ready
from recognizer.text.options import DEFERRED


@dataclass(frozen=True, slots=True)
class JobOrder:
    """What is to be done. ``history`` ``None``: the user wants nothing remembered."""

    files: tuple[Found, ...]
    wanted: Wanted
    model: ModelSpec
    sound: SoundSettings
    options: JobOptions
    state: Path
    history: Path | None
    limits: Limits


@dataclass(frozen=True, slots=True)
class JobLinks:
    """How a job is tied to the rest: see ``JobParts``. ``say`` prints a result on standard output."""

    recognizer: JobRecognizer
    next_utterance_id: Callable[[], int]
    hold: Callable[[str], None]
    tell: Callable[[JobTold], None]
    say: Callable[[str], None]
    ready: Ready | None = None


def make_runner(order: JobOrder, links: JobLinks) -> JobRunner:
    """The job, not started yet."""
    work = work_key(order.model, order.sound.rules)
    parts = JobParts(
        recognizer=links.recognizer,
        make_reader=lambda post: FileReader(lambda number: path_of(order.files[number]), order.sound, post),
        open_work=lambda: open_work(order),
        make_results=lambda kept: Results(order.files, order.wanted, kept, links.say),
        book=JobBook(order.history, order.limits, order.files, told_options(order)),
        work=work,
        resumes=order.wanted.resumes,
        hold=links.hold,
        tell=links.tell,
        ready=links.ready,
    )
    options = replace(order.options, is_deferred=DEFERRED in order.model.options)

    def make_job() -> FileJob:
        files = [JobFile(name_of(each), size_of(each)) for each in order.files]
        return FileJob(files, options, links.next_utterance_id)

    return JobRunner(make_job, parts)


def open_work(order: JobOrder) -> FileWork:
    """What earlier jobs left to go on with. Raises ``HistoryFailed``."""
    work = FileWork(order.state)
    work.retain(order.limits.keep_days, datetime.now(UTC))
    return work


def path_of(file: Found) -> Path | None:
    """Where its sound is; ``None`` is standard input."""
    return None if file.is_stdin else file.path


def name_of(file: Found) -> str:
    """What the user knows it by."""
    return "standard input" if file.is_stdin else shown(file.path.name)


def size_of(file: Found) -> int:
    """In bytes, to judge how long it will take; 0 where that is not known."""
    try:
        return 0 if file.is_stdin else file.path.stat().st_size
    except OSError:
        return 0


def told_options(order: JobOrder) -> tuple[tuple[str, str], ...]:
    """How it is done, in words for the history."""
    out = "" if order.wanted.out is None else shown(str(order.wanted.out))
    return (("formats", " ".join(order.wanted.formats)), ("out", out), ("device", order.model.device))
