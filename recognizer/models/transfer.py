"""Fetches one file over HTTP, nothing twice: ``NAME.SUM.part``, ``Range``, checksum, rename.

The part file carries the beginning of the checksum in its name: if the hub's file changes meanwhile, its
bytes are not mixed with those of before.
"""

from __future__ import annotations

import errno
import hashlib
import http.client
import os
import shutil
import ssl
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import urlsplit

from audio.events import Problem
from recognizer.models import problems
from recognizer.models.hub import RemoteFile
from recognizer.models.problems import ModelFailed

PIECE_BYTES: Final = 1 << 18
LONGEST_PAUSE_S: Final = 30.0
_TRANSIENT: Final = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Patience:
    """``stall_s`` without a byte ends an attempt; ``attempts`` in a row without a new byte end it all."""

    stall_s: float = 30.0
    attempts: int = 5
    pause_s: float = 1.0
    reserve_bytes: int = 256 << 20


class Transfer:
    """Fetches into ``folder``. ``arrived(n)`` is told of bytes (negative: thrown away; 0: still at work),
    ``waiting(why)`` of attempts that failed.
    """

    def __init__(
        self,
        folder: Path,
        patience: Patience,
        arrived: Callable[[int], None],
        waiting: Callable[[Problem], None],
    ) -> None:
        self._folder = folder
        self._patience = patience
        self._arrived = arrived
        self._waiting = waiting
        self._opener = _opener()

    def kept_bytes(self, file: RemoteFile) -> int:
        """How much of it is here already."""
        here = self._folder / file.path
        path = here if here.is_file() else self._part(file)
        return min(path.stat().st_size, file.size_bytes) if path.is_file() else 0

    def fetch(self, file: RemoteFile) -> str:
        """The whole file, at its place; returns its SHA-256. Raises ``ModelFailed``, ``OSError``."""
        target, part = self._folder / file.path, self._part(file)
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if target.is_file():
            target.replace(part)  # checked again like any other; nothing is fetched if it is whole
        for _ in range(2):
            self._complete(file, part)
            sha256 = checked(part, file, lambda: self._arrived(0))
            if sha256:
                publish(part, target)
                return sha256
            self._arrived(-part.stat().st_size)
            part.unlink()
        raise ModelFailed(problems.wrong_checksum(file.path))

    def _part(self, file: RemoteFile) -> Path:
        mark = (file.sha256 or file.git_sha1 or f"{file.size_bytes:x}")[:16]
        return self._folder / f"{file.path}.{mark}.part"

    def _complete(self, file: RemoteFile, part: Path) -> None:
        """Attempts until all bytes are here; only a byte further than ever before counts as progress."""
        furthest, failures = size_of(part), 0
        if furthest > file.size_bytes:
            self._arrived(-file.size_bytes)
            part.unlink()
            furthest = 0
        part.touch(mode=0o600)
        while size_of(part) < file.size_bytes:
            why = self._attempt(file, part)
            failures = 0 if size_of(part) > furthest else failures + 1
            furthest = max(furthest, size_of(part))
            if why is not None and failures >= self._patience.attempts:
                raise ModelFailed(why)
            if why is not None:
                self._waiting(why)
                time.sleep(min(self._patience.pause_s * 2**failures, LONGEST_PAUSE_S))

    def _attempt(self, file: RemoteFile, part: Path) -> Problem | None:
        """One request; what ended it too early, if it did. Raises ``ModelFailed`` for what will not mend."""
        place = urlsplit(file.url).hostname or file.url
        try:
            with part.open("r+b") as out:
                return self._receive(file, out)
        except urllib.error.HTTPError as error:
            return _hopeless_or(error.code, file.path, place)
        except TimeoutError:
            return problems.stalled(place, self._patience.stall_s)
        except urllib.error.URLError as error:
            if isinstance(error.reason, ssl.SSLCertVerificationError):
                raise ModelFailed(problems.untrusted(place)) from error
            is_stall = isinstance(error.reason, TimeoutError)
            return problems.stalled(place, self._patience.stall_s) if is_stall else problems.offline(place)
        except OSError as error:
            if error.errno in {errno.ENOSPC, errno.EDQUOT}:
                raise
            return problems.cut_off(file.path)
        except http.client.HTTPException:
            return problems.cut_off(file.path)

    def _receive(self, file: RemoteFile, out: IO[bytes]) -> Problem | None:
        have = out.seek(0, os.SEEK_END)
        headers = {"User-Agent": "plosive", "Accept-Encoding": "identity"}
        if have:
            headers["Range"] = f"bytes={have}-"
        request = urllib.request.Request(file.url, headers=headers)  # noqa: S310 - the opener knows http(s) only
        with self._opener.open(request, timeout=self._patience.stall_s) as answer:
            if not continues_at(answer, have):
                self._arrived(-have)
                out.truncate(0)
                have = out.seek(0)
            while piece := answer.read1(min(PIECE_BYTES, file.size_bytes - have + 1)):
                if have + len(piece) > file.size_bytes:  # longer than was announced
                    self._arrived(-have)
                    out.truncate(0)
                    return problems.cut_off(file.path)
                out.write(piece)
                out.flush()  # whoever is killed now loses nothing of it
                have += len(piece)
                self._arrived(len(piece))
        return None if have == file.size_bytes else problems.cut_off(file.path)


