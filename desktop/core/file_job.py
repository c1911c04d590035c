"""A job of files: which is read, what is recognised when, when memory is cleaned, what is written. Pure.

Facts in, wishes out. Segments are read one for one wish, so that never more than ``most_unfinished_ms`` of
sound waits for its text, however long the files are. Files are read in order and may overlap in time: while
the last texts of one are owed, the next is read. Twenty of them are a group; between groups the recognizer
gives cached memory back. A segment that fails is tried once more; then it is a gap, told by name, and the
others go on. The same files give the same results, in whatever order the texts come.

Over 250 lines because reading, answering and finishing share one state and would only be scattered.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from audio.events import Problem
from desktop.core import file_job_facts as job
from desktop.core.file_job_facts import FileState, JobFile, JobOptions, Outcome, Piece
from desktop.core.file_lines import lines_of, merged, moved
from desktop.core.file_progress import Pace
from desktop.core.file_track import Track
from recognizer import events as rec

TRIES: Final = 2

NO_ANSWER: Final = Problem(
    "files.no_answer",
    "The recognizer gave no sign of life for several minutes.",
    "Start the job again: what was recognised is kept. A smaller model may help.",
)
NOT_FINISHED: Final = Problem(
    "files.not_finished",
    "Numbers and punctuation could not be added; the words are written as they were recognised.",
    "Start the job again with --force to try once more.",
)


class FileJob:
    """Made with its files; begins with ``JobStarted``; ended when ``summary`` is there."""

    def __init__(
        self, files: Iterable[JobFile], options: JobOptions, next_utterance_id: Callable[[], int]
    ) -> None:
        self._tracks = [Track(file_id, file) for file_id, file in enumerate(files)]
        self._options = options
        self._next_utterance_id = next_utterance_id
        self._reading: Track | None = None
        self._is_asked = False  # a segment or the opening of a file is awaited
        self._opened = 0
        self._group: list[Track] = []
        self._owed: dict[int, tuple[int, int]] = {}
        self._to_send: deque[tuple[int, int]] = deque()
        self._is_blocked = False  # refused: wait for the next text
        self._request: tuple[int, float] | None = None  # finishing texts: its id, asked when
        self._requests = 0
        self._is_paused = False
        self._load_problem: tuple[Problem, float] | None = None
        self._sign_ms = 0.0
        self._reported_ms = -1e12
        self._holder = ""
        self._changed: dict[int, None] = {}
        self._commands: list[job.JobCommand] = []
        self.pace = Pace()
        self.summary: job.JobSummary | None = None

    # --- what is shown ----------------------------------------------------------------------------

    def views(self) -> tuple[job.FileView, ...]:
        """Every file as it stands."""
        return tuple(track.view() for track in self._tracks)

    def changed_views(self) -> tuple[job.FileView, ...]:
        """The files that changed since this was asked last."""
        changed, self._changed = self._changed, {}
        return tuple(self._tracks[file_id].view() for file_id in changed)

    def progress(self, now_ms: float) -> job.JobProgress:
        """The job as it stands."""
        current = next((each for each in self._group if not each.state.is_end), None)
        view = current.view() if current else None
        return self.pace.progress(self._tracks, view, now_ms, is_paused=self._is_paused)

    # --- facts ------------------------------------------------------------------------------------

    def handle(self, event: object, now_ms: float) -> list[job.JobCommand]:
        """Take one fact; facts about other people's utterances mean nothing here."""
        self._commands = []
        if self.summary is not None:
            return []
        self._take(event, now_ms)
        if self.summary is None:
            self._move(now_ms)
        return self._commands

    def _take(self, event: object, now_ms: float) -> None:
        match event:
            case rec.Final() | rec.UtteranceFailed() | rec.Overloaded():
                if event.utterance_id in self._owed:
                    self._sign_ms = now_ms
                    self._answer(event, now_ms)
            case rec.WorkerStarting() | rec.Loading() | rec.Ready() | rec.LoadFailed():
                self._take_model(event, now_ms)
            case rec.MemoryReported():
                self.pace.report(event)
            case rec.TextsFinished():
                self._take_finished(event)
            case job.JobStarted():
                self._sign_ms = now_ms
            case job.PauseRequested() | job.ResumeRequested():
                self._is_paused = isinstance(event, job.PauseRequested)
                self._sign_ms = now_ms
                self.pace.pause(now_ms, is_paused=self._is_paused)
            case job.CancelRequested():
                self._end(Outcome.STOPPED, now_ms)
            case job.FilesAdded():
                start = len(self._tracks)
                self._tracks += [Track(start + at, file) for at, file in enumerate(event.files)]
            case job.TimePassed():
                self._take_time(now_ms)
            case _:
                self._take_file(event)

    def _take_file(self, event: object) -> None:
        match event:
            case job.FileOpened():
                self._is_asked = False
                self._track(event.file_id).length_ms = event.length_ms
            case job.FileSkipped():
                self._skip(event)
            case job.SegmentRead():
                self._is_asked = False
                self._track(event.file_id).read(event)
                self._to_send.append((event.file_id, event.index))
            case job.SegmentKept():
                self._is_asked = False
                self._track(event.file_id).keep(event.piece)
            case job.FileEnded():
                self._ended(event)
            case job.FileWritten():
                track = self._track(event.file_id)
                track.state, track.outputs = FileState.WRITTEN, event.outputs
                track.release()
            case job.WriteFailed():
                track = self._track(event.file_id)
                track.fail(event.problem)
                track.release()

    def _track(self, file_id: int) -> Track:
        self._changed[file_id] = None
        return self._tracks[file_id]

    # --- reading ----------------------------------------------------------------------------------

    def _move(self, now_ms: float) -> None:
        """All that can be wished for now."""
        can_go_on = not self._is_paused and self._load_problem is None
        if can_go_on:
            self._send(now_ms)
            self._read_on()
        self._write_ready(now_ms)
        if self._end_group() and can_go_on:
            self._read_on()
        self._hold()
        if self._is_over():
            self._end(Outcome.DONE, now_ms)

    def _read_on(self) -> None:
        options = self._options
        most_ms = options.most_unfinished_card_ms if self.pace.is_on_card else options.most_unfinished_ms
        if self._is_asked or self._unfinished_ms() >= most_ms:
            return
        if self._reading is None and not self._is_group_full() and self._opened < len(self._tracks):
            self._reading = track = self._track(self._opened)
            self._opened += 1
            self._group.append(track)
            track.state = FileState.READING
            self._wish(job.OpenFile(track.file_id))
            self._is_asked = True
        elif self._reading is not None:
            self._wish(job.ReadOn(self._reading.file_id))
            self._is_asked = True

    def _unfinished_ms(self) -> int:
        waiting = (segment for track in self._group for segment in track.waiting.values())
        return sum(each.end_ms - each.start_ms for each in waiting)

    def _is_group_full(self) -> bool:
        if len(self._group) >= self._options.group_files:
            return True
        return sum(each.heard_ms for each in self._group) >= self._options.group_ms

    def _ended(self, event: job.FileEnded) -> None:
        self._is_asked = False
        if self._reading is not None and self._reading.file_id == event.file_id:
            self._reading = None
        self._track(event.file_id).end(event.heard_ms, event.problem, event.notices)

    def _skip(self, event: job.FileSkipped) -> None:
        self._is_asked, self._reading = False, None
        track = self._track(event.file_id)
        track.state, track.outputs, track.is_read = FileState.SKIPPED, event.outputs, True
        track.notices = event.notices

    # --- recognising ------------------------------------------------------------------------------

    def _send(self, now_ms: float) -> None:
        while self._to_send and not self._is_blocked:
            file_id, index = self._to_send.popleft()
            if index not in self._tracks[file_id].waiting:
                continue
            utterance_id = self._next_utterance_id()
            if not self._owed:
                self._sign_ms = now_ms
            self._owed[utterance_id] = (file_id, index)
            self.pace.begin(now_ms)
            self._wish(job.Recognise(file_id, index, utterance_id))

    def _answer(self, event: rec.Final | rec.UtteranceFailed | rec.Overloaded, now_ms: float) -> None:
        file_id, index = self._owed.pop(event.utterance_id)
        match event:
            case rec.Overloaded():
                self._to_send.append((file_id, index))
                self._is_blocked = True
            case rec.UtteranceFailed():
                self._is_blocked = False
                self._fail_segment(file_id, index, event.problem)
            case rec.Final():
                self._is_blocked = False
                self._keep(file_id, index, event, now_ms)

    def _keep(self, file_id: int, index: int, final: rec.Final, now_ms: float) -> None:
        track = self._track(file_id)
        segment = track.waiting[index]
        words = moved(final.words, segment.start_ms)
        piece = Piece(
            index, segment.start_ms, segment.end_ms, segment.overlap_ms, " ".join(final.text.split()), words
        )
        track.keep(piece)
        if final.notice is not None and final.notice not in track.notices:
            track.notices = (*track.notices, final.notice)
        self.pace.recognised(segment.end_ms - segment.start_ms - segment.overlap_ms, now_ms)
        self._wish(job.KeepPiece(file_id, piece), job.DropSound(file_id, index))

    def _fail_segment(self, file_id: int, index: int, problem: Problem) -> None:
        if self._load_problem is not None:  # not the segment's fault
            self._to_send.append((file_id, index))
            return
        track = self._track(file_id)
        track.tries[index] = track.tries.get(index, 1) + 1
        if track.tries[index] <= TRIES:
            self._to_send.append((file_id, index))
            return
        track.give_up(index, problem)
        self._wish(job.DropSound(file_id, index))

    def _take_model(
        self, event: rec.WorkerStarting | rec.Loading | rec.Ready | rec.LoadFailed, now_ms: float
    ) -> None:
        self._sign_ms = now_ms
        if isinstance(event, rec.LoadFailed):
            self._load_problem = (event.problem, now_ms)
        else:
            self._load_problem = None
        if isinstance(event, rec.Ready):
            self.pace.is_on_card = event.device != "cpu"

    def _take_time(self, now_ms: float) -> None:
        self._is_blocked = self._is_blocked and bool(self._owed)
        if self._load_problem is not None and now_ms - self._load_problem[1] >= self._options.load_grace_ms:
            self._end(Outcome.FAILED, now_ms, self._load_problem[0])
            return
        limit_ms = self._options.silence_ms
        if limit_ms and self._owed and now_ms - self._sign_ms > limit_ms:
            self._end(Outcome.FAILED, now_ms, NO_ANSWER)
            return
        if self._request is not None and now_ms - self._request[1] > self._options.finish_within_ms:
            self._take_unfinished()
        if self._owed and now_ms - self._reported_ms >= self._options.report_memory_every_ms:
            self._reported_ms = now_ms
            self._wish(job.ReportMemory())

    # --- finishing --------------------------------------------------------------------------------

    def _write_ready(self, now_ms: float) -> None:
        """Ask for the finished texts of a group, or write each file as soon as its texts are there."""
        ready = [each for each in self._group if each.state is FileState.RECOGNISING and each.is_recognised]
        if not self._options.is_deferred:
            for track in ready:
                self._write(track)
        elif ready and self._is_group_read() and all(each.is_recognised for each in self._group):
            self._requests += 1
            for track in ready:
                self._track(track.file_id).state = FileState.FINISHING
                track.merge(merged(track.ordered()))
            self._request = (self._requests, now_ms)
            texts = tuple(piece.text for track in ready for piece in track.ordered())
            self._wish(job.FinishTexts(self._requests, texts))

    def _is_group_read(self) -> bool:
        return self._reading is None and (self._is_group_full() or self._opened == len(self._tracks))

    def _finishing(self) -> list[Track]:
        return [each for each in self._group if each.state is FileState.FINISHING]

    def _take_finished(self, event: rec.TextsFinished) -> None:
        if self._request is None or event.request_id != self._request[0]:
            return
        pieces = [(track, piece) for track in self._finishing() for piece in track.ordered()]
        if len(event.texts) != len(pieces):
            self._take_unfinished()
            return
        for (track, piece), text in zip(pieces, event.texts, strict=True):
            track.pieces[piece.index] = Piece(
                piece.index, piece.start_ms, piece.end_ms, piece.overlap_ms, text, piece.words
            )
        self._write_finished()

    def _take_unfinished(self) -> None:
        for track in self._finishing():
            track.notices = (*track.notices, NOT_FINISHED)
        self._write_finished()

    def _write_finished(self) -> None:
        self._request = None
        for track in self._finishing():
            self._write(track)

    def _write(self, track: Track) -> None:
        self._track(track.file_id).state = FileState.FINISHING
        lines = lines_of(merged(track.ordered()))
        missing = job.missing_of(track.problem, track.notices)
        self._wish(job.WriteFile(track.file_id, lines, tuple(track.gaps), track.heard_ms, missing))

    def _end_group(self) -> bool:
        """Between two groups the recognizer cleans up; a group of skipped files gave it nothing to clean."""
        if not self._group or not self._is_group_read() or not all(each.state.is_end for each in self._group):
            return False
        had_work = any(each.segments for each in self._group)
        self._group = []
        if had_work:
            self._wish(job.CleanCache())
        return True

    # --- the model, and the end -------------------------------------------------------------------

    def _hold(self) -> None:
        busy = (each for each in self._group if not each.state.is_end and (each.segments or each.waiting))
        current = next(busy, None)
        holder = current.file.name if current else self._holder
        if self._is_paused and not self._owed and self._request is None:
            holder = ""
        if holder != self._holder:
            self._holder = holder
            self._wish(job.HoldModel(holder))

    def _is_over(self) -> bool:
        return self._opened == len(self._tracks) and not self._group and not self._is_paused

    def _end(self, outcome: Outcome, now_ms: float, problem: Problem | None = None) -> None:
        if self._reading is not None:
            self._wish(job.CloseFile(self._reading.file_id))
        self._wish(*map(job.CancelUtterance, self._owed))
        self._owed.clear()
        for track in self._tracks:
            if problem is not None and not track.state.is_end:
                self._track(track.file_id).fail(problem)
        views = self.views()
        if outcome is Outcome.DONE and not all(each.is_whole for each in views):
            outcome = Outcome.PARTLY
        heard_ms = sum(each.heard_ms for each in self._tracks)
        self.summary = job.JobSummary(outcome, views, heard_ms, self.pace.active_ms(now_ms), problem)
        self._wish(job.HoldModel(""), job.EndJob())

    def _wish(self, *commands: job.JobCommand) -> None:
        self._commands += commands
