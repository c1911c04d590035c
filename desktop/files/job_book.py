"""A job's own entry in the history: made when it begins, so that a killed one is there too."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from desktop.core.file_job_facts import FileView, JobSummary, missing_of
from desktop.core.file_names import shown
from desktop.files.gathering import Found
from desktop.history.jobs import DoneFile, JobEntry
from desktop.history.opening import HistoryFailed
from desktop.history.store import HistoryStore, Limits
from recognizer.events import Ready

_log = logging.getLogger(__name__)


class JobBook:
    """Belongs to the thread of the job. ``folder`` ``None``: the user wants nothing remembered.

    What cannot be written down is only logged: a job is there for its results.
    """

    def __init__(
        self,
        folder: Path | None,
        limits: Limits,
        files: Sequence[Found],
        options: tuple[tuple[str, str], ...],
    ) -> None:
        self._folder, self._limits = folder, limits
        self._paths = [each.path if each.is_stdin else each.path.absolute() for each in files]
        now = datetime.now(UTC)
        self._entry = JobEntry(now, now, "running", options=options)

    def begin(self, views: Sequence[FileView]) -> None:
        """The job begins."""
        self._save(replace(self._entry, files=self._files(views)))

    def end(self, summary: JobSummary, ready: Ready | None) -> None:
        """It is over."""
        self._save(
            replace(
                self._entry,
                ended_utc=datetime.now(UTC),
                outcome=summary.outcome.value,
                model=ready.model.name if ready else "",
                device=ready.device if ready else "",
                heard_ms=summary.heard_ms,
                took_ms=round(summary.took_ms),
                problem_code=summary.problem.code if summary.problem else "",
                files=self._files(summary.files),
            )
        )

    def _save(self, entry: JobEntry) -> None:
        if self._folder is None:
            return
        try:
            with HistoryStore(self._folder) as store:
                job_id = store.save_job(entry)
                store.retain(self._limits, datetime.now(UTC))
        except HistoryFailed as failure:
            _log.warning("a job is not in the history: %s", failure.problem.code)
            return
        self._entry = replace(entry, job_id=job_id)

    def _files(self, views: Sequence[FileView]) -> tuple[DoneFile, ...]:
        return tuple(
            DoneFile(path, view.state.value, view.done_ms, sentence_of(view), tuple(map(shown, view.outputs)))
            for path, view in zip(self._paths, views, strict=False)
        )


def sentence_of(view: FileView) -> str:
    """Why something of the file is missing; empty: nothing is."""
    if view.problem is not None:
        return shown(view.problem.sentence)
    if view.gaps:
        return shown(view.gaps[0].problem.sentence)
    missing = missing_of(None, view.notices)
    return shown(missing[0].sentence) if missing else ""
