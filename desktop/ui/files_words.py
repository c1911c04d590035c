"""What the window of recordings says of files and of the job. No Qt."""

from __future__ import annotations

from desktop.core.file_job_facts import FileState, FileView, JobProgress, JobSummary, Outcome
from desktop.ui.words import memory, say, translated


def state_words(view: FileView) -> str:
    """``Reading``, ``Written``, ``Failed: …``."""
    if view.state is FileState.FAILED and view.problem is not None:
        return say("recordings.failed-because", reason=translated(view.problem.sentence))
    if view.state in {FileState.WRITTEN, FileState.SKIPPED} and not view.is_whole:
        return say("recordings.is.incomplete")
    words = say(f"recordings.is.{view.state.value}")
    if view.state in {FileState.READING, FileState.RECOGNISING} and view.length_ms:
        return f"{words} {min(100, 100 * view.done_ms // view.length_ms)} %"
    return words


def length_words(length_ms: int) -> str:
    """``1:02:03``, ``2:03``; nothing while it is not known."""
    if length_ms <= 0:
        return ""
    seconds = round(length_ms / 1000)
    hours, minutes = seconds // 3600, seconds // 60 % 60
    return f"{hours}:{minutes:02}:{seconds % 60:02}" if hours else f"{minutes}:{seconds % 60:02}"


def about_lines(view: FileView) -> list[str]:
    """All there is to know of a file: why it failed, what is missing, where its results are."""
    lines = []
    problems = ([view.problem] if view.problem else []) + list(view.notices)
    for problem in dict.fromkeys(problems):
        lines += [translated(problem.sentence), translated(problem.remedy)]
    for gap in view.gaps:
        lines.append(
            say(
                "recordings.gap",
                start=length_words(gap.start_ms) or "0:00",
                end=length_words(gap.end_ms),
                reason=translated(gap.problem.sentence),
            )
        )
    lines += view.outputs
    return [line for line in dict.fromkeys(lines) if line]


def progress_words(progress: JobProgress) -> str:
    """``File 3 of 60 · segment 12 · 18.2 × real time · 12 min left · Card 1.2 GiB, peak 1.4 GiB``."""
    parts = [say("recordings.at", at=progress.at, total=progress.total)]
    if progress.is_paused:
        parts.append(say("recordings.paused"))
    if progress.current is not None and not progress.is_paused:
        parts.append(say("recordings.segment", number=progress.current.segments + 1))
    if progress.speed:
        parts.append(say("recordings.speed", speed=f"{progress.speed:.1f}"))
    if progress.left_s is not None and not progress.is_paused:
        parts.append(left_words(progress.left_s))
    if progress.memory_bytes:
        key = "recordings.card" if progress.is_on_card else "recordings.memory"
        parts.append(say(key, now=memory(progress.memory_bytes), peak=memory(progress.peak_bytes)))
    return " · ".join(parts)


def left_words(left_s: float) -> str:
    """Minutes, or seconds when it is soon over."""
    if left_s >= 90:
        return say("models.left", minutes=round(left_s / 60))
    return say("models.left-soon", seconds=round(left_s))


def summary_words(summary: JobSummary) -> str:
    """What came of the job, in a line or two."""
    written, skipped = summary.count(FileState.WRITTEN), summary.count(FileState.SKIPPED)
    parts = [say("recordings.count-written", count=written)]
    if skipped:
        parts.append(say("recordings.count-skipped", count=skipped))
    if failed := summary.count(FileState.FAILED):
        parts.append(say("recordings.count-failed", count=failed))
    lines = [" · ".join(parts)]
    if summary.outcome is Outcome.STOPPED:
        lines.append(say("recordings.stopped"))
    if summary.problem is not None:
        lines += [translated(summary.problem.sentence), translated(summary.problem.remedy)]
    return "\n".join(lines)
