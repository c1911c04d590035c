"""What the desktop composes: a driver with a real worker process on this machine."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import Final

from recognizer.base import EmitRecognizerEvent
from recognizer.child import WorkerProcess, worker_environment
from recognizer.driver import RecognizerDriver
from recognizer.events import ModelSpec
from recognizer.worker_run import Deadlines

EMBEDDED_MODEL: Final = ModelSpec(engine="pocketsphinx", name="English (embedded)", device="cpu")
"""The model that needs no download."""


def local_recognizer(
    emit: EmitRecognizerEvent,
    log_dir: Path,
    *,
    threads: int | None = None,
    deadlines: Deadlines | None = None,
) -> RecognizerDriver:
    """A driver whose worker logs to ``log_dir/worker.log`` (mode 0600, bounded).

    ``threads`` is what the engine may use for arithmetic; by default half the cores, at most 4.
    """
    environment = worker_environment(threads or default_threads())
    spawn = partial(WorkerProcess, log_dir / "worker.log", environment=environment)
    return RecognizerDriver(emit, spawn=spawn, deadlines=deadlines)


def default_threads() -> int:
    """Half the cores that this process may use, between 1 and 4."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(4, cores // 2))
