"""The prepared worker beside "unloaded": asked for, limited, used up or dropped. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from desktop.core.commands import TellProblem
from desktop.core.keep_alive_commands import DropStandby, PrepareStandby
from desktop.core.keep_alive_problems import STANDBY_TOO_BIG
from desktop.core.worker_life import StandbyLife
from recognizer import events as rec
from recognizer.events import ModelSpec


class StandbyDesk:
    """At most one. One that died or was too big is not tried again until something changes."""

    def __init__(self) -> None:
        self.life: StandbyLife | None = None
        self._is_spent = False

    def allow(self) -> None:
        """Settings, model or a successful load changed what may be expected."""
        self._is_spent = False

    def use_up(self, model: ModelSpec) -> Iterator[DropStandby]:
        """``model`` is about to be loaded: by this very process, or it is in the way."""
        life, self.life = self.life, None
        if life is not None and life.model != model:
            yield DropStandby()

    def drop(self) -> Iterator[DropStandby]:
        """None is wanted."""
        if self.life is not None:
            self.life = None
            yield DropStandby()

    def prepare(self, model: ModelSpec) -> Iterator[PrepareStandby]:
        """One for ``model`` is wanted; the recognizer replaces one for another model."""
        if not self._is_spent and (self.life is None or self.life.model != model):
            self.life = StandbyLife(model)
            yield PrepareStandby(model)

    def ready(self, event: rec.StandbyReady, limit_bytes: int) -> Iterator[DropStandby | TellProblem]:
        """It waits; ``limit_bytes`` is what it may keep on the host."""
        if self.life is None or self.life.model != event.model:
            return
        self.life.generation, self.life.pid = event.generation, event.pid
        self.life.host_rss_bytes = event.host_rss_bytes
        if event.host_rss_bytes > limit_bytes:
            self._is_spent = True
            yield from self.drop()
            yield TellProblem(STANDBY_TOO_BIG)

    def exited(self, generation: int) -> bool:
        """Whether it was the standby that ended."""
        if self.life is None or self.life.generation != generation:
            return False
        self.life, self._is_spent = None, True
        return True
