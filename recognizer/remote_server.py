"""Where a recognition server is, and how it may be spoken to. Pure; what is wrong is told as a problem."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from audio.events import Problem
from recognizer.events import ModelSpec
from recognizer.text.options import TextOptions

ENGINE: Final = "remote"
"""``ModelSpec.engine`` of whatever a server runs."""
PROTOCOLS: Final = ("auto", "2pass", "realtime")
_SCHEMES: Final = ("ws", "wss")


@dataclass(frozen=True, slots=True)
class Server:
    """``url`` is ``ws://`` or ``wss://``; ``protocol`` one of ``PROTOCOLS``.

    ``token_file`` holds what goes into the Authorization header, so that the secret itself stands in no
    settings file. ``ca_file`` (PEM) is trusted besides the system's authorities. ``is_insecure`` gives up
    checking who the server is; each ``Ready`` then says so. ``text``: what is done to its finals here;
    numbers and marks are the server's own work.
    """

    url: str
    protocol: str = "auto"
    token_file: str | None = None
    ca_file: str | None = None
    is_insecure: bool = False
    language: str = ""
    hotwords: tuple[str, ...] = ()
    has_itn: bool = True
    text: TextOptions | None = None

    @property
    def host(self) -> str:
        """The name or address in the URL."""
        return urlsplit(self.url).hostname or ""

    @property
    def is_encrypted(self) -> bool:
        """Whether nobody on the way can listen."""
        return urlsplit(self.url).scheme == "wss"

    @property
    def is_this_computer(self) -> bool:
        """Whether what is said stays on this computer, at least up to there."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def as_model(self) -> ModelSpec:
        """What stands for the server where others expect a model; it never touches a card of ours."""
        return ModelSpec(engine=ENGINE, name=self.host, options=(("url", self.url),))


def problem_of_url(url: str) -> Problem | None:
    """Why ``url`` cannot be one of a server; ``None`` if it can."""
    try:
        parts = urlsplit(url)
        is_sound = _is_sound(parts)
    except ValueError:  # a port that is none, half an IPv6 address
        is_sound = False
    if not is_sound or not url.isascii() or not url.isprintable() or " " in url:
        return BAD_URL
    return PASSWORD_IN_URL if parts.username or parts.password else None


def _is_sound(parts: SplitResult) -> bool:
    is_port_sound = parts.port is None or parts.port > 0
    return parts.scheme in _SCHEMES and bool(parts.hostname) and is_port_sound and not parts.fragment


BAD_URL = Problem(
    "server.url",
    "The address of the recognition server cannot be understood.",
    "Write it like wss://name:10095; ws:// is for servers without encryption.",
)
PASSWORD_IN_URL = Problem(
    "server.url-secret",
    "The address of the recognition server holds a user name or password.",
    "Put the secret into a file of its own and name that in server.token_file.",
)
