"""The listening of the moment, as the audio thread sees it: begun or not, and how far its end is."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Final

from audio.capture import Capture
from audio.events import Problem
from audio.listener_settings import ListenerSettings
from audio.listening import Listening
from audio.outage import Outage
from audio.pcm import FRAME_MS
from audio.problems import LISTENING_TOO_LONG, microphone_silent
from audio.timekeeping import Timekeeper

TAIL_GRACE_S: Final = 0.5
"""A tail that the device does not deliver is given up this long after it should have been there."""
QUIET_BEFORE_END_MS: Final = 300
"""Silent for this long at the end of a listening: the last word is over."""
DOUBT_MS: Final = 100
"""A sound that has just begun is told from a word by then; so long a tail goes on at least."""
SILENT_MS: Final = 2_000
SILENT_AT_END_MS: Final = 500
"""Enough where there was nothing else: many dictations are over before ``SILENT_MS``."""


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
    timekeeper: Timekeeper = field(default_factory=Timekeeper)

    @property
    def listening_id(self) -> int:
        """Whose it is."""
        return self.listening.listening_id

    def begin_tail(self, asked_s: float, waiting_ms: int) -> None:
        """The speaker has let go: take the end of the last word, then stop.

        ``waiting_ms`` of sound have come and were not heard yet. What of it is older than the request is no
        part of the tail: this thread may be late, by seconds while it loads the voice model from a slow disk.
        """
        now_s = time.monotonic()
        has_heard_since = self.last_frame_s > asked_s
        older_ms = max(0, waiting_ms - round((now_s - asked_s) * 1000))
        self.tail_left_ms = older_ms + self.settings.tail_ms - FRAME_MS * has_heard_since
        self.tail_deadline_s = now_s + self.settings.tail_ms / 1000 + TAIL_GRACE_S

    def begin(self, capture: Capture) -> None:
        """Take what was heard before the request, if anything was."""
        if pre_roll := capture.take_pre_roll():
            self.is_begun = True
            self.listening.begin(capture.name, pre_roll, 0.0)

    def hear(self, capture: Capture, pcm: bytes) -> None:
        """Take the next frame."""
        self.last_frame_s = time.monotonic()
        if not self.is_begun:
            self._begin_with(capture)
        if self._is_in_time():
            self.listening.hear(pcm)
        if self.tail_left_ms is not None:
            self.tail_left_ms -= FRAME_MS

    def _begin_with(self, capture: Capture) -> None:
        self.is_begun = True
        waited_ms = max(0.0, (self.last_frame_s - self.asked_s) * 1000 - FRAME_MS)
        self.listening.begin(capture.name, [], waited_ms)
        if self.settings.keeps_time:
            self.listening.fill(round(waited_ms))

    def _is_in_time(self) -> bool:
        """Whether the frame just come is to be heard; puts audio time right before it where it lags."""
        if not self.settings.keeps_time:
            return True
        heard_ms = self.listening.heard_ms + FRAME_MS
        is_quiet = not self.listening.is_speaking and self.listening.quiet_ms > 0
        correction_ms = self.timekeeper.correction_ms(heard_ms, self._passed_ms(self.last_frame_s), is_quiet)
        if correction_ms > 0:
            self.listening.hear_nothing(correction_ms)
        return correction_ms >= 0

    def _passed_ms(self, now_s: float) -> float:
        return (now_s - self.asked_s) * 1000

    def hear_nothing_yet(self, capture: Capture, outage: Outage) -> None:
        """There is still no source: time passes all the same, an utterance ends, and somebody is told."""
        now_s = time.monotonic()
        if outage.is_to_be_told(now_s, self.settings):
            self.listening.change_source(capture.name, outage.reason)
        if self.settings.keeps_time and self.is_begun:
            self.listening.fill(round(self._passed_ms(now_s)) - self.listening.heard_ms)

    def hear_again(self, capture: Capture, outage: Outage, problem: Problem | None) -> None:
        """Another source has taken over; the time without one becomes silence."""
        self.listening.change_source(capture.name, problem if outage.is_told else outage.problem or problem)
        gap_ms = round((time.monotonic() - outage.silent_since_s) * 1000)
        if self.is_begun and not self.settings.keeps_time:
            self.listening.hear_nothing(gap_ms)
        elif self.is_begun:
            self.hear_nothing_yet(capture, outage)
            self.listening.note_lost(gap_ms)
        self.timekeeper = Timekeeper()
        self.last_frame_s = time.monotonic()

    def is_over(self, came_nothing: bool) -> bool:
        """Whether the tail is there or ``came_nothing`` of it, or the longest time allowed is reached."""
        left_ms = self.tail_left_ms
        if left_ms is None:
            if self.listening.heard_ms < self.settings.longest_listening_s * 1000:
                return False
            if not self.settings.keeps_time:  # after that of a meeting the next follows at once
                self.listening.notice(LISTENING_TOO_LONG)
            return True
        if left_ms <= 0 or (came_nothing and time.monotonic() >= self.tail_deadline_s):
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
        if self.listening.zeros_ms >= SILENT_MS:
            self._tell_silence(capture)

    def tell_end(self, capture: Capture) -> None:
        """Before its end: a short dictation into a muted microphone is nothing but silence."""
        if capture.is_running and SILENT_AT_END_MS <= self.listening.zeros_ms == self.listening.heard_ms:
            self._tell_silence(capture)

    def _tell_silence(self, capture: Capture) -> None:
        if not self.is_told_silent and not capture.may_be_silent:
            self.is_told_silent = True
            problem = microphone_silent(capture.name, capture.is_muted)
            self.listening.change_source(capture.name, problem)
