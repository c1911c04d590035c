"""Who recognises for a job of files in the running program: its own recognizer, or a second worker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from desktop.files.job_desk import JobOver, JobTold
from desktop.files.making import JobLinks
from desktop.runtime import Runtime
from recognizer import events as rec
from recognizer.local import local_recognizer

HEARD: Final = (
    rec.Final,
    rec.UtteranceFailed,
    rec.Overloaded,
    rec.WorkerStarting,
    rec.Loading,
    rec.Ready,
    rec.LoadFailed,
    rec.MemoryReported,
    rec.TextsFinished,
)
"""What the program's recognizer tells that a job wants to know."""


@dataclass(frozen=True, slots=True)
class FilesTold:
    """Something the job told."""

    told: JobTold


@dataclass(frozen=True, slots=True)
class FilesHold:
    """The job needs the model for a file; an empty name: no longer."""

    name: str


def shared_links(runtime: Runtime) -> JobLinks:
    """With the loaded model; a dictation goes first."""
    post = runtime.bridge.post
    return JobLinks(
        runtime.recognizer,
        runtime.next_utterance_id,
        lambda name: post(FilesHold(name)),
        lambda told: post(FilesTold(told)),
        lambda _: None,
        runtime.lifecycle.ready,
    )


def own_links(
    runtime: Runtime, model: rec.ModelSpec, logs: Path, heard: Callable[[object], None]
) -> JobLinks:
    """With a worker that belongs to the job and ends with it, on the job's thread."""
    post = runtime.bridge.post
    own_logs = logs / "files"
    own_logs.mkdir(mode=0o700, exist_ok=True)
    driver = local_recognizer(heard, own_logs)

    def tell(told: JobTold) -> None:
        if isinstance(told, JobOver):
            driver.stop()
        post(FilesTold(told))

    return JobLinks(
        driver,
        runtime.next_utterance_id,
        lambda name: driver.load(model) if name else driver.unload(),
        tell,
        lambda _: None,
    )
