"""The loudness of an utterance, frame by frame: what is compared to tell an echo."""

from __future__ import annotations

from audio.pcm import FRAME_BYTES, level_dbfs


class Envelope:
    """Sound in, one level for each 20 ms out. 8 µs a frame; for the thread that hears."""

    def __init__(self) -> None:
        self._levels: list[float] = []
        self._rest = b""

    def feed(self, pcm: bytes) -> None:
        """Take the next piece of the utterance, such as ``SpeechAudio.pcm``."""
        pcm = self._rest + pcm
        whole = len(pcm) - len(pcm) % FRAME_BYTES
        self._rest = pcm[whole:]
        self._levels += [level_dbfs(pcm[at : at + FRAME_BYTES]) for at in range(0, whole, FRAME_BYTES)]

    @property
    def levels_dbfs(self) -> tuple[float, ...]:
        """The levels until now, −96 … 0."""
        return tuple(self._levels)
