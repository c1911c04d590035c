"""The thread ``gpu``: reads the cards once a second while somebody wants to know, and sleeps otherwise."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from recognizer.gpu import GpuProbe
from recognizer.gpu_problems import UNREADABLE
from recognizer.gpu_reading import GpuSnapshot, Moment

PERIOD_S: Final = 1.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Watch:
    is_watched: bool


@dataclass(frozen=True, slots=True)
class _Ours:
    pids: frozenset[int]


@dataclass(frozen=True, slots=True)
class _Ask:
    moment: Moment
    our_pids: frozenset[int] | None


@dataclass(frozen=True, slots=True)
class _Stop:
    pass


class GpuWatch:
    """Thread-safe, never blocks. ``post`` receives each ``GpuSnapshot`` on the thread ``gpu``.

    Nothing is polled and NVML is closed until ``watch(True)``; ``watch(False)`` closes it again, so
    that a laptop's card can sleep.
    """

    def __init__(
        self,
        post: Callable[[GpuSnapshot], None],
        *,
        probe: GpuProbe | None = None,
        period_s: float = PERIOD_S,
    ) -> None:
        self._post = post
        self._probe = probe or GpuProbe()
        self._period_s = period_s
        self._inbox: queue.SimpleQueue[_Watch | _Ours | _Ask | _Stop] = queue.SimpleQueue()
        self._is_watched = False
        self._our_pids: frozenset[int] = frozenset()
        self._thread = threading.Thread(target=self._run, name="gpu", daemon=True)
        self._thread.start()

    def watch(self, is_watched: bool) -> None:
        """Poll from now on (a model is loaded, or somebody looks), or do not."""
        self._inbox.put(_Watch(is_watched))

    def count_as_ours(self, pids: frozenset[int]) -> None:
        """These processes are ours from the next reading on."""
        self._inbox.put(_Ours(pids))

    def ask(self, moment: Moment, our_pids: frozenset[int] | None = None) -> None:
        """One reading now, ``our_pids`` instead of the usual; answered by a snapshot with ``moment``."""
        self._inbox.put(_Ask(moment, our_pids))

    def stop(self, timeout_s: float = 2.0) -> None:
        """End the thread; blocks up to ``timeout_s``."""
        self._inbox.put(_Stop())
        self._thread.join(timeout_s)

    def _run(self) -> None:
        due_s = 0.0
        while True:
            wait_s = max(0.0, due_s - time.monotonic()) if self._is_watched else None
            try:
                item = self._inbox.get(timeout=wait_s)
            except queue.Empty:
                self._tell(Moment.PERIODIC, self._our_pids)
                due_s = time.monotonic() + self._period_s
                continue
            if isinstance(item, _Stop):
                self._probe.close()
                return
            self._take(item)

    def _take(self, item: _Watch | _Ours | _Ask) -> None:
        match item:
            case _Watch(is_watched):
                self._is_watched = is_watched
            case _Ours(pids):
                self._our_pids = pids
            case _Ask(moment, our_pids):
                self._tell(moment, self._our_pids if our_pids is None else our_pids)
        if not self._is_watched:
            self._probe.close()

    def _tell(self, moment: Moment, our_pids: frozenset[int]) -> None:
        try:
            snapshot = self._probe.read(our_pids, moment)
        except Exception:  # noqa: BLE001 - what leaves a thread becomes an event
            _log.exception("gpu: unexpected")
            snapshot = GpuSnapshot((), UNREADABLE, time.monotonic() * 1000.0, moment)
        self._post(snapshot)
