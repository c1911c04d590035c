"""The listening of the moment, as the audio thread sees it: begun or not, and how far its end is."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

from audio.capture import Capture
from audio.events import Problem
from audio.listener_settings import ListenerSettings
from audio.listening import Listening
from audio.pcm import FRAME_MS
from audio.problems import LISTENING_TOO_LONG, microphone_silent

TAIL_GRACE_S: Final = 0.5
"""A tail that the device does not deliver is given up this long after it should have been there."""
QUIET_BEFORE_END_MS: Final = 300
"""Silent for this long at the end of a listening: the last word is over."""
DOUBT_MS: Final = 100
"""A sound that has just begun is told from a word by then; so long a tail goes on at least."""
SILENT_MS: Final = 2_000


@dataclass(slots=True)
class Outage:
    """The source failed in the middle of a listening; another is looked for until ``deadline_s``."""

    problem: Problem
    silent_since_s: float
    deadline_s: float
    next_try_s: float


@dataclass(slots=True)
class Running:
    """One listening and the source it hears."""

    listening: Listening
    settings: ListenerSettings
    asked_s: float
    last_frame_s: float
    is_begun: bool = False
    is_told_silent: bool = False
    tail_left_ms: int | None = None
    tail_deadline_s: float = 0.0

    @property
    def listening_id(self) -> int:
        """Whose it is."""
        return self.listening.listening_id

    def begin_tail(self, asked_s: float) -> None:
        """The speaker has let go: take the end of the last word, then stop."""
        has_heard_since = self.last_frame_s > asked_s
        self.tail_left_ms = self.settings.tail_ms - FRAME_MS * has_heard_since
        self.tail_deadline_s = time.monotonic() + self.settings.tail_ms / 1000 + TAIL_GRACE_S

    def begin(self, capture: Capture) -> None:
        """Take what was heard before the request, if anything was."""
        if pre_roll := capture.take_pre_roll():
            self.is_begun = True
            self.listening.begin(capture.name, pre_roll, 0.0)

    def hear(self, capture: Capture, pcm: bytes) -> None:
        """Take the next frame."""
        self.last_frame_s = time.monotonic()
        if not self.is_begun:
            self.is_begun = True
            waited_ms = (self.last_frame_s - self.asked_s) * 1000 - FRAME_MS
            self.listening.begin(capture.name, [], max(0.0, waited_ms))
        self.listening.hear(pcm)
        if self.tail_left_ms is not None:
            self.tail_left_ms -= FRAME_MS

    def hear_again(self, capture: Capture, outage: Outage) -> None:
        """Another source has taken over; the time without one becomes silence."""
        self.listening.change_source(capture.name, outage.problem)
        if self.is_begun:
            gap_s = time.monotonic() - outage.silent_since_s
            self.listening.hear_nothing(round(gap_s * 1000))
        self.last_frame_s = time.monotonic()

    def is_over(self) -> bool:
        """Whether the tail is there, or the longest time allowed is reached."""
        left_ms = self.tail_left_ms
        if left_ms is None:
            if self.listening.heard_ms < self.settings.longest_listening_s * 1000:
                return False
            self.listening.notice(LISTENING_TOO_LONG)
            return True
        if left_ms <= 0 or time.monotonic() >= self.tail_deadline_s:
            return True
        shortest_ms = self.settings.shortest_tail_ms
        if self.listening.is_stirring:
            shortest_ms = max(shortest_ms, DOUBT_MS)
        taken_ms = self.settings.tail_ms - left_ms
        return taken_ms >= shortest_ms and self.listening.quiet_ms >= QUIET_BEFORE_END_MS

    def tell_news(self, capture: Capture) -> None:
        """What has changed about the source."""
        news = capture.news()
        if news is not None and news.lost_ms > 0:
            self.listening.note_lost(news.lost_ms)
        if news is not None and (news.source_name is not None or news.problem is not None):
            self.listening.change_source(capture.name, news.problem)
        if self.listening.zeros_ms >= SILENT_MS and not self.is_told_silent:
            self.is_told_silent = True
            problem = microphone_silent(capture.name, capture.is_muted)
            self.listening.change_source(capture.name, problem)
