"""Where a long recording is cut: pure, in frames of 20 ms, no sound and no clock.

Fed with one flag a frame (speech or not) it answers with cuts. Every speech frame is in a cut; cuts are in
order; two cuts share sound only where there was no pause to cut at. Silence between stretches of speech is
in none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from audio.pcm import FRAME_MS

MINUTE_MS = 60_000


@dataclass(frozen=True, slots=True)
class SegmentRules:
    """How long segments are and where they may be cut; all in milliseconds, multiples of 20.

    The first choice is a pause of ``best_pause_ms``; as a segment grows to ``longest_ms`` shorter ones will
    do, down to ``least_pause_ms``. Without such a pause, windows of ``longest_ms`` that overlap by
    ``overlap_ms`` are cut. A segment is not under ``shortest_ms`` where its neighbours allow. Silence of
    ``skipped_silence_ms`` is skipped, but for ``pre_roll_ms`` before and ``hangover_ms`` after speech. Less
    than ``least_speech_ms`` alone between silences is a click and no speech.
    """

    longest_ms: int = 45_000
    shortest_ms: int = 8_000
    best_pause_ms: int = 1_200
    least_pause_ms: int = 100
    skipped_silence_ms: int = 8_000
    pre_roll_ms: int = 500
    hangover_ms: int = 700
    overlap_ms: int = 2_000
    least_speech_ms: int = 100

    def __post_init__(self) -> None:
        """Raises ``ValueError`` for rules that leave no room."""
        pads_ms = self.pre_roll_ms + self.hangover_ms
        if (
            self.longest_ms < self.shortest_ms + self.overlap_ms + pads_ms
            or self.shortest_ms <= self.overlap_ms
        ):
            raise ValueError(f"longest {self.longest_ms} ms, shortest {self.shortest_ms} ms")
        if self.skipped_silence_ms < max(pads_ms, self.best_pause_ms):
            raise ValueError(f"skipped silence {self.skipped_silence_ms} ms")


def rules_for(
    duration_ms: int | None, up_to_30_min_s: int = 45, up_to_90_min_s: int = 60, longer_s: int = 90
) -> SegmentRules:
    """The rules for a recording of that length; ``None`` where nobody knows it."""
    if duration_ms is None or duration_ms <= 30 * MINUTE_MS:
        longest_s = up_to_30_min_s
    else:
        longest_s = up_to_90_min_s if duration_ms <= 90 * MINUTE_MS else longer_s
    return SegmentRules(longest_ms=max(12, longest_s) * 1000)


@dataclass(frozen=True, slots=True)
class Cut:
    """Frames ``start`` … ``end`` (exclusive) are a segment; ``overlap`` of them were in the one before."""

    start: int
    end: int
    overlap: int = 0


@dataclass(slots=True)
class _Run:
    """Frames of speech without a pause."""

    start: int
    end: int


@dataclass(slots=True)
class SegmentCutter:
    """Turns flags into cuts; looks ahead by at most the longest segment and a few seconds."""

    rules: SegmentRules = field(default_factory=SegmentRules)
    _now: int = 0
    _runs: list[_Run] = field(default_factory=list)
    _cut_to: int = 0
    _overlap: int = 0

    @property
    def needed_from(self) -> int:
        """The first frame that a later cut may contain."""
        pre_roll = self.rules.pre_roll_ms // FRAME_MS
        first = self._runs[0].start if self._runs else self._now
        return max(self._cut_to, first - pre_roll) if not self._overlap else self._runs[0].start

    def feed(self, flags: Iterable[bool]) -> list[Cut]:
        """Take the next frames; answer the cuts that they made certain."""
        cuts: list[Cut] = []
        for is_speech in flags:
            if is_speech:
                self._hear()
            self._now += 1
            if self._runs and (is_speech or self._is_over()) and self._knows_enough():
                cuts += self._cut_off(self._is_over())
        return cuts

    def flush(self) -> list[Cut]:
        """The recording is over."""
        return self._cut_off(is_over=True)

    def _hear(self) -> None:
        if self._runs and self._runs[-1].end == self._now:
            self._runs[-1].end += 1
        else:
            self._runs.append(_Run(self._now, self._now + 1))

    def _is_over(self) -> bool:
        """The stretch of speech is followed by a silence that is skipped."""
        return self._now - self._runs[-1].end >= self.rules.skipped_silence_ms // FRAME_MS

    def _knows_enough(self) -> bool:
        ahead_ms = self.rules.longest_ms + self.rules.shortest_ms + self.rules.skipped_silence_ms
        return self._is_over() or (self._now - self._runs[0].start) * FRAME_MS >= ahead_ms

    def _cut_off(self, is_over: bool) -> list[Cut]:
        """As many cuts as are certain."""
        cuts: list[Cut] = []
        if is_over and sum(run.end - run.start for run in self._runs) * FRAME_MS < self.rules.least_speech_ms:
            self._runs.clear()
        while self._runs:
            cuts.append(self._next_cut(is_over))
            if not is_over:
                break
        return cuts

    def _next_cut(self, is_over: bool) -> Cut:
        """The first segment of what waits."""
        pause = self._best_pause(is_over)
        if pause is not None:
            return self._cut_at(pause)
        start = self._runs[0].start
        if is_over and self._runs[-1].end - start <= self._most():
            return self._cut_all()
        return self._cut_window(is_over)

    def _most(self) -> int:
        """Frames of speech in the longest segment."""
        return (self.rules.longest_ms - self.rules.pre_roll_ms - self.rules.hangover_ms) // FRAME_MS

    def _best_pause(self, is_over: bool) -> int | None:
        """After which run to cut: the index of the run, ``None`` for nowhere."""
        rules, start, end = self.rules, self._runs[0].start, self._runs[-1].end
        shortest, least = rules.shortest_ms // FRAME_MS, rules.least_pause_ms // FRAME_MS
        good = [
            at
            for at in range(len(self._runs) - 1)
            if shortest <= self._runs[at].end - start <= self._most()
            and end - self._runs[at + 1].start >= shortest
        ]
        for at in good:
            if self._pause(at) * FRAME_MS >= rules.best_pause_ms:
                return at
        if is_over and end - start <= self._most():
            return None
        real = [at for at in good if self._pause(at) >= least]
        return max(real, key=lambda at: (self._worth(at), at), default=None)

    def _pause(self, at: int) -> int:
        """Frames of silence after a run."""
        return self._runs[at + 1].start - self._runs[at].end

    def _worth(self, at: int) -> float:
        """A pause against what one would want of a segment of that length; longer segments want less."""
        share = (self._runs[at].end - self._runs[0].start) / self._most()
        wanted = self.rules.best_pause_ms + share * (self.rules.least_pause_ms - self.rules.best_pause_ms)
        return self._pause(at) * FRAME_MS / wanted

    def _cut_at(self, at: int) -> Cut:
        """Cut in the pause after a run; in a short one in its middle, of a long one both ends are kept."""
        ends, begins = self._runs[at].end, self._runs[at + 1].start
        hangover, pre_roll = self.rules.hangover_ms // FRAME_MS, self.rules.pre_roll_ms // FRAME_MS
        end = ends + hangover if begins - ends >= hangover + pre_roll else (ends + begins) // 2
        return self._taken(end, at + 1)

    def _cut_all(self) -> Cut:
        hangover = self.rules.hangover_ms // FRAME_MS
        return self._taken(min(self._now, self._runs[-1].end + hangover), len(self._runs))

    def _taken(self, end: int, runs: int) -> Cut:
        cut = Cut(self.needed_from, end, self._overlap)
        del self._runs[:runs]
        self._cut_to, self._overlap = end, 0
        return cut

    def _cut_window(self, is_over: bool) -> Cut:
        """No pause anywhere: a window, whose last two seconds are heard again by the next."""
        start, overlap = self._runs[0].start, self.rules.overlap_ms // FRAME_MS
        end = start + self._most()
        if is_over:  # leave the next one long enough
            end = min(end, self._runs[-1].end - self.rules.shortest_ms // FRAME_MS + overlap)
        end = self._before_pause(end, end - overlap)
        cut = Cut(self.needed_from, end, self._overlap)
        self._cut_to, self._overlap = end, overlap
        begins = end - overlap
        self._runs = [run for run in self._runs if run.end > begins]
        self._runs[0].start = max(self._runs[0].start, begins)
        self._overlap = end - self._runs[0].start if self._runs[0].start < end else 0
        return cut

    def _before_pause(self, end: int, begins: int) -> int:
        """Where to end a window whose successor would begin in a pause, and so be short: at that pause."""
        shortest = self.rules.shortest_ms // FRAME_MS
        at = next(at for at, run in enumerate(self._runs) if run.end > begins)
        is_in_pause = at > 0 and self._runs[at].start > begins
        is_long_enough = self._runs[at - 1].end - self._runs[0].start >= shortest
        return self._runs[at - 1].end if is_in_pause and is_long_enough else end
