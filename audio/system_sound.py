"""What the computer plays, whichever output that goes to at the moment.

A monitor is not a microphone: hours of exact silence are no fault, and some systems deliver nothing at all
while nothing is played. It follows the default output by being opened anew, which takes some 20 ms.
"""

from __future__ import annotations

import time
from typing import Final

from audio.device_stream import UNHURRIED_BLOCK_MS
from audio.devices import SYSTEM_SOUND
from audio.events import AudioFrame
from audio.follow import StreamPlace
from audio.microphone import Microphone
from audio.problems import OUTPUT_CHANGED, OUTPUT_UNUSABLE, output_gone
from audio.source import SourceFailed, SourceMoved

SILENT_AFTER_S: Final = 0.3
"""When nothing has come for so long, nothing is being played."""
REOPEN_S: Final = 60.0
"""Nothing for so long: open it anew, in case the stream is dead and nobody told."""


class SystemSound(Microphone):
    """An ``AudioSource`` on the monitor of the default output."""

    may_be_silent = True

    def __init__(self) -> None:
        super().__init__(SYSTEM_SOUND, UNHURRIED_BLOCK_MS)
        self._default_monitor = ""
        self._arrived_s = 0.0

    def start(self) -> None:
        """Open the monitor of the output of now. Raises ``SourceFailed``."""
        self._default_monitor = ""
        try:
            super().start()
        except SourceFailed as failure:
            is_ours = failure.problem.code == "microphone.unusable"
            raise SourceFailed(OUTPUT_UNUSABLE if is_ours else failure.problem) from failure
        self._arrived_s = time.monotonic()
        # What it was when we chose it, not when the follower looks first: it may be another one by then.
        self._default_monitor = self._opened_name

    def read(self, timeout_s: float) -> AudioFrame | None:
        """The next frame; silence where the output does not play. Raises ``SourceFailed``."""
        frame = super().read(timeout_s)
        if frame is None:
            self._hear_silence()
            frame = self._frames.popleft() if self._frames else None
        return frame

    def _hear_silence(self) -> None:
        """Put silence for the time in which nothing came, as if it had been delivered."""
        now_s = time.monotonic()
        last_s = max(self._last_block_s, self._arrived_s)
        if now_s - last_s < SILENT_AFTER_S:
            return
        missing_ms = int((now_s - last_s) * 1000) // UNHURRIED_BLOCK_MS * UNHURRIED_BLOCK_MS
        self._arrived_s = last_s + missing_ms / 1000
        self._frames.extend(self._intake.take(self._intake.silence(missing_ms), now_s))

    def _note_places(self) -> None:
        """Be opened anew where the output of now is another one. Raises ``SourceMoved``."""
        while not self._places.empty():
            place = self._places.get_nowait()
            if self._is_left(place):
                raise SourceMoved(OUTPUT_CHANGED)
            self._default_monitor = place.default_monitor
            self._description, self._is_muted = place.description, place.is_muted

    def _is_left(self, place: StreamPlace) -> bool:
        """Another output became the default, or the server put a microphone in the lost monitor's place.

        A stream that the user has moved to another monitor stays there.
        """
        has_changed = self._default_monitor not in ("", place.default_monitor)
        return has_changed or place.former_is_gone or not place.is_monitor

    def _check_alive(self) -> None:
        self._note_places()
        if self._stream is None or self._tap.has_finished:
            raise SourceFailed(output_gone(self._description))
        if time.monotonic() - self._last_block_s >= REOPEN_S:
            raise SourceMoved(OUTPUT_CHANGED)
