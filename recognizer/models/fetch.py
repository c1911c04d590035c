"""The process that fetches: ``python -m recognizer.models.fetch``. It is stopped by being ended.

One line of JSON on stdin says what to fetch (``FetchRequest``); when stdin closes, whoever asked is gone and
so is this. What happens is told in lines of JSON on stdout, each with ``told``: listed, progress, waiting,
done, failed.
"""

from __future__ import annotations

import errno
import json
import os
import sys
import threading
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from audio.events import Problem
from recognizer.models import problems
from recognizer.models.hub import RemoteFile, list_files, matches, wanted
from recognizer.models.problems import ModelFailed
from recognizer.models.structure import check_kind
from recognizer.models.transfer import Patience, Transfer, check_space

TELL_EVERY_S: Final = 0.1
LISTING_ATTEMPTS: Final = 3
"""Nothing has begun yet: who has no connection is told soon."""
_HEALABLE: Final = frozenset({"models.offline", "models.server_failed", "models.strange_answer"})


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """``files`` are patterns; ``required`` must be in the listing; the folder is there."""

    name: str
    hub: str
    repository: str
    endpoint: str
    folder: str
    files: tuple[str, ...]
    required: tuple[str, ...] = ()
    sha256: dict[str, str] = field(default_factory=dict)
    patience: Patience = field(default_factory=Patience)

    def to_json(self) -> str:
        """One line."""
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, line: str) -> FetchRequest:
        """The reverse. Raises ``ValueError``, ``TypeError``."""
        values: dict[str, Any] = json.loads(line)
        return cls(**values | {"patience": Patience(**values["patience"])})


class Teller:
    """Prints lines; progress at most ten times a second."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._done = 0
        self._told_s = 0.0

    def tell(self, told: str, **facts: Any) -> None:
        """One line, at once."""
        self._stream.write(json.dumps({"told": told, **facts}) + "\n")
        self._stream.flush()

    def arrived(self, count_bytes: int) -> None:
        """Bytes came (or, negative, were thrown away)."""
        self._done += count_bytes
        if time.monotonic() - self._told_s >= TELL_EVERY_S:
            self._told_s = time.monotonic()
            self.tell("progress", done_bytes=self._done)

    def waiting(self, problem: Problem) -> None:
        """An attempt failed; there will be another."""
        self.tell("progress", done_bytes=self._done)
        self.tell("waiting", code=problem.code, sentence=problem.sentence)


def fetch(request: FetchRequest, teller: Teller) -> None:
    """List, check the space, fetch the smallest first. Raises ``ModelFailed``, ``OSError``."""
    revision, files = _listed(request, teller)
    transfer = Transfer(Path(request.folder), request.patience, teller.arrived, teller.waiting)
    total = sum(file.size_bytes for file in files)
    kept = sum(transfer.kept_bytes(file) for file in files)
    check_space(Path(request.folder), total - kept, request.patience.reserve_bytes)
    teller.tell("listed", total_bytes=total, kept_bytes=kept, files=len(files), revision=revision)
    teller.arrived(kept)
    done = []
    for file in sorted(files, key=lambda each: each.size_bytes):
        sha256 = transfer.fetch(file)
        if file.path == "config.yaml":  # small, so it is here long before the weights
            check_kind(Path(request.folder, file.path))
        done.append({"path": file.path, "size_bytes": file.size_bytes, "sha256": sha256})
    teller.tell("progress", done_bytes=total)
    teller.tell("done", revision=revision, files=done)


def _listed(request: FetchRequest, teller: Teller) -> tuple[str, tuple[RemoteFile, ...]]:
    """The wanted files; asked for again as long as the hub's trouble may pass."""
    patience = request.patience
    attempts = min(patience.attempts, LISTING_ATTEMPTS)
    for attempt in range(attempts):
        try:
            place = (request.hub, request.repository, request.endpoint)
            listing = list_files(*place, patience.stall_s)
            break
        except ModelFailed as failed:
            if failed.problem.code not in _HEALABLE or attempt + 1 == attempts:
                raise
            teller.waiting(failed.problem)
            time.sleep(patience.pause_s * 2**attempt)
    files = wanted(listing, request.files, request.sha256)
    for name in request.required:
        if not any(matches(file.path, name) for file in files):
            raise ModelFailed(problems.not_found(name, request.repository))
    return listing.revision, files


def main() -> int:
    """Serve the one request on stdin."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no line of ours
    teller = Teller(out)
    request = FetchRequest.from_json(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, name="fetch-lifeline", daemon=True).start()
    try:
        fetch(request, teller)
    except ModelFailed as failed:
        teller.tell("failed", **asdict(failed.problem))
        return 1
    except OSError as error:
        teller.tell("failed", **asdict(_disk_problem(request, error)))
        return 1
    return 0


def _disk_problem(request: FetchRequest, error: OSError) -> Problem:
    folder = Path(request.folder)
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return problems.disk_full(folder, request.patience.reserve_bytes, 0)
    return problems.not_written(folder, error.strerror or type(error).__name__)


def _end_with_parent() -> None:
    """Whoever asked holds the other end of stdin; nothing more is ever sent there."""
    while os.read(0, 4096):
        pass
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main())
