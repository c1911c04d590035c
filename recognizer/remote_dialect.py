"""Which of the server protocols is spoken on a connection, behind one face. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from recognizer import funasr_wire, realtime_wire
from recognizer.remote_server import Server
from recognizer.remote_transcript import Reply


class Dialect(Enum):
    """The protocols there are."""

    PYTHON = "2pass"
    CPP = "2pass, C++"
    REALTIME = "realtime"


SUBPROTOCOL: Final = "binary"
"""The Python ``2pass`` server insists on it; the others know none."""


def offered_subprotocols(protocol: str) -> tuple[str, ...]:
    """What to offer for ``Server.protocol``."""
    return () if protocol == "realtime" else (SUBPROTOCOL,)


def dialect_of(protocol: str, chosen_subprotocol: str | None) -> Dialect | None:
    """What a fresh connection speaks; ``None``: the server must be asked (see ``realtime_wire.START``)."""
    if protocol == "realtime":
        return Dialect.REALTIME
    if chosen_subprotocol == SUBPROTOCOL:
        return Dialect.PYTHON
    return Dialect.CPP if protocol == "2pass" else None


@dataclass(frozen=True, slots=True)
class Codec:
    """What to say about one utterance, and what the answers mean. ``name`` is told to the server."""

    dialect: Dialect
    server: Server
    name: str

    @property
    def frame_bytes(self) -> int:
        """How the sound is cut."""
        is_realtime = self.dialect is Dialect.REALTIME
        return realtime_wire.FRAME_BYTES if is_realtime else funasr_wire.FRAME_BYTES

    @property
    def closing(self) -> str:
        """What ends the utterance."""
        return realtime_wire.CLOSING if self.dialect is Dialect.REALTIME else funasr_wire.CLOSING

    def opening(self) -> tuple[str, ...]:
        """What comes before the sound."""
        server = self.server
        if self.dialect is Dialect.REALTIME:
            return realtime_wire.opening(hotwords=server.hotwords, language=server.language)
        return (
            funasr_wire.opening(
                self.name,
                hotwords=server.hotwords,
                language=server.language,
                has_itn=server.has_itn,
                is_cpp=self.dialect is Dialect.CPP,
            ),
        )

    def parse(self, message: str | bytes) -> Reply:
        """What a message means; never raises."""
        if self.dialect is Dialect.REALTIME:
            return realtime_wire.parse(message)
        return funasr_wire.parse(message, self.name)
