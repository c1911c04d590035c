"""What a job of files is told, what it wishes, and what it shows. Immutable.

A job takes as facts, besides these, ``Final UtteranceFailed Overloaded WorkerStarting Ready LoadFailed
MemoryReported TextsFinished`` of ``recognizer.events``. Sound never comes here: a segment is known by its
file and number, and the shell keeps its samples until ``DropSound``.

Over 250 lines because every fact and wish stands here with its meaning, and nothing else does.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from audio.events import Problem
from desktop.core.timed_text import TimedText
from recognizer.events import Word


class FileState(StrEnum):
    """Where a file is; the last three are ends."""

    WAITING = "waiting"
    READING = "reading"
    RECOGNISING = "recognising"  # read to its end; some text is still owed
    FINISHING = "finishing"  # all texts are there; they are finished or written
    WRITTEN = "written"
    FAILED = "failed"
    SKIPPED = "skipped"  # done in an earlier job

    @property
    def is_end(self) -> bool:
        """Nothing more happens to the file."""
        return self in {FileState.WRITTEN, FileState.FAILED, FileState.SKIPPED}

    @property
    def is_failed(self) -> bool:
        """There is no result."""
        return self is FileState.FAILED


@dataclass(frozen=True, slots=True)
class JobFile:
    """A file of the job. ``name`` is what the user knows it by, one line of plain letters."""

    name: str
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class JobOptions:
    """``most_unfinished_ms``: sound read ahead of its text, which waits in the program and in the worker;
    ``most_unfinished_card_ms`` where a card takes large batches of it. A group, between which memory is
    cleaned, ends after ``group_files`` files or ``group_ms`` of sound. ``is_deferred``: the recognizer's
    texts are raw and finished once for each group. ``silence_ms``: without a sign from the recognizer for so
    long while it owes something, the job ends (0: it waits, because somebody else looks after the model).
    After a failed load another model is waited for during ``load_grace_ms``.
    """

    most_unfinished_ms: int = 240_000
    most_unfinished_card_ms: int = 600_000
    group_files: int = 20
    group_ms: int = 3_600_000
    is_deferred: bool = False
    finish_within_ms: int = 300_000
    silence_ms: int = 0
    load_grace_ms: int = 0
    report_memory_every_ms: int = 2_000


@dataclass(frozen=True, slots=True)
class Piece:
    """A recognised segment. ``words`` are timed from the start of the recording."""

    index: int
    start_ms: int
    end_ms: int
    overlap_ms: int
    text: str
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """A part of a recording that could not be recognised, twice, and why."""

    start_ms: int
    end_ms: int
    problem: Problem


# --- facts ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FileOpened:
    """Its sound can be read. ``length_ms`` 0: unknown."""

    file_id: int
    length_ms: int


@dataclass(frozen=True, slots=True)
class FileSkipped:
    """It was done in an earlier job; nothing was read. ``notices``: what was missing in it then."""

    file_id: int
    outputs: tuple[str, ...]
    notices: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class SegmentRead:
    """The answer to ``ReadOn``: ``overlap_ms`` of its start repeat the end of the one before."""

    file_id: int
    index: int
    start_ms: int
    end_ms: int
    overlap_ms: int


@dataclass(frozen=True, slots=True)
class SegmentKept:
    """The answer to ``ReadOn`` when the segment was recognised in an earlier, interrupted job."""

    file_id: int
    piece: Piece


@dataclass(frozen=True, slots=True)
class FileEnded:
    """Nothing more can be read of the file: its end, or ``problem``. ``notices`` should be read."""

    file_id: int
    heard_ms: int
    problem: Problem | None = None
    notices: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class FileWritten:
    """Every result of the file is on the disk."""

    file_id: int
    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WriteFailed:
    """A result could not be written; its texts are kept."""

    file_id: int
    problem: Problem


@dataclass(frozen=True, slots=True)
class FilesAdded:
    """More files for a running job."""

    files: tuple[JobFile, ...]


@dataclass(frozen=True, slots=True)
class JobStarted:
    """Begin."""


@dataclass(frozen=True, slots=True)
class PauseRequested:
    """Take no further sound for now."""


@dataclass(frozen=True, slots=True)
class ResumeRequested:
    """Go on after a pause."""


@dataclass(frozen=True, slots=True)
class CancelRequested:
    """End now; what was recognised is kept."""


@dataclass(frozen=True, slots=True)
class TimePassed:
    """A moment later."""


# --- wishes ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OpenFile:
    """Look at the file; answered by ``FileOpened``, ``FileSkipped`` or ``FileEnded``."""

    file_id: int


@dataclass(frozen=True, slots=True)
class ReadOn:
    """Read one more segment; answered by ``SegmentRead``, ``SegmentKept`` or ``FileEnded``."""

    file_id: int


@dataclass(frozen=True, slots=True)
class CloseFile:
    """Read no further."""

    file_id: int


@dataclass(frozen=True, slots=True)
class Recognise:
    """Give the segment's sound to the recognizer as this utterance."""

    file_id: int
    index: int
    utterance_id: int


