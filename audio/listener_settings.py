"""How to listen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from audio.segmenter import SegmenterConfig
from audio.vad import VadSettings

WarmMode = Literal["off", "after_use", "always"]
JournalFormat = Literal["wav", "flac"]


@dataclass(frozen=True, slots=True)
class ListenerSettings:
    """How to listen; every number with its unit, ranges in brackets.

    ``warm``: ``off`` closes the microphone after each listening, ``after_use`` keeps it running for
    ``warm_s`` [1 … 600] so that the pre-roll is there at the next key press, ``always`` never stops it.
    ``pre_roll_ms`` [0 … 2 000] is what is kept from before the request while warm. After ``end`` sound is
    taken for ``tail_ms`` [0 … 1 000]; when the speaker has been silent for some time already, only
    ``shortest_tail_ms``: what was on its way from the microphone when the key went up. A listening ends
    by itself after ``longest_listening_s`` [1 … 36 000].
    ``endpointing`` false: the whole listening is one utterance, cut at the longest allowed only.
    ``journal_dir`` empty: nothing is kept on disk. Its files are WAV, of which the oldest go where they take
    more than ``journal_limit_bytes``; or FLAC, named after ``journal_name``, of which none is ever removed.

    ``longest_outage_s`` [0 … 36 000]: how long another source, or the same one, is looked for when it went
    away in the middle; the time without one becomes silence. ``keeps_time``: audio time follows the clock for
    hours (a source may deliver a little less or more than it should), corrected while nobody speaks.
    """

    source_name: str | None = None
    warm: WarmMode = "after_use"
    warm_s: float = 30.0
    pre_roll_ms: int = 300
    tail_ms: int = 250
    shortest_tail_ms: int = 40
    longest_listening_s: float = 600.0
    endpointing: bool = True
    vad: VadSettings = field(default_factory=VadSettings)
    segmenter: SegmenterConfig = field(default_factory=SegmenterConfig)
    journal_dir: str = ""
    journal_limit_bytes: int = 256 * 1024 * 1024
    journal_format: JournalFormat = "wav"
    journal_name: str = ""
    longest_outage_s: float = 3.0
    keeps_time: bool = False
