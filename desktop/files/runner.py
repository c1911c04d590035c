"""The thread ``file-job``: sole owner of a job, its results and what is kept of it.

Facts come in from the recognizer, from the thread ``files`` and from the user; what is shown goes out
through ``tell``, on this thread.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from typing import Final

from audio.events import Problem
from desktop.core import file_job_facts as job
from desktop.core.file_job import FileJob
from desktop.files.job_desk import JobDesk, JobOver, JobParts, JobTroubled, Progressed
from desktop.files.problems import JOB_FAILED
from desktop.files.reader import FileReader
from desktop.files.results import Results
from desktop.history.file_work import FileWork
from desktop.history.opening import HistoryFailed
from recognizer import events as rec

TICK_S: Final = 0.5
TELL_EVERY_S: Final = 0.2
_log = logging.getLogger(__name__)


class JobRunner(threading.Thread):
    """Runs one job to its end; ``post`` takes facts from anywhere.

    ``make_job`` is called on the thread: looking at thousands of files on a share takes its time.
    """

    _job: FileJob

    def __init__(self, make_job: Callable[[], FileJob], parts: JobParts) -> None:
        super().__init__(name="file-job", daemon=True)
        self._make_job = make_job
        self._parts = parts
        self.is_stopping = False  # the asker's note
        self._inbox: queue.SimpleQueue[object] = queue.SimpleQueue()
        self._told_s = 0.0
        self._told_problems: set[str] = set()

    def post(self, event: object) -> None:
        """A fact, from any thread."""
        self._inbox.put(event)

    def stop(self, timeout_s: float = 5.0) -> bool:
        """Cancel and wait; whether it ended in time."""
        self.post(job.CancelRequested())
        self.join(timeout_s)
        return not self.is_alive()

    # --- on the thread ----------------------------------------------------------------------------

    def run(self) -> None:
        work: FileWork | None = None
        reader: FileReader | None = None
        self._job = self._make_job()
        try:
            work = self._open_work()
            reader = self._parts.make_reader(self.post)
            self._loop(work, reader, self._parts.make_results(work))
        except Exception:  # noqa: BLE001 - whoever waits for the job must hear of its end
            _log.exception("file job: unexpected")
            views = self._job.views()
            self._parts.tell(JobOver(job.JobSummary(job.Outcome.FAILED, views, 0, 0.0, JOB_FAILED)))
            self._parts.hold("")
        finally:
            if reader is not None:
                reader.stop()
            if work is not None:
                work.close()

    def _loop(self, work: FileWork | None, reader: FileReader, results: Results) -> None:
        desk = JobDesk(self._parts, work, reader, results)
        self._parts.book.begin(self._job.views())
        self._take(job.JobStarted(), desk)
        if self._parts.ready is not None:  # loaded before the job began
            self._take(self._parts.ready, desk)
        while self._job.summary is None:
            try:
                event = self._inbox.get(timeout=TICK_S)
            except queue.Empty:
                event = job.TimePassed()
            self._take(event, desk)
            self._tell_progress()
        for problem in desk.troubles():
            self._trouble(problem)
        self._tell_progress(is_last=True)
        self._parts.book.end(self._job.summary, desk.ready)
        self._parts.tell(JobOver(self._job.summary))

    def _take(self, event: object, desk: JobDesk) -> None:
        if isinstance(event, rec.Ready):
            desk.ready = event
        for fact in desk.facts_of(event):
            for command in self._job.handle(fact, time.monotonic() * 1000.0):
                for answer in desk.carry_out(command):
                    self.post(answer)
        for problem in desk.troubles():
            self._trouble(problem)

    def _open_work(self) -> FileWork | None:
        try:
            work = self._parts.open_work()
        except HistoryFailed as failure:
            self._trouble(failure.problem)
            return None
        if work is not None and work.problem is not None:
            self._trouble(work.problem)
        return work

    def _trouble(self, problem: Problem) -> None:
        if problem.code not in self._told_problems:
            self._told_problems.add(problem.code)
            self._parts.tell(JobTroubled(problem))

    def _tell_progress(self, *, is_last: bool = False) -> None:
        now_s = time.monotonic()
        if not is_last and now_s - self._told_s < TELL_EVERY_S:
            return
        self._told_s = now_s
        changed = self._job.changed_views()
        self._parts.tell(Progressed(self._job.progress(now_s * 1000.0), changed))
