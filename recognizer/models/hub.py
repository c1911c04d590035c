"""What a hub says it has: file names, sizes, checksums, and the addresses to fetch them from.

Asked through the hubs' own libraries, which follow their hubs' changes. The bytes themselves are fetched by
``transfer``: huggingface_hub 2.4 writes each attempt into a file of a random name and deletes it on failure,
so a download that was ended begins at nought; and both hubs shall keep the same promises. The libraries are
imported in the fetching process only. No login is sent to Hugging Face.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import Any, Final
from urllib.parse import urlsplit

from audio.events import Problem
from recognizer.models import problems
from recognizer.models.problems import ModelFailed

_SHA256: Final = re.compile(r"[0-9a-f]{64}\Z")
_SHA1: Final = re.compile(r"[0-9a-f]{40}\Z")
_UNTRUSTED: Final = "SSLCertVerificationError"
"""By name, because the tray, which imports this, needs no ``ssl``."""
NEVER: Final = (".py", ".pyc", ".so", ".dll", ".sh", ".exe")
"""Whatever the patterns say: nothing that could run is fetched."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """``path`` is relative, with ``/``; checksums are lower-case hex, empty where the hub tells none."""

    path: str
    size_bytes: int
    url: str
    sha256: str = ""
    git_sha1: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """The files of one revision."""

    revision: str
    files: tuple[RemoteFile, ...]


def list_files(hub: str, repository: str, endpoint: str, timeout_s: float) -> Listing:
    """Everything in a repository. Raises ``ModelFailed``: offline, not found, refused, failed, strange."""
    ask = {"huggingface": _ask_huggingface, "modelscope": _ask_modelscope}[hub]
    place = urlsplit(endpoint).hostname or endpoint
    try:
        listing = ask(repository, endpoint, timeout_s)
    except ModelFailed:
        raise
    except Exception as error:  # the libraries raise some twenty kinds of their own and of others
        raise ModelFailed(_translated(error, repository, place)) from error
    check_names((file.path for file in listing.files), place)
    return listing


def wanted(listing: Listing, patterns: Sequence[str], known: dict[str, str]) -> tuple[RemoteFile, ...]:
    """The files that the patterns name and that cannot run, with the checksums ``known`` beforehand."""
    chosen = [
        file
        for file in listing.files
        if any(matches(file.path, each) for each in patterns) and not file.path.lower().endswith(NEVER)
    ]
    return tuple(replace(file, sha256=known.get(file.path) or file.sha256) for file in chosen)


def matches(path: str, pattern: str) -> bool:
    """Glob patterns part by part: ``*`` stops at ``/``."""
    parts, wishes = PurePosixPath(path).parts, PurePosixPath(pattern).parts
    return len(parts) == len(wishes) and all(map(fnmatchcase, parts, wishes))


def check_names(paths: Iterable[str], place: str) -> None:
    """Raises ``ModelFailed`` if one name could lie outside of the folder it is joined to."""
    if not all(is_safe(path) for path in paths):
        raise ModelFailed(problems.unsafe_listing(place))


def is_safe(path: str) -> bool:
    """A plain relative path on every system: no ``..``, drive, backslash, control character, empty part."""
    parts = path.split("/")
    is_plain = not any(ord(letter) < 32 or letter in "\\:\x7f" for letter in path)
    return is_plain and len(path) < 400 and all(part not in {"", ".", ".."} for part in parts)


def _ask_huggingface(repository: str, endpoint: str, timeout_s: float) -> Listing:
    os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
    from huggingface_hub import HfApi, hf_hub_url

    api = HfApi(endpoint=endpoint, token=False)
    info = api.model_info(repository, revision="main", files_metadata=True, timeout=timeout_s)
    revision = info.sha or "main"
    files = []
    for sibling in info.siblings or ():
        url = hf_hub_url(repository, sibling.rfilename, revision=revision, endpoint=endpoint)
        sha256 = sibling.lfs.sha256 if sibling.lfs else ""
        git_sha1 = "" if sha256 else sibling.blob_id
        files.append(_remote(sibling.rfilename, sibling.size, url, sha256, git_sha1))
    return Listing(revision, tuple(files))


def _ask_modelscope(repository: str, endpoint: str, timeout_s: float) -> Listing:
    del timeout_s  # the library has its own; whoever waits for this process has one, too
    from modelscope_hub import HubApi

    api = HubApi(endpoint=endpoint)
    files = []
    for entry in api.list_repo_files(repository, "model", revision="master"):
        if entry.type != "tree":
            url = api.legacy.get_download_url(repository, "model", entry.path)
            files.append(_remote(entry.path, entry.size, url, entry.sha256, None))
    return Listing("master", tuple(files))


def _remote(path: str, size: int | None, url: str, sha256: str | None, git_sha1: str | None) -> RemoteFile:
    """Checksums that are none are left out: a hub may put other ids there."""
    sha256, git_sha1 = (sha256 or "").lower(), (git_sha1 or "").lower()
    if not isinstance(size, int) or size < 0:
        raise ModelFailed(problems.strange_answer(urlsplit(url).hostname or url))
    sums = sha256 if _SHA256.match(sha256) else "", git_sha1 if _SHA1.match(git_sha1) else ""
    return RemoteFile(path, size, url, *sums)


def _translated(error: Exception, repository: str, place: str) -> Problem:
    """Told by the status the hub answered with, if it answered, whichever library raised it."""
    status = _status(error)
    if status == 404:
        return problems.not_found(repository, place)
    if status is not None and 400 <= status < 500 and status != 429:
        return problems.refused(place, status)
    if status is not None and status >= 400:
        return problems.server_failed(place, status)
    if any(
        type(each).__name__ == "SSLCertVerificationError" for each in _chain(error)
    ):  # the tray loads no ssl
        return problems.untrusted(place)
    return problems.offline(place) if _is_network(error) else problems.strange_answer(place)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """What was raised, and what led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _status(raised: BaseException) -> int | None:
    for error in _chain(raised):
        for holder in (getattr(error, "response", None), error):
            status: Any = getattr(holder, "status_code", None)
            if isinstance(status, int):
                return status
    return None


def _is_network(raised: BaseException) -> bool:
    """Whether a connection failed at the bottom of it."""
    for error in _chain(raised):
        names = {kind.__name__ for kind in type(error).__mro__}
        if isinstance(error, OSError) or names & {"TransportError", "NetworkError", "RequestTimeoutError"}:
            return not isinstance(error, ValueError)
    return False
