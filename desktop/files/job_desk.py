"""Carries out the wishes of a job, one at a time: what it needs, and how. On the job's thread only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol

from audio.events import Problem
from desktop.core import file_job_facts as job
from desktop.core.timed_text import About
from desktop.files.identity import Identity
from desktop.files.job_book import JobBook
from desktop.files.output import OutputFailed
from desktop.files.reader import FileReader, Identified, SoundRead
from desktop.files.results import Made, Results
from desktop.history.file_work import FileWork
from desktop.history.opening import HistoryFailed
from recognizer import events as rec
from recognizer.text.options import DEFERRED

PRIVATE_ENDING: Final = "_file"
"""Options that name a file of the user are nobody else's business."""


class JobRecognizer(Protocol):
    """What a job asks of a recognizer."""

    def begin(self, utterance_id: int, priority: rec.Priority = rec.Priority.DICTATION) -> None: ...
    def feed(self, utterance_id: int, pcm: bytes) -> None: ...
    def end(self, utterance_id: int) -> None: ...
    def cancel(self, utterance_id: int) -> None: ...
    def clean_cache(self) -> None: ...
    def report_memory(self) -> None: ...
    def finish_texts(self, request_id: int, texts: tuple[str, ...]) -> None: ...


@dataclass(frozen=True, slots=True)
class Progressed:
    """The job as it stands, and the files that changed since this was told last."""

    progress: job.JobProgress
    changed: tuple[job.FileView, ...]


@dataclass(frozen=True, slots=True)
class JobOver:
    """Nothing more follows."""

    summary: job.JobSummary


@dataclass(frozen=True, slots=True)
class JobTroubled:
    """Something the user should read; the job goes on."""

    problem: Problem


JobTold = Progressed | JobOver | JobTroubled


@dataclass(frozen=True, slots=True)
class JobParts:
    """``hold`` is asked for the model: the file's name, or nothing when it is no longer needed.

    ``make_reader`` and the others are called on the job's thread, which owns what they make. ``work`` is the
    key of what the texts depend on.
    """

    recognizer: JobRecognizer
    make_reader: Callable[[Callable[[object], None]], FileReader]
    open_work: Callable[[], FileWork | None]
    make_results: Callable[[FileWork | None], Results]
    book: JobBook
    work: str
    resumes: bool
    hold: Callable[[str], None]
    tell: Callable[[JobTold], None]
    ready: rec.Ready | None = None


class JobDesk:
    """Does without deciding: one wish at a time, on the job's thread."""

    def __init__(self, parts: JobParts, work: FileWork | None, reader: FileReader, results: Results) -> None:
        self._parts, self._work, self._reader, self._results = parts, work, reader, results
        self._sounds: dict[tuple[int, int], bytes] = {}
        self._identities: dict[int, Identity] = {}
        self._kept: dict[int, job.Piece] = {}
        self._troubles: list[Problem] = []
        self.ready = parts.ready

    def troubles(self) -> list[Problem]:
        """What the user should read since this was asked last."""
        found, self._troubles = self._troubles, []
        return found

    def facts_of(self, event: object) -> list[object]:
        """What an event means to the job."""
        match event:
            case Identified():
                return self._identified(event)
            case SoundRead():
                return [self._segment(event)]
            case _:
                return [event]

    def _identified(self, event: Identified) -> list[object]:
        """Done before, or hopeless, or to be read."""
        file_id = event.file_id
        if event.identity is not None:
            self._identities[file_id] = event.identity
            if done := self._results.done(file_id, event.identity.key, self._parts.work):
                return [job.FileSkipped(file_id, *done)]
        problem = self._results.trouble(file_id)
        if problem is not None:
            return [job.FileEnded(file_id, 0, problem)]
        self._kept = self._kept_of(file_id)
        self._reader.open(file_id)
        return []

    def _kept_of(self, file_id: int) -> dict[int, job.Piece]:
        identity = self._identities.get(file_id)
        if identity is None or self._work is None:
            return {}
        try:
            if self._parts.resumes:
                return self._work.pieces(identity.key, self._parts.work)
            self._work.forget(identity.key)
        except HistoryFailed as failure:
            self._troubles.append(failure.problem)
        return {}

    def _segment(self, event: SoundRead) -> object:
        """A segment that was recognised before is not recognised again."""
        segment = event.segment
        kept = self._kept.get(segment.index)
        if kept is not None and (kept.start_ms, kept.end_ms, kept.overlap_ms) == (
            segment.start_ms,
            segment.end_ms,
            segment.overlap_ms,
        ):
            return job.SegmentKept(segment.file_id, kept)
        self._sounds[segment.file_id, segment.index] = event.pcm
        return segment

    def carry_out(self, command: job.JobCommand) -> list[object]:
        """Do it; what came of it at once."""
        match command:
            case job.OpenFile():
                self._reader.identify(command.file_id)
            case job.ReadOn():
                self._reader.read_on(command.file_id)
            case job.CloseFile():
                self._reader.close(command.file_id)
            case job.DropSound():
                self._sounds.pop((command.file_id, command.index), None)
            case job.KeepPiece():
                self._keep(command)
            case job.WriteFile():
                return [self._write(command)]
            case job.HoldModel():
                self._parts.hold(command.name)
            case _:
                self._ask(command)
        return []

    def _ask(self, command: job.JobCommand) -> None:
        """What the recognizer is to do."""
        recognizer = self._parts.recognizer
        match command:
            case job.Recognise():
                self._recognise(command)
            case job.CancelUtterance():
                recognizer.cancel(command.utterance_id)
            case job.FinishTexts():
                recognizer.finish_texts(command.request_id, command.texts)
            case job.CleanCache():
                recognizer.clean_cache()
            case job.ReportMemory():
                recognizer.report_memory()

    def _recognise(self, command: job.Recognise) -> None:
        recognizer = self._parts.recognizer
        recognizer.begin(command.utterance_id, rec.Priority.FILE)
        recognizer.feed(command.utterance_id, self._sounds[command.file_id, command.index])
        recognizer.end(command.utterance_id)

    def _keep(self, command: job.KeepPiece) -> None:
        identity = self._identities.get(command.file_id)
        if identity is None or self._work is None:
            return
        try:
            self._work.keep(identity.key, self._parts.work, command.piece, datetime.now(UTC))
        except HistoryFailed as failure:  # the job goes on; only an interruption would cost more
            self._troubles.append(failure.problem)

    def _write(self, command: job.WriteFile) -> object:
        """What another job may do better is not done: its texts are kept, and that job tries again."""
        file_id, work = command.file_id, self._parts.work if command.is_lasting else ""
        identity = self._identities.get(file_id)
        source = identity.key if identity is not None else ""
        written: list[tuple[Path, str]] = []
        problem: Problem | None = None
        try:
            written.extend(self._results.write(file_id, command, self._about()))
        except OutputFailed as failure:
            problem, work = failure.problem, ""
        try:  # also of what was written before one failed: it is ours, and the next job may replace it
            self._results.note(file_id, written, Made(source, work, command.missing))
            if self._work is not None and source and work:
                self._work.forget(source)
        except HistoryFailed as failure:
            self._troubles.append(failure.problem)
        if problem is not None:
            return job.WriteFailed(file_id, problem)
        return job.FileWritten(file_id, tuple(str(path) for path, _ in written))

    def _about(self) -> About:
        if self.ready is None:
            return About("")
        model = self.ready.model
        told = [("precision", model.precision)]
        told += [each for each in model.options if not each[0].endswith(PRIVATE_ENDING) and each != DEFERRED]
        return About("", model=model.name, device=self.ready.device, options=tuple(told))
