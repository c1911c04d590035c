"""``plosive jobs``: which recordings were written down, when and by which model, and what failed."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from desktop.cli import output
from desktop.cli.file_console import clock
from desktop.cli.history import history_folder
from desktop.core.file_names import shown
from desktop.history.jobs import JobEntry
from desktop.history.store import HistoryStore


def run(arguments: Namespace) -> int:
    """Print the latest jobs, the newest last."""
    with HistoryStore(history_folder(), is_read_only=True) as store:
        jobs = store.jobs(arguments.limit)
    if arguments.json:
        output.result_json([_as_dict(each) for each in reversed(jobs)])
    else:
        for each in reversed(jobs):
            _print(each)
    return output.OK


def _print(job: JobEntry) -> None:
    when = job.started_utc.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    done = sum(file.state in {"written", "skipped"} for file in job.files)
    model = f", {job.model} on {job.device}" if job.model else ""
    sound = f", {clock(job.heard_ms / 1000)} of sound in {clock(job.took_ms / 1000)}" if job.took_ms else ""
    output.result(f"{when}  {job.outcome}: {done} of {len(job.files)} files{model}{sound}")
    for file in job.files:
        if file.problem:
            output.result(f"  {shown(str(file.path))}: {file.problem}")


def _as_dict(job: JobEntry) -> dict[str, object]:
    told = asdict(job)
    times = {"started_utc": job.started_utc.isoformat(), "ended_utc": job.ended_utc.isoformat()}
    files = [asdict(each) | {"path": shown(str(each.path))} for each in job.files]
    return told | times | {"options": dict(job.options), "files": files}
