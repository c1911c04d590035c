"""A microphone, or any other source of the sound server, as 20 ms frames.

Opening takes 2 ms, so a stream is opened when sound is wanted and closed after: an open one would show
in the desktop as a microphone in use.
"""

from __future__ import annotations

import itertools
import os
import time
from collections import deque
from queue import Empty, SimpleQueue
from typing import Any, Final

from audio.device_stream import BLOCK_MS, Tap, close_stream, open_stream, rehearse
from audio.devices import find_source, import_sounddevice
from audio.events import AudioFrame, Problem
from audio.follow import StreamFollower, StreamPlace
from audio.intake import Intake
from audio.pcm import FRAME_MS
from audio.problems import microphone_gone, microphone_stalled
from audio.resampler import Resampler
from audio.source import SourceFailed, SourceHealth

STALL_S: Final = 0.5
FIRST_BLOCK_S: Final = 3.0
"""A sleeping device or a Bluetooth headset may need this long to begin."""
PATIENCE_READS: Final = 3
"""After a freeze of the whole process the callback must get its turn before we say "stalled"."""

_stream_numbers = itertools.count(1)


class Microphone:
    """An ``AudioSource`` on sounddevice. ``source_name`` ``None`` is the system's default."""

    may_be_silent = False

    def __init__(self, source_name: str | None = None, block_ms: int = BLOCK_MS) -> None:
        self._block_ms = block_ms
        self._source_name = source_name
        self._description = source_name or "Default microphone"
        self._is_muted = False
        self._stream: Any = None
        self._stream_name = ""
        self._follower: StreamFollower | None = None
        self._begin_afresh(rate_hz=48_000, channels=1)

    def _begin_afresh(self, rate_hz: int, channels: int) -> None:
        self._tap = self.make_tap()
        self._intake = Intake(rate_hz, channels)
        self._places: SimpleQueue[StreamPlace] = SimpleQueue()
        self._opened_name = ""
        self._frames: deque[AudioFrame] = deque()
        self._notices: list[Problem] = []
        self._empty_reads = 0
        self._is_stand_in = False
        self._last_block_s = time.monotonic()

    def make_tap(self) -> Tap:
        """A new end of the callback; a benchmark puts a clock there."""
        return Tap()

    @property
    def name(self) -> str:
        """The description of the device that the sound comes from right now."""
        return self._description

    @property
    def has_ended(self) -> bool:
        """Never: a microphone fails or goes on."""
        return False

    def prepare(self) -> None:
        """Load the libraries and look whether the source is there. Raises ``SourceFailed``."""
        import_sounddevice()
        source = find_source(self._source_name)
        Resampler(source.rate_hz, source.channels)  # loads its library now, not within the first word
        rehearse(source)

    def start(self) -> None:
        """Open the device and take sound. Raises ``SourceFailed``."""
        self.close()
        source = find_source(self._source_name)
        self._begin_afresh(source.rate_hz, source.channels)
        self._opened_name = source.name
        self._description, self._is_muted = source.description, source.is_muted
        self._stream_name = f"{os.getpid()}-{next(_stream_numbers)}"
        self._stream = open_stream(source, self._source_name, self._stream_name, self._tap, self._block_ms)
        if source.is_on_server:
            self._follower = StreamFollower(self._stream_name, self._places.put)
            self._follower.start()

    def read(self, timeout_s: float) -> AudioFrame | None:
        """The next frame, or ``None`` after ``timeout_s``. Raises ``SourceFailed``."""
        deadline_s = time.monotonic() + timeout_s
        while not self._frames:
            try:
                block, arrived_s = self._tap.blocks.get(timeout=max(0.0, deadline_s - time.monotonic()))
            except Empty:
                self._check_alive()
                return None
            self._last_block_s, self._empty_reads = time.monotonic(), 0
            self._frames.extend(self._intake.take(block, arrived_s))
            self._note_places()
        return self._frames.popleft()

    def stop(self) -> None:
        """Take no more sound. The device is given back too: it opens again in 2 ms."""
        self.close()

    def close(self) -> None:
        """Give the device back; safe to repeat, never fails."""
        stream, self._stream = self._stream, None
        if self._follower is not None:
            self._follower.ask_stop()
            self._follower = None
        if stream is not None:
            close_stream(stream, self._stream_name)

    def health(self) -> SourceHealth:
        """Counts since ``start``."""
        stalled_s = time.monotonic() - self._last_block_s if self._stream is not None else 0.0
        return SourceHealth(
            delivered_ms=self._intake.delivered_ms,
            lost_ms=self._intake.lost_ms,
            dropped_blocks=self._tap.dropped_blocks,
            stalled_ms=round(stalled_s * 1000),
            zeros_ms=self._intake.zeros_ms,
            is_muted=self._is_muted,
            may_be_silent=self.may_be_silent,
            is_stand_in=self._is_stand_in,
            notices=tuple(self._notices),
            waiting_ms=len(self._frames) * FRAME_MS + self._tap.blocks.qsize() * self._block_ms,
        )

    def _note_places(self) -> None:
        """Take over where the server says the sound comes from. Raises when that is no microphone."""
        while not self._places.empty():
            place = self._places.get_nowait()
            is_wanted = self._source_name is not None or not place.is_monitor
            if place.former_is_gone:
                gone = microphone_gone(self._description)
                if place.is_monitor:
                    raise SourceFailed(gone)
                self._notices.append(gone)
                self._is_stand_in = self._source_name is not None
            if is_wanted:
                self._description, self._is_muted = place.description, place.is_muted

    def _check_alive(self) -> None:
        self._note_places()
        if self._stream is None or self._tap.has_finished:
            raise SourceFailed(microphone_gone(self._description))
        self._empty_reads += 1
        limit_s = STALL_S if self._intake.delivered_ms else FIRST_BLOCK_S
        if self._empty_reads >= PATIENCE_READS and time.monotonic() - self._last_block_s >= limit_s:
            raise SourceFailed(microphone_stalled(self._description))
