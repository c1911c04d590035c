"""Fetching as seen by who wants a model: starts the fetching process, tells of progress, ends it if it hangs.

Nothing heavy is imported here, and a hang anywhere in a hub's library costs one child process.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Any, Final

from audio.events import Problem
from recognizer.models import problems
from recognizer.models.fetch import FetchRequest
from recognizer.models.manifest import FetchedFile
from recognizer.models.problems import ModelFailed

LOOK_EVERY_S: Final = 0.1
SPEED_OVER_S: Final = 5.0
SLACK_S: Final = 15.0
END_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Progress:
    """``stage`` is asking, fetching, waiting (``note`` says for what) or checking; the last two figures are 0
    while they cannot be told.
    """

    stage: str
    done_bytes: int = 0
    total_bytes: int = 0
    bytes_per_s: float = 0.0
    left_s: float = 0.0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Fetched:
    """All files of a model."""

    revision: str
    files: tuple[FetchedFile, ...]


Tell = Callable[[Progress], None]
Stop = Callable[[], bool]


def download(request: FetchRequest, tell: Tell, is_cancelled: Stop) -> Fetched:
    """Fetch, with a new process if one hangs. Blocks; ``is_cancelled`` is asked ten times a second.

    Raises ``ModelFailed``; what has arrived stays in the folder of the request.
    """
    patience = request.patience
    hangs_after_s = patience.stall_s + patience.pause_s * 2**patience.attempts + SLACK_S
    place = request.endpoint.partition("//")[2] or request.endpoint
    for _ in range(max(1, patience.attempts - 2)):
        with FetchProcess(request) as process:
            story = _Story(tell)
            for line in process.lines(hangs_after_s, is_cancelled):
                if (fetched := story.take(line)) is not None:
                    return fetched
            if not process.hung:
                raise ModelFailed(story.problem or problems.fetch_crashed())
            tell(replace(story.progress, stage="waiting", bytes_per_s=0.0, left_s=0.0))
    raise ModelFailed(problems.stalled(place, hangs_after_s))


def fetch_command() -> list[str]:
    """How to start the fetching process with this very Python."""
    return [sys.executable, "-P", "-m", "recognizer.models.fetch"]


def fetch_environment() -> dict[str, str]:
    """Ours is found first; libraries print no bars."""
    root = str(Path(__file__).resolve().parents[2])
    paths = [root, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    quiet = {"HF_HUB_DISABLE_PROGRESS_BARS": "1", "MODELSCOPE_LOG_LEVEL": "40", "PYTHONWARNINGS": "ignore"}
    return dict(os.environ) | quiet | {"PYTHONPATH": os.pathsep.join(dict.fromkeys(paths))}


class FetchProcess:
    """The child and the thread that reads it. Leaving the context ends it, whatever it is doing."""

    def __init__(self, request: FetchRequest) -> None:
        self.hung = False
        self._name = request.name
        self._process = subprocess.Popen(
            fetch_command(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=fetch_environment(),
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):  # it has died at once: then it says nothing, and that is told
            self._process.stdin.write(request.to_json().encode() + b"\n")
            self._process.stdin.flush()
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        arguments = (self._process.stdout, self._lines)
        self._reader = threading.Thread(target=_read, args=arguments, name="model-fetch-reader", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Of the child."""
        return self._process.pid

    def __enter__(self) -> FetchProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()  # it keeps nothing that a later one needs but what is in its files
        with suppress(subprocess.TimeoutExpired):  # it may hang in the disk for a while; it does nothing more
            self._process.wait(END_S)
        self._reader.join(END_S)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def lines(self, hangs_after_s: float, is_cancelled: Stop) -> Iterator[dict[str, Any]]:
        """What it tells, until it ends or says nothing for so long (then ``hung``).

        Raises ``ModelFailed`` when cancelled.
        """
        heard_s = time.monotonic()
        while time.monotonic() - heard_s < hangs_after_s:
            if is_cancelled():
                raise ModelFailed(problems.cancelled(self._name))
            try:
                line = self._lines.get(timeout=LOOK_EVERY_S)
            except queue.Empty:
                continue
            if line is None:
                return
            heard_s = time.monotonic()
            yield json.loads(line)
        self.hung = True


def _read(stream: IO[bytes], lines: queue.SimpleQueue[bytes | None]) -> None:
    """Whole lines; one that was cut by the process's end is none."""
    for line in stream:
        if line.endswith(b"\n"):
            lines.put(line)
    lines.put(None)


class Speed:
    """Bytes per second over the last seconds; 0 until it can be told."""

    def __init__(self, over_s: float = SPEED_OVER_S) -> None:
        self._over_s = over_s
        self._points: deque[tuple[float, int]] = deque()

    def at(self, now_s: float, done_bytes: int) -> float:
        """Take a reading and tell the speed."""
        if self._points and done_bytes < self._points[-1][1]:
            self._points.clear()  # something was thrown away
        self._points.append((now_s, done_bytes))
        while len(self._points) > 2 and now_s - self._points[0][0] > self._over_s:
            self._points.popleft()
        (first_s, first), (last_s, last) = self._points[0], self._points[-1]
        return (last - first) / (last_s - first_s) if last_s > first_s else 0.0


@dataclass
class _Story:
    """Makes progress, a result or a problem of the child's lines."""

    tell: Tell
    progress: Progress = field(default_factory=lambda: Progress("asking"))
    problem: Problem | None = None
    speed: Speed = field(default_factory=Speed)

    def take(self, line: dict[str, Any]) -> Fetched | None:
        """One line; the files, when it is the last."""
        match line:
            case {"told": "listed", "total_bytes": int(total), "kept_bytes": int(kept)}:
                self.progress = Progress("fetching", kept, total)
            case {"told": "progress", "done_bytes": int(done)}:
                self.progress = self._moved(done)
            case {"told": "waiting", "sentence": str(sentence)}:
                self.progress = replace(
                    self.progress, stage="waiting", bytes_per_s=0.0, left_s=0.0, note=sentence
                )
            case {"told": "done", "revision": str(revision), "files": list(files)}:
                return Fetched(revision, tuple(FetchedFile(**file) for file in files))
            case {"told": "failed", "code": str(code), "sentence": str(sentence), "remedy": str(remedy)}:
                self.problem = Problem(code, sentence, remedy)
        self.tell(self.progress)
        return None

    def _moved(self, done: int) -> Progress:
        total = self.progress.total_bytes
        per_s = self.speed.at(time.monotonic(), done)
        if done >= total:
            return Progress("checking", done, total)
        return Progress("fetching", done, total, per_s, (total - done) / per_s if per_s else 0.0)
