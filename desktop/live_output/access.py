"""Who may read the captions: whoever knows the token, from this computer, and no page of the web. Pure but
for the token's file.

A browser lets any page open a connection to this computer, but it tells the page's origin and the name it
asked for. A page from elsewhere is turned away even with the token, and so is a name that merely resolves
to this computer.
"""

from __future__ import annotations

import hmac
import re
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlsplit

TOKEN_BYTES: Final = 32
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{20,200}")
_LOCAL: Final = ("127.0.0.1", "localhost", "::1")
_SOURCES: Final = ("me", "others")


def read_or_make_token(path: Path) -> str:
    """The token in ``path``, which only this user can read; made when it is not there. Raises ``OSError``."""
    try:
        found = path.read_text(encoding="ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        found = ""
    if _TOKEN.fullmatch(found):
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            path.chmod(0o600)
        return found
    return _make_token(path)


def _make_token(path: Path) -> str:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)  # the mode of a file that was there would stay
    path.touch(mode=0o600, exist_ok=False)
    path.write_text(f"{token}\n", encoding="ascii")
    return token


def status_for(target: str, headers: Mapping[str, str], token: str) -> int:
    """The HTTP status that answers a request for ``target``: 101 for who may read.

    The names of ``headers`` are in lower case.
    """
    if _host_of(f"//{headers.get('host', '')}") not in _LOCAL:
        return 403
    origin = headers.get("origin")
    if origin is not None and not _is_local_origin(origin):
        return 403
    return 101 if _knows(target, headers, token) else 401


def source_of(target: str) -> str:
    """Whom a reader wants to read: ``me``, ``others``, or "" for both (``?source=me``)."""
    wanted = _asked(target, "source")
    return wanted if wanted in _SOURCES else ""


def _knows(target: str, headers: Mapping[str, str], token: str) -> bool:
    told = headers.get("authorization", "").removeprefix("Bearer ").strip() or _asked(target, "token")
    return hmac.compare_digest(told.encode("utf-8", "replace"), token.encode("ascii"))


def _asked(target: str, name: str) -> str:
    try:
        return parse_qs(urlsplit(target).query).get(name, [""])[0]
    except ValueError:
        return ""


def _is_local_origin(origin: str) -> bool:
    """A page of this computer, or a file of it (``null``), such as an overlay in OBS."""
    return origin in ("null", "file://") or (
        origin.startswith(("http://", "https://")) and _host_of(origin) in _LOCAL
    )


def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
