"""Is this frame speech? webrtcvad as a cheap gate, Silero to confirm while the gate is open."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class VadSettings:
    """``webrtc_mode`` 0 (lenient) … 3 (strict); ``silero_threshold`` 0.05 … 0.95; ``use_silero``."""

    webrtc_mode: int = 2
    use_silero: bool = True
    silero_threshold: float = 0.5


class VoiceGate:
    """Decides for each frame, from that frame and those before it. One for each stream of sound."""

    def __init__(self, settings: VadSettings | None = None) -> None: ...

    def is_speech(self, frame: bytes) -> bool:
        """Whether the 20 ms ``frame`` is speech."""
        raise NotImplementedError
