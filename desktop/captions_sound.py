"""How captions listen: to each source for hours, to the end of each sentence. Pure.

Other than a dictation nobody holds a key while speaking, so noise must be told from speech here: Silero has
to be surer, and for longer, before an utterance begins. Once it has begun it is as patient as ever.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from audio.devices import SYSTEM_SOUND
from audio.listener_settings import ListenerSettings
from audio.segmenter import SegmenterConfig
from audio.vad import VadSettings
from desktop.settings.schema import AudioSettings

LONGEST_LISTENING_S: Final = 36_000.0
LEAST_THRESHOLD: Final = 0.8
ONSET_FRAMES, ONSET_WINDOW_FRAMES = 8, 10
LONGEST_UTTERANCE_MS: Final = 20_000
QUIET_CUT_SHARE: Final = 0.4
"""In this last part of the longest utterance a short pause will do: the last 8 of 20 s."""


def captions_listener_settings(
    audio: AudioSettings, source_name: str | None, keep_in: Path | None = None, kept_name: str = ""
) -> ListenerSettings:
    """For one source of captions: ``None`` the default microphone, ``SYSTEM_SOUND`` what the computer plays.

    ``keep_in``: the folder where its sound is kept as ``kept_name``.flac; ``None``: nowhere.
    """
    longest_ms = min(LONGEST_UTTERANCE_MS, audio.longest_utterance_s * 1000)
    return ListenerSettings(
        source_name=source_name,
        warm="off",
        pre_roll_ms=0,
        tail_ms=100,
        longest_listening_s=LONGEST_LISTENING_S,
        vad=VadSettings(
            webrtc_mode=audio.vad_mode,
            use_silero=True,
            silero_threshold=max(LEAST_THRESHOLD, audio.silero_threshold),
        ),
        segmenter=SegmenterConfig(
            onset_frames=ONSET_FRAMES,
            onset_window_frames=ONSET_WINDOW_FRAMES,
            pre_roll_ms=max(300, audio.pre_roll_ms),
            hangover_ms=audio.hangover_ms,
            longest_ms=longest_ms,
            quiet_cut_ms=round(longest_ms * QUIET_CUT_SHARE),
        ),
        journal_dir=str(keep_in) if keep_in is not None else "",
        journal_format="flac",
        journal_name=kept_name,
        longest_outage_s=LONGEST_LISTENING_S,
        keeps_time=True,
    )


__all__ = ["SYSTEM_SOUND", "captions_listener_settings"]
