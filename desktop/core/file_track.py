"""One file on its way through a job: which segments it has, which texts are there, what came of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from audio.events import Problem
from desktop.core.file_job_facts import FileState, FileView, Gap, JobFile, Piece, SegmentRead


@dataclass(slots=True)
class Track:
    """Segments by their number; ``waiting`` are those that owe a text."""

    file_id: int
    file: JobFile
    state: FileState = FileState.WAITING
    length_ms: int = 0
    heard_ms: int = 0
    is_read: bool = False
    pieces: dict[int, Piece] = field(default_factory=dict)
    waiting: dict[int, SegmentRead] = field(default_factory=dict)
    tries: dict[int, int] = field(default_factory=dict)
    gaps: list[Gap] = field(default_factory=list)
    problem: Problem | None = None
    notices: tuple[Problem, ...] = ()
    outputs: tuple[str, ...] = ()
    segments: int = 0

    @property
    def is_recognised(self) -> bool:
        """Read to its end, and no text is owed."""
        return self.is_read and not self.waiting

    @property
    def done_ms(self) -> int:
        """Sound whose text is there, or given up."""
        if self.state.is_end:
            return self.heard_ms
        pieces = sum(each.end_ms - each.start_ms - each.overlap_ms for each in self.pieces.values())
        return pieces + sum(each.end_ms - each.start_ms for each in self.gaps)

    def read(self, segment: SegmentRead) -> None:
        """A segment came; its text is owed."""
        self.waiting[segment.index] = segment
        self.heard_ms = max(self.heard_ms, segment.end_ms)

    def keep(self, piece: Piece) -> None:
        """A text came."""
        self.waiting.pop(piece.index, None)
        self.segments += piece.index not in self.pieces
        self.pieces[piece.index] = piece
        self.heard_ms = max(self.heard_ms, piece.end_ms)

    def give_up(self, index: int, problem: Problem) -> None:
        """No text will come for this segment."""
        segment = self.waiting.pop(index)
        self.gaps.append(Gap(segment.start_ms, segment.end_ms, problem))
        self.segments += 1
        self.gaps.sort(key=lambda each: each.start_ms)

    def end(self, heard_ms: int, problem: Problem | None, notices: tuple[Problem, ...]) -> None:
        """Nothing more can be read. With a problem and without any sound, the file has failed."""
        self.is_read = True
        self.heard_ms = max(self.heard_ms, heard_ms)
        self.notices = notices
        if problem is None:
            self.state = FileState.RECOGNISING
        elif self.pieces or self.waiting:  # what was heard until then is worth having
            self.state = FileState.RECOGNISING
            self.notices = (*notices, problem)
            self.problem = problem
        else:
            self.fail(problem)

    def fail(self, problem: Problem) -> None:
        """It cannot be done."""
        self.state, self.problem, self.is_read = FileState.FAILED, problem, True
        self.waiting.clear()

    def ordered(self) -> list[Piece]:
        """The texts in the order of the recording."""
        return [self.pieces[index] for index in sorted(self.pieces)]

    def merge(self, pieces: list[Piece]) -> None:
        """These pieces stand for those that were there."""
        self.pieces = {each.index: each for each in pieces}

    def release(self) -> None:
        """Its texts are on the disk: do not hold them on."""
        self.pieces.clear()

    def view(self) -> FileView:
        """As it stands."""
        return FileView(
            self.file_id,
            self.file.name,
            self.state,
            self.done_ms,
            max(self.length_ms, self.heard_ms),
            self.segments,
            self.problem,
            self.notices,
            self.outputs,
            tuple(self.gaps),
        )
