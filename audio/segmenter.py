"""Speech found in a row of frames: pure, no clock, no thread, no model.

Fed with one frame and one flag (voiced or not) at a time it answers with events. Inside an
utterance nothing is lost: the pieces follow each other without gap or overlap, and the pre-roll
never reaches back into the utterance before.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from audio.events import AudioFrame, EndReason, SpeechAudio, SpeechEnded, SpeechEvent, SpeechStarted
from audio.pcm import FRAME_MS
from audio.quiet_place import QuietPlace


@dataclass(frozen=True, slots=True)
class SegmenterConfig:
    """When an utterance begins and ends.

    It begins when ``onset_frames`` of the last ``onset_window_frames`` are voiced (1 … window),
    ``pre_roll_ms`` before the first of those (0 … 2 000), and ends after ``hangover_ms`` without a
    voiced frame (100 … 5 000) or at ``longest_ms`` (1 000 … 600 000), when the next follows at once. In the
    last ``quiet_cut_ms`` before that (0 … ``longest_ms``) a short pause will do.
    """

    onset_frames: int = 4
    onset_window_frames: int = 6
    pre_roll_ms: int = 300
    hangover_ms: int = 600
    longest_ms: int = 30_000
    quiet_cut_ms: int = 0


def count_from(first: int = 1) -> Callable[[], int]:
    """A counter of utterance ids: first, first + 1, …"""
    numbers = iter(range(first, 1 << 62))
    return lambda: next(numbers)


@dataclass(slots=True)
class VadSegmenter:
    """Turns voiced and unvoiced frames into ``SpeechStarted``, ``SpeechAudio``, ``SpeechEnded``."""

    config: SegmenterConfig = field(default_factory=SegmenterConfig)
    next_utterance_id: Callable[[], int] = field(default_factory=count_from)
    _waiting: deque[tuple[AudioFrame, bool]] = field(init=False)
    _utterance_id: int | None = field(init=False, default=None)
    _started_at_ms: int = field(init=False, default=0)
    _ends_at_ms: int = field(init=False, default=0)
    _unvoiced_ms: int = field(init=False, default=0)
    _quiet_place: QuietPlace = field(init=False, default_factory=QuietPlace)

    def __post_init__(self) -> None:
        window = self.config.onset_window_frames
        self._waiting = deque(maxlen=max(window, window + self.config.pre_roll_ms // FRAME_MS))

    @property
    def is_speaking(self) -> bool:
        """Whether an utterance is open."""
        return self._utterance_id is not None

    def feed(self, frame: AudioFrame, is_voiced: bool) -> list[SpeechEvent]:
        """Take the next frame; answer what it made certain."""
        if self._utterance_id is None:
            return self._feed_silence(frame, is_voiced)
        return self._feed_speech(frame, is_voiced)

    def flush(self) -> list[SpeechEvent]:
        """The sound is over: end the open utterance; forget what was kept for a pre-roll.

        A word too short for an onset, spoken right before the end, is still an utterance.
        """
        voiced_frames = sum(voiced for _, voiced in self._recent())
        events: list[SpeechEvent] = []
        if self._utterance_id is None and voiced_frames * 2 > self.config.onset_frames:
            events = self._open()
        return events + self.abandon()

    def abandon(self) -> list[SpeechEvent]:
        """End the open utterance, but begin none any more."""
        self._waiting.clear()
        return [] if self._utterance_id is None else [self._close(EndReason.STOPPED)]

    def _recent(self) -> list[tuple[AudioFrame, bool]]:
        return list(self._waiting)[-self.config.onset_window_frames :]

    def _feed_silence(self, frame: AudioFrame, is_voiced: bool) -> list[SpeechEvent]:
        self._waiting.append((frame, is_voiced))
        voiced_frames = sum(voiced for _, voiced in self._recent())
        return self._open() if is_voiced and voiced_frames >= self.config.onset_frames else []

    def _open(self) -> list[SpeechEvent]:
        """Begin an utterance with the pre-roll and the frames of the onset."""
        kept = self._from_pre_roll()
        self._waiting.clear()
        events: list[SpeechEvent] = [self._begin(kept[0].at_ms)]
        events += [self._piece(frame) for frame in kept]
        self._unvoiced_ms = 0
        return events

    def _from_pre_roll(self) -> list[AudioFrame]:
        recent_from = max(0, len(self._waiting) - self.config.onset_window_frames)
        waiting = list(self._waiting)
        first_voiced = next(i for i in range(recent_from, len(waiting)) if waiting[i][1])
        first_kept = max(0, first_voiced - self.config.pre_roll_ms // FRAME_MS)
        return [frame for frame, _ in waiting[first_kept:]]

    def _begin(self, at_ms: int) -> SpeechStarted:
        self._utterance_id = self.next_utterance_id()
        self._started_at_ms = at_ms
        self._unvoiced_ms = 0
        return SpeechStarted(self._utterance_id, at_ms)

    def _piece(self, frame: AudioFrame) -> SpeechAudio:
        assert self._utterance_id is not None
        self._ends_at_ms = frame.at_ms + FRAME_MS
        return SpeechAudio(self._utterance_id, frame.pcm, frame.at_ms)

    def _close(self, reason: EndReason) -> SpeechEnded:
        assert self._utterance_id is not None
        ended = SpeechEnded(self._utterance_id, self._ends_at_ms, reason)
        self._utterance_id = None
        return ended

    def _feed_speech(self, frame: AudioFrame, is_voiced: bool) -> list[SpeechEvent]:
        events: list[SpeechEvent] = []
        if self._is_to_be_cut(frame):
            unvoiced_ms = self._unvoiced_ms
            events += [self._close(EndReason.LONGEST), self._begin(frame.at_ms)]
            self._unvoiced_ms = unvoiced_ms
        events.append(self._piece(frame))
        self._unvoiced_ms = 0 if is_voiced else self._unvoiced_ms + FRAME_MS
        if self._unvoiced_ms >= self.config.hangover_ms:
            events.append(self._close(EndReason.SILENCE))
        return events

    def _is_to_be_cut(self, frame: AudioFrame) -> bool:
        """Whether the next utterance must begin with ``frame``, or had better."""
        speaking_ms = frame.at_ms + FRAME_MS - self._started_at_ms
        if speaking_ms > self.config.longest_ms:
            return True
        if self.config.quiet_cut_ms <= 0:
            return False
        haste = 1.0 - (self.config.longest_ms - speaking_ms) / self.config.quiet_cut_ms
        return self._quiet_place.feed(frame.pcm, haste)
