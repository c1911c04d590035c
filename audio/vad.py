"""Is this frame speech? webrtcvad as a cheap gate, Silero to confirm while the gate is open.

webrtcvad costs 3 µs a frame and never misses speech, but typing, hum and music open it; Silero
tells those apart but costs 110 µs for 32 ms. So Silero sleeps while webrtcvad hears nothing. When
the gate opens, it first hears what was kept from before, so that it is awake for the first word.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import _webrtcvad

from audio.events import Problem
from audio.level import QuietLift
from audio.pcm import FRAME_BYTES, FRAME_MS, SAMPLE_RATE_HZ, to_float32
from audio.problems import SILERO_MISSING
from audio.silero import SileroMissing, SileroModel, SileroStream

GATE_HOLD_FRAMES: Final = 600 // FRAME_MS
"""The gate stays open this long after webrtcvad's last voiced frame."""
BACKLOG_FRAMES: Final = 320 // FRAME_MS
EXIT_DROP: Final = 0.25
"""Once speaking, it is speech until the probability is this far under the threshold, or half of a low one."""


@dataclass(frozen=True, slots=True)
class VadSettings:
    """``webrtc_mode`` 0 (lenient) … 3 (strict); ``silero_threshold`` 0.05 … 0.95; ``use_silero``."""

    webrtc_mode: int = 2
    use_silero: bool = True
    silero_threshold: float = 0.6


class Webrtc:
    """``webrtcvad.Vad`` without its module, which costs 1.6 MiB for good to read its own version."""

    def __init__(self, mode: int) -> None:
        self._state = _webrtcvad.create()
        _webrtcvad.init(self._state)
        _webrtcvad.set_mode(self._state, mode)

    def is_speech(self, pcm: bytes, rate_hz: int) -> bool:
        """Its opinion on 10, 20 or 30 ms of 16-bit samples."""
        return bool(_webrtcvad.process(self._state, rate_hz, pcm, len(pcm) // 2))


class WebrtcGate:
    """webrtcvad alone, many frames at once. ``mode`` 0 (lenient) … 3 (strict)."""

    def __init__(self, mode: int) -> None:
        self._webrtc = Webrtc(mode)

    def voiced(self, pcm: bytes) -> list[bool]:
        """Its opinion on each 20 ms of ``pcm``, which is whole frames."""
        is_speech = self._webrtc.is_speech
        pieces = range(0, len(pcm), FRAME_BYTES)
        return [is_speech(pcm[at : at + FRAME_BYTES], SAMPLE_RATE_HZ) for at in pieces]


LoadSilero = Callable[[], SileroModel]


class VoiceGate:
    """Decides for each frame, from that frame and those before it. One for each stream of sound.

    ``load_silero`` is called at the first opening of the gate; where it raises ``SileroMissing``
    webrtcvad decides alone and ``notices`` says so.
    """

    def __init__(self, settings: VadSettings | None = None, load_silero: LoadSilero = SileroModel) -> None:
        self._settings = settings or VadSettings()
        self._load_silero = load_silero
        self._webrtc = Webrtc(self._settings.webrtc_mode)
        self._quiet_lift = QuietLift()
        self._silero: SileroStream | None = None
        self._wants_silero = self._settings.use_silero
        self._backlog: deque[bytes] = deque(maxlen=BACKLOG_FRAMES)
        self._frames_to_close = 0
        self._is_speech = False
        self.is_voiced = False
        self.notices: tuple[Problem, ...] = ()

    def is_speech(self, frame: bytes) -> bool:
        """Whether the 20 ms ``frame`` is speech. ``is_voiced`` then holds webrtcvad's own opinion."""
        frame = self._quiet_lift.lift(frame)
        self.is_voiced = self._webrtc.is_speech(frame, SAMPLE_RATE_HZ)
        if not self._wants_silero:
            return self.is_voiced
        if not self._stays_open():
            self._backlog.append(frame)
            self._is_speech = False
            return False
        silero = self._awake()
        return self.is_voiced if silero is None else self._confirm(silero, frame)

    def _stays_open(self) -> bool:
        if self.is_voiced:
            self._frames_to_close = GATE_HOLD_FRAMES
        elif self._frames_to_close:
            self._frames_to_close -= 1
        return self._frames_to_close > 0

    def _awake(self) -> SileroStream | None:
        """Silero, having heard the backlog."""
        if self._silero is None:
            try:
                self._silero = SileroStream(self._load_silero())
            except SileroMissing:
                self._wants_silero = False
                self.notices = (SILERO_MISSING,)
                return None
        if self._backlog:
            self._silero.reset()
            self._silero.feed(to_float32(b"".join(self._backlog)))
            self._backlog.clear()
        return self._silero

    def _confirm(self, silero: SileroStream, frame: bytes) -> bool:
        probability = silero.feed(to_float32(frame))
        threshold = self._settings.silero_threshold
        leaves_at = max(threshold - EXIT_DROP, threshold / 2)  # at nought or below no utterance would end
        self._is_speech = probability >= (leaves_at if self._is_speech else threshold)
        return self._is_speech
