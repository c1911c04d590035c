"""One at a time through PortAudio, which is not made for threads, and through the environment."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from queue import Empty, SimpleQueue
from typing import Final

from audio.problems import SOUND_BUSY
from audio.source import SourceFailed

TURN_S: Final = 2.0

_turn: SimpleQueue[None] = SimpleQueue()
"""Its one token is the right to open, close or list: both belong to the whole process."""
_turn.put(None)


@contextmanager
def own_turn(wait_s: float | None = TURN_S) -> Iterator[None]:
    """Wait for the token and give it back. Raises ``SourceFailed`` when somebody keeps it too long.

    ``wait_s`` ``None``: for who has time.
    """
    try:
        _turn.get(timeout=wait_s)
    except Empty:
        raise SourceFailed(SOUND_BUSY) from None
    try:
        yield
    finally:
        _turn.put(None)
