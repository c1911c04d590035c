"""The source in use: opened, replaced by the default when it is gone, remembered for the pre-roll."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from audio.devices import SYSTEM_SOUND
from audio.events import Problem
from audio.pcm import FRAME_MS
from audio.source import AudioSource, SourceFailed, SourceHealth

HEALTH_EVERY_FRAMES: Final = 5

MakeSource = Callable[[str | None], AudioSource]
"""Makes the source of a name; ``None`` is the system's default microphone."""


@dataclass(frozen=True, slots=True)
class SourceNews:
    """What changed about the running source since the last news."""

    lost_ms: int = 0
    source_name: str | None = None
    problem: Problem | None = None


class Capture:
    """At most one running source, and the last moments of it that no listening has heard yet."""

    def __init__(self, make_source: MakeSource, source_name: str | None, pre_roll_ms: int) -> None:
        self.source_name = source_name
        self.why_instead: Problem | None = None
        """Why another source than the chosen one was opened."""
        self._make_source = make_source
        self._source: AudioSource | None = None
        self._unheard: deque[bytes] = deque(maxlen=max(0, pre_roll_ms) // FRAME_MS)
        self._told_name = ""
        self._told_health = SourceHealth()
        self._frames_to_health = HEALTH_EVERY_FRAMES

    @property
    def is_running(self) -> bool:
        """Whether a source is taking sound."""
        return self._source is not None

    @property
    def has_ended(self) -> bool:
        """The running source is a file that is over."""
        return self._source is not None and self._source.has_ended

    @property
    def name(self) -> str:
        """What the user calls the running source."""
        return self._source.name if self._source is not None else self._told_name

    @property
    def is_muted(self) -> bool:
        """The sound server says that the running source is muted."""
        return self._source is not None and self._source.health().is_muted

    @property
    def is_stand_in(self) -> bool:
        """Another source than the chosen one is heard, because that is not there."""
        if self._source is None:
            return False
        return self.why_instead is not None or self._source.health().is_stand_in

    @property
    def may_be_silent(self) -> bool:
        """Exact silence of the running source is no fault."""
        return self._source is not None and self._source.health().may_be_silent

    @property
    def waiting_ms(self) -> int:
        """Sound of the running source that was not read yet."""
        return self._source.health().waiting_ms if self._source is not None else 0

    def prepare(self) -> None:
        """Load what a later ``open`` needs. Raises ``SourceFailed``."""
        if self._source is None:
            source = self._make_source(self.source_name)
            source.prepare()
            source.close()

    def open(self) -> Problem | None:
        """Run the chosen source; else the default one, answering why. Raises ``SourceFailed``.

        A microphone never stands in for the system's sound.
        """
        self.close()
        self.why_instead = None
        try:
            self._run(self.source_name)
        except SourceFailed as failure:
            if self.source_name is None or self.source_name == SYSTEM_SOUND:
                raise
            self._run(None)
            self.why_instead = failure.problem
        return self.why_instead

    def is_chosen_back(self) -> bool:
        """Whether the chosen source, for which another stands in, is there again."""
        try:
            source = self._make_source(self.source_name)
            source.prepare()
            source.close()
        except SourceFailed:
            return False
        return True

    def read(self, timeout_s: float) -> bytes | None:
        """The next 20 ms. Raises ``SourceFailed``."""
        frame = self._source.read(timeout_s) if self._source is not None else None
        return frame.pcm if frame is not None else None

    def news(self) -> SourceNews | None:
        """To be asked after each ``read``."""
        source = self._source
        if source is None:
            return None
        self._frames_to_health -= 1
        if source.name == self._told_name and self._frames_to_health > 0:
            return None
        self._frames_to_health = HEALTH_EVERY_FRAMES
        before, self._told_health = self._told_health, source.health()
        new_name = source.name if source.name != self._told_name else None
        self._told_name = source.name
        lost_ms = self._told_health.lost_ms - before.lost_ms
        problems = self._told_health.notices[len(before.notices) :]
        if not lost_ms and new_name is None and not problems:
            return None
        return SourceNews(lost_ms, new_name, problems[-1] if problems else None)

    def remember(self, pcm: bytes) -> None:
        """Keep a frame that no listening hears, for the next one's pre-roll."""
        self._unheard.append(pcm)

    def take_pre_roll(self) -> list[bytes]:
        """The last frames that no listening has heard; each is given once."""
        kept = list(self._unheard)
        self._unheard.clear()
        return kept

    def set_pre_roll(self, pre_roll_ms: int) -> None:
        """Remember that much from now on."""
        self._unheard = deque(self._unheard, maxlen=max(0, pre_roll_ms) // FRAME_MS)

    def close(self) -> None:
        """Stop the source and give it back. What was remembered is forgotten."""
        source, self._source = self._source, None
        self._unheard.clear()
        if source is not None:
            source.stop()
            source.close()

    def _run(self, source_name: str | None) -> None:
        source = self._make_source(source_name)
        try:
            source.start()
        except SourceFailed:
            source.close()
            raise
        self._source = source
        self._told_name = source.name
        self._told_health = SourceHealth()
        self._frames_to_health = HEALTH_EVERY_FRAMES