@dataclass(frozen=True, slots=True)
class CancelUtterance:
    """Its text is no longer wanted."""

    utterance_id: int


@dataclass(frozen=True, slots=True)
class DropSound:
    """The segment's samples are no longer needed."""

    file_id: int
    index: int


@dataclass(frozen=True, slots=True)
class KeepPiece:
    """Remember the text on disk, so that an interrupted job need not recognise it again."""

    file_id: int
    piece: Piece


@dataclass(frozen=True, slots=True)
class FinishTexts:
    """``recognizer.finish_texts``: numbers and punctuation; answered by ``TextsFinished``."""

    request_id: int
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WriteFile:
    """Write the results; answered by ``FileWritten`` or ``WriteFailed``.

    ``missing``: why something may be missing in them.
    """

    file_id: int
    lines: tuple[TimedText, ...]
    gaps: tuple[Gap, ...]
    heard_ms: int
    missing: tuple[Problem, ...] = ()

    @property
    def is_lasting(self) -> bool:
        """Whether the same file would give the same result again."""
        return not self.gaps and all(each.code in LASTING_CODES for each in self.missing)


@dataclass(frozen=True, slots=True)
class CleanCache:
    """Give cached memory back between two groups."""


@dataclass(frozen=True, slots=True)
class ReportMemory:
    """Answered by ``MemoryReported``."""


@dataclass(frozen=True, slots=True)
class HoldModel:
    """The model is needed for this file; an empty name: no longer."""

    name: str


@dataclass(frozen=True, slots=True)
class EndJob:
    """Nothing more follows."""


JobCommand = (
    OpenFile
    | ReadOn
    | CloseFile
    | Recognise
    | CancelUtterance
    | DropSound
    | KeepPiece
    | FinishTexts
    | WriteFile
    | CleanCache
    | ReportMemory
    | HoldModel
    | EndJob
)

# --- what is shown --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class FileView:
    """One file as it stands."""

    file_id: int
    name: str
    state: FileState
    done_ms: int = 0
    length_ms: int = 0
    segments: int = 0
    problem: Problem | None = None
    notices: tuple[Problem, ...] = ()
    outputs: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Nothing of it is missing."""
        is_there = self.state in {FileState.WRITTEN, FileState.SKIPPED}
        return is_there and not self.gaps and not missing_of(self.problem, self.notices)


MISSING_CODES = frozenset({"file.cut_short", "file.changed", "file.grew", "file.broke_off"})
"""Notices after which something may be missing in the result."""
LASTING_CODES = frozenset({"file.cut_short"})
"""Those of them that hearing the same file again would not change."""


def missing_of(problem: Problem | None, notices: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Why something of a file may be missing in its result."""
    found = [problem] if problem is not None else []
    return tuple(dict.fromkeys([*found, *(each for each in notices if each.code in MISSING_CODES)]))


@dataclass(frozen=True, slots=True)
class JobProgress:
    """The job as it stands. ``speed``: sound recognised per time; ``left_s``: ``None`` while unknown."""

    ended: int
    total: int
    current: FileView | None
    speed: float
    left_s: float | None
    memory_bytes: int
    peak_bytes: int
    is_on_card: bool
    is_paused: bool
    fraction: float

    @property
    def at(self) -> int:
        """The number of the file at work, from 1."""
        return self.current.file_id + 1 if self.current else min(self.total, self.ended + 1)


class Outcome(StrEnum):
    """How a job ended."""

    DONE = "done"
    PARTLY = "partly"  # some file failed, or some of its sound has no text
    STOPPED = "stopped"  # by the user
    FAILED = "failed"  # the recognizer cannot go on


@dataclass(frozen=True, slots=True)
class JobSummary:
    """What came of it. ``problem``: why the job as a whole ended early."""

    outcome: Outcome
    files: tuple[FileView, ...]
    heard_ms: int
    took_ms: float
    problem: Problem | None = None

    def count(self, state: FileState) -> int:
        """How many files are in that state."""
        return sum(each.state is state for each in self.files)

    @property
    def exit_code(self) -> int:
        """0 all, 1 some failed, 130 interrupted."""
        return {Outcome.DONE: 0, Outcome.STOPPED: 130}.get(self.outcome, 1)
