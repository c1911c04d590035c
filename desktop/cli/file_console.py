"""A job of files on a terminal: one line that moves, and at the end what came of it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from desktop.cli import output
from desktop.core.file_job_facts import FileState, FileView, JobProgress, JobSummary, Outcome

if TYPE_CHECKING:
    from rich.progress import Progress

GIB: Final = float(1 << 30)
STEPS: Final = 1000
MOST_NAMED: Final = 50


class Console:
    """``show`` each progress; ``end`` with the summary. Without a terminal only the summary is told."""

    def __init__(self) -> None:
        self._bar: Progress | None = None
        self._task: Any = None

    def show(self, progress: JobProgress) -> None:
        """The line as it is now."""
        if not sys.stderr.isatty():
            return
        if self._bar is None:
            self._bar = _bar()
            self._task = self._bar.add_task("", total=STEPS)
            self._bar.start()
        self._bar.update(
            self._task, completed=round(progress.fraction * STEPS), description=line_of(progress)
        )

    def say(self, print_it: Callable[[], None]) -> None:
        """Print something while the line stands."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None
        print_it()

    def end(self, summary: JobSummary) -> None:
        """Take the line away; tell what came of it."""
        self.say(lambda: tell_summary(summary))


def _bar() -> Progress:
    from rich.console import Console as Terminal
    from rich.progress import BarColumn, Progress, TextColumn

    columns = (BarColumn(bar_width=16), TextColumn("{task.description}", markup=False))
    return Progress(*columns, console=Terminal(stderr=True, highlight=False), transient=True)


def line_of(progress: JobProgress) -> str:
    """``file 3 of 60, talk.mp3, segment 12, 18.2 × real time, 0:12:30 left, card 1.2 GiB (peak 1.4)``."""
    parts = [f"file {progress.at} of {progress.total}"]
    if progress.current is not None:
        parts += [progress.current.name, f"segment {progress.current.segments + 1}"]
    if progress.speed:
        parts.append(f"{progress.speed:.1f} × real time")
    if progress.left_s is not None:
        parts.append(f"{clock(progress.left_s)} left")
    if progress.memory_bytes:
        place = "card" if progress.is_on_card else "memory"
        now, peak = progress.memory_bytes / GIB, progress.peak_bytes / GIB
        parts.append(f"{place} {now:.1f} GiB (peak {peak:.1f})")
    return ", ".join(parts)


def clock(seconds: float) -> str:
    """``1:02:03``."""
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"


def tell_summary(summary: JobSummary) -> None:
    """How many, how fast, and every file that is not whole by its name with the reason."""
    written, skipped = summary.count(FileState.WRITTEN), summary.count(FileState.SKIPPED)
    said = [f"{written} of {len(summary.files)} files written"]
    if skipped:
        said.append(f"{skipped} done before")
    if failed := summary.count(FileState.FAILED):
        said.append(f"{failed} failed")
    output.say(", ".join(said) + _pace(summary) + ".")
    troubled = [each for each in summary.files if reasons(each)]
    for view in troubled[:MOST_NAMED]:
        output.say(f"{view.name}:")
        for sentence, remedy in reasons(view):
            output.say(f"  {sentence}")
            if remedy:
                output.say(f"  → {remedy}")
    if len(troubled) > MOST_NAMED:
        output.say(f"… and {len(troubled) - MOST_NAMED} more; plosive jobs tells all of them.")
    if summary.problem is not None:
        output.tell(summary.problem)
    if summary.outcome is Outcome.STOPPED:
        output.say("Stopped. What was recognised is kept: the same command again goes on from there.")


def reasons(view: FileView) -> list[tuple[str, str]]:
    """Sentences and remedies about a file, each once."""
    problems = ([view.problem] if view.problem else []) + list(view.notices)
    found = {(each.sentence, each.remedy): None for each in problems}
    for gap in view.gaps:
        place = f"{clock(gap.start_ms / 1000)} to {clock(gap.end_ms / 1000)}"
        found[f"No text from {place}: {gap.problem.sentence}", gap.problem.remedy] = None
    return list(found)


def _pace(summary: JobSummary) -> str:
    if not summary.took_ms or not summary.heard_ms or summary.outcome is Outcome.STOPPED:
        return ""
    return f" ({clock(summary.heard_ms / 1000)} of sound in {clock(summary.took_ms / 1000)})"
