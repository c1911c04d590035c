"""One life of a worker process: its phase, its reader thread, its deadlines.

Owned by the driver's thread; only the reader runs beside it, and it only puts into the inbox.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol

from audio.events import Problem
from recognizer import messages
from recognizer.child import Ending, Ladder
from recognizer.events import ModelSpec
from recognizer.inbox import Gone, Heard
from recognizer.problems import HUNG, LOAD_TOO_SLOW, START_TOO_SLOW
from recognizer.wire import FrameDecoder, WireError

_BYTES_PER_S: Final = 32_000


class Phase(StrEnum):
    """Where a worker is between its start and its end."""

    STARTING = "starting"
    PREPARING = "preparing"
    STANDING_BY = "standing by"
    LOADING = "loading"
    READY = "ready"


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long the driver waits before it calls a worker hung.

    One step of an engine may take ``step_base_s`` plus ``step_per_audio_s`` for each second of the
    longest utterance since the last sign of life (the final decode works on all of it at once).
    """

    start_s: float = 20.0
    load_s: float = 180.0
    step_base_s: float = 10.0
    step_per_audio_s: float = 3.0
    check_s: float = 0.5
    idle_check_s: float = 60.0
    ladder: Ladder = field(default_factory=Ladder)


class Child(Protocol):
    """What a run needs of a process; ``recognizer.child.WorkerProcess`` is it."""

    @property
    def pid(self) -> int: ...
    def send(self, data: bytes) -> None: ...
    def read(self) -> bytes: ...
    def end(self, ladder: Ladder, ask: bytes | None) -> Ending: ...
    def wait(self, timeout_s: float) -> bool: ...
    def bound_log(self) -> None: ...


class WorkerRun:
    """A worker from start to end. ``tell`` is called from the reader thread and must only queue."""

    def __init__(
        self,
        generation: int,
        model: ModelSpec,
        child: Child,
        tell: Callable[[Heard | Gone], None],
        deadlines: Deadlines,
        now_s: float,
    ) -> None:
        self.generation = generation
        self.model = model
        self.is_standby = False
        self.load_asked_s = now_s
        self._child = child
        self._tell = tell
        self._deadlines = deadlines
        self._phase = Phase.STARTING
        self._phase_since_s = now_s
        self._pings = 0
        self._pinged_s: float | None = None
        self._longest_bytes = 0  # since the worker answered: it may be at work on what was cancelled
        self._reader = threading.Thread(target=self._read_all, name="recognizer-reader", daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Process id of the worker."""
        return self._child.pid

    @property
    def phase(self) -> Phase:
        """Where it is."""
        return self._phase

    def enter(self, phase: Phase, now_s: float) -> None:
        """Note a new phase; its deadline starts now."""
        self._phase = phase
        self._phase_since_s = now_s

    def say(self, message: messages.ToWorker) -> None:
        """Queue a message for the worker; never blocks."""
        self._child.send(messages.encode(message))

    def watch(self, now_s: float, longest_bytes: int, is_working: bool) -> Problem | None:
        """Ask for a sign of life when due; the problem when a deadline has passed."""
        self._child.bound_log()
        if self._phase is Phase.READY:
            return self._watch_steps(now_s, longest_bytes, is_working)
        waited_s = now_s - self._phase_since_s
        if self._phase is Phase.STARTING and waited_s > self._deadlines.start_s:
            return START_TOO_SLOW
        if self._phase in (Phase.LOADING, Phase.PREPARING) and waited_s > self._deadlines.load_s:
            return LOAD_TOO_SLOW
        return None

    def answered(self, number: int) -> None:
        """A ``Pong`` came."""
        if number == self._pings:
            self._pinged_s = None
            self._longest_bytes = 0

    def end(self, *, ask: bool) -> Ending:
        """End the process (blocking, bounded by the ladder) and its reader."""
        ending = self._child.end(self._deadlines.ladder, messages.encode(messages.Exit()) if ask else None)
        self._reader.join(timeout=1.0)
        return ending

    def bury(self) -> Ending:
        """Reap a process that closed its end; one that closed it but lives on is ended."""
        self._child.wait(self._deadlines.ladder.ask_s)
        return self.end(ask=False)

    def _watch_steps(self, now_s: float, longest_bytes: int, is_working: bool) -> Problem | None:
        self._longest_bytes = max(self._longest_bytes, longest_bytes)
        if self._pinged_s is not None:
            allowed_s = self._deadlines.step_base_s
            allowed_s += self._deadlines.step_per_audio_s * self._longest_bytes / _BYTES_PER_S
            return HUNG if now_s - self._pinged_s > allowed_s else None
        if is_working:
            self._pings += 1
            self._pinged_s = now_s
            self.say(messages.Ping(self._pings))
        return None

    def _read_all(self) -> None:
        decoder = FrameDecoder()
        try:
            while data := self._child.read():
                for frame in decoder.feed(data):
                    self._tell(Heard(self.generation, messages.decode(frame)))
        except WireError:
            pass  # nothing it says can be trusted any more: treated like a crash
        self._tell(Gone(self.generation))
