"""One meeting: who is heard, what was said lately, and how it is shown. No wishes are made here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Final

from audio.events import Problem
from desktop.core.captions_facts import CaptionOpened, Source
from desktop.core.captions_line import Caption
from desktop.core.captions_view import CaptionsLine
from desktop.core.echo import EchoJudge, HeardSpan

LINES_SHOWN: Final = 12
KEPT_MS: Final = 60_000
"""Answered utterances are remembered this long: to be shown, and to tell their echo."""
BEFORE_MS: Final = 1_000
"""The judge of echoes hears "Others" from so long before "Me"."""


@dataclass(frozen=True, slots=True)
class CaptionsSettings:
    """``sources`` are heard, ``labels`` name them. ``auto_stop_min`` 0: never; ``hide_after_s`` 0: never."""

    sources: tuple[Source, ...] = (Source.ME, Source.OTHERS)
    label_me: str = "Me"
    label_others: str = "Others"
    is_calm: bool = False
    auto_stop_min: int = 15
    hide_after_s: int = 8
    keywords: tuple[str, ...] = ()

    def alerts(self, source: Source) -> bool:
        """Whether words of ``source`` are worth an alert: not one's own, where others are heard as well."""
        return source is Source.OTHERS or Source.OTHERS not in self.sources

    def label(self, source: Source) -> str:
        """What ``source`` is called."""
        return self.label_me if source is Source.ME else self.label_others


@dataclass(slots=True)
class Hearing:
    """One source that should be heard. ``retry_at_ms``: when to try again after it went away.

    ``problem`` is shown until ``problem_until_ms``; ``None``: until it is over.
    """

    source: Source
    listening_id: int
    is_running: bool = False
    source_name: str = ""
    problem: Problem | None = None
    problem_until_ms: float | None = None
    retry_at_ms: float | None = None

    @property
    def is_heard(self) -> bool:
        """Sound comes from it now, as far as is known."""
        return self.is_running and (self.problem is None or self.problem_until_ms is not None)


@dataclass(slots=True)
class Meeting:
    """From the start to the last answered utterance. Wall times are monotonic ms."""

    meeting_id: int
    started_ms: float
    settings: CaptionsSettings
    hearings: dict[Source, Hearing] = field(default_factory=dict)
    captions: dict[int, Caption] = field(default_factory=dict)
    is_paused: bool = False
    stopped_ms: float | None = None
    active_ms: float = 0.0  # when somebody was heard last
    shown_from_ms: float = 0.0  # what changed last before this has been hidden
    lines_saved: int = 0
    lost: int = 0
    echoes: int = 0
    voices: dict[int, int] = field(default_factory=dict)  # of "Others": the worker's number, ours from 0
    voices_heard: int = 0
    judge: EchoJudge = field(default_factory=EchoJudge)

    @property
    def is_over(self) -> bool:
        """Stopped, and nothing is owed any more."""
        return self.stopped_ms is not None and not self.hearings and not self.owed

    @property
    def owed(self) -> list[Caption]:
        """Utterances without an answer, oldest first."""
        return [each for each in self.captions.values() if not each.is_answered]

    @property
    def refused(self) -> list[Caption]:
        """Utterances that the recognizer would not take yet, oldest first."""
        return [each for each in self.captions.values() if each.is_refused]

    def open(self, event: CaptionOpened, now_ms: float) -> Caption:
        """Somebody begins to speak."""
        start_ms = max(0, round(event.at_ms - self.started_ms), self._end_of(event.source))
        speaker = self.settings.label(event.source)
        caption = Caption(event.utterance_id, event.source, speaker, start_ms, start_ms, changed_ms=now_ms)
        self.captions[event.utterance_id] = caption
        return caption

    def name_voice(self, caption: Caption, speaker: int | None) -> None:
        """Tell "Others" apart: the first voice keeps the plain label, for lines with it are saved already.

        ``speaker`` is the worker's number, which counts one's own voice and those of other meetings as well.
        """
        if caption.source is not Source.OTHERS or speaker is None or not caption.text:
            return
        if speaker not in self.voices:
            self.voices[speaker] = self.voices_heard
            self.voices_heard += 1
        if (voice := self.voices[speaker]) > 0:
            caption.speaker = f"{self.settings.label_others} {voice + 1}"

    def _end_of(self, source: Source) -> int:
        """Nobody begins a sentence before the end of the one before."""
        return max((each.end_ms for each in self.captions.values() if each.source is source), default=0)

    def since_start(self, wall_ms: float) -> int:
        """Monotonic time as time of the meeting."""
        return max(0, round(wall_ms - self.started_ms))

    def judge_echo(self, caption: Caption) -> bool:
        """Whether "Me" is nothing but the loudspeakers."""
        if caption.source is not Source.ME:
            return False
        others = self._others(caption)
        return bool(others) and self.judge.is_echo(caption.span(), others)

    def leave_echo_out(self, caption: Caption) -> None:
        """Of what "Me" said over the loudspeakers keep the own words only."""
        if caption.source is Source.ME and not caption.is_echo and caption.words:
            caption.keep(self.judge.own_words(caption.span(), self._others(caption), caption.words))

    def _others(self, mine: Caption) -> list[HeardSpan]:
        return [
            each.span()
            for each in self.captions.values()
            if each.source is Source.OTHERS
            and each.end_ms > mine.start_ms - BEFORE_MS
            and each.start_ms < mine.end_ms
        ]

    def forget_old(self, now_ms: float) -> None:
        """What was answered long ago; so a long meeting costs no more than a short one."""
        answered = [each for each in self.captions.values() if each.is_answered]
        for each in answered[:-LINES_SHOWN]:
            if now_ms - each.changed_ms > KEPT_MS:
                del self.captions[each.utterance_id]

    def lines(self) -> tuple[CaptionsLine, ...]:
        """The latest, in the order in which they were begun to be spoken."""
        is_named = len(self.settings.sources) > 1 or self.voices_heard > 1
        lately = [each for each in self.captions.values() if each.changed_ms >= self.shown_from_ms]
        latest = sorted(lately, key=lambda each: (each.start_ms, each.utterance_id), reverse=True)
        shown = (each.shown(is_calm=self.settings.is_calm, is_named=is_named) for each in latest)
        return tuple(islice((line for line in shown if line is not None), LINES_SHOWN))[::-1]

    def problems(self, now_ms: float) -> Iterator[Problem]:
        """What is wrong with the sources."""
        for hearing in self.hearings.values():
            is_shown = hearing.problem_until_ms is None or now_ms < hearing.problem_until_ms
            if hearing.problem is not None and is_shown:
                yield hearing.problem