def continues_at(answer: Any, have: int) -> bool:
    """Whether the server goes on where we are, instead of beginning anew."""
    if answer.status != HTTPStatus.PARTIAL_CONTENT:
        return have == 0
    said = str(answer.headers.get("Content-Range", ""))
    if said.startswith(f"bytes {have}-"):
        return True
    raise http.client.HTTPException(f"range not as asked: {said[:60]}")


def checked(path: Path, file: RemoteFile, alive: Callable[[], None]) -> str:
    """The SHA-256 of ``path`` if it is what the hub announced (as SHA-256, or as git's id), else nothing.

    ``alive`` is told of each piece: gigabytes from a slow disk take longer than a hang is waited for.
    """
    sha256 = hashlib.sha256()
    git = hashlib.sha1(f"blob {file.size_bytes}\0".encode(), usedforsecurity=False)
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            sha256.update(piece)
            git.update(piece)
            alive()
    announced, found = (file.sha256, sha256) if file.sha256 else (file.git_sha1, git)
    return sha256.hexdigest() if announced in {"", found.hexdigest()} else ""


def publish(part: Path, target: Path) -> None:
    """All bytes on the disk first, the name after."""
    with part.open("rb") as stream:
        os.fsync(stream.fileno())
    part.replace(target)


def size_of(path: Path) -> int:
    """0 if it is not there."""
    return path.stat().st_size if path.is_file() else 0


def check_space(folder: Path, needed_bytes: int, reserve_bytes: int) -> None:
    """Raises ``ModelFailed`` unless so much and the reserve are free."""
    free = shutil.disk_usage(folder).free
    if free < needed_bytes + reserve_bytes:
        raise ModelFailed(problems.disk_full(folder, needed_bytes + reserve_bytes, free))


def _hopeless_or(status: int, path: str, place: str) -> Problem:
    if status == HTTPStatus.NOT_FOUND:
        raise ModelFailed(problems.not_found(path, place))
    if status >= 500 or status in _TRANSIENT:
        return problems.server_failed(place, status)
    raise ModelFailed(problems.refused(place, status))


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows to the hub's storage, but never from a protected connection to an open one."""

    def redirect_request(
        self, req: urllib.request.Request, fp: Any, code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        if req.full_url.startswith("https:") and not newurl.startswith("https:"):
            raise urllib.error.HTTPError(newurl, 403, "not encrypted", headers, fp)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _opener() -> urllib.request.OpenerDirector:
    """http and https, through the user's proxy; no file: and no ftp:."""
    made = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        _Redirects(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
    ):
        made.add_handler(handler)
    return made
