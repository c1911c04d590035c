"""The local ``Recognizer``: a thread that keeps one worker process at work.

The thread, ``recognizer``, owns the worker, the sound of every unfinished utterance and every
deadline; the outside reaches it only through its inbox. A worker that crashes or hangs is replaced
by the next generation, which is given all unfinished utterances again from their first sample:
partials may start over, but no word is lost.

Ending a worker blocks this thread for at most the ladder's time; callers never wait.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from recognizer import inbox, messages
from recognizer.base import EmitRecognizerEvent
from recognizer.events import ModelSpec, Priority
from recognizer.problems import INTERNAL
from recognizer.supervisor import Supervisor
from recognizer.worker_run import Child, Deadlines

_log = logging.getLogger(__name__)


class RecognizerDriver:
    """See ``recognizer.base.Recognizer``; ``emit`` is called on the thread ``recognizer``.

    ``spawn`` starts a worker process (raising ``OSError`` when it cannot). Sound fed without a
    loaded model is kept (up to half an hour) until ``load``; an unload keeps it as well.
    """

    def __init__(
        self,
        emit: EmitRecognizerEvent,
        *,
        spawn: Callable[[], Child],
        clock: Callable[[], float] = time.monotonic,
        deadlines: Deadlines | None = None,
    ) -> None:
        self._inbox: queue.SimpleQueue[inbox.Item] = queue.SimpleQueue()
        self._supervisor = Supervisor(emit, spawn, self._inbox.put, clock, deadlines or Deadlines())
        self._clock = clock
        self._thread = threading.Thread(target=self._run, name="recognizer", daemon=True)
        self._thread.start()

    def load(self, model: ModelSpec) -> None:
        """Make ``model`` ready; a different loaded model is unloaded first. Answered by ``Ready``
        or ``LoadFailed``; a model that is ready already is answered by ``Ready`` again."""
        self._inbox.put(inbox.Load(model))

    def unload(self) -> None:
        """End the worker; answered by ``WorkerExited`` if there was one. Owed words stay pending."""
        self._inbox.put(inbox.Unload())

    def standby(self, model: ModelSpec | None) -> None:
        """Keep a second worker prepared for ``model`` without device memory; ``None`` ends it.

        Answered by ``StandbyReady``; the next ``load`` of the same model uses it up.
        """
        self._inbox.put(inbox.StandBy(model))

    def begin(self, utterance_id: int, priority: Priority = Priority.DICTATION) -> None:
        """Open an utterance; the worker serves higher ``priority`` first.

        Below that of a dictation it may be refused with ``Overloaded``; what is fed to it then is dropped.
        """
        self._inbox.put(inbox.Begin(utterance_id, priority))

    def feed(self, utterance_id: int, pcm: bytes) -> None:
        """Append sound (16 kHz mono s16le, any whole number of samples)."""
        self._inbox.put(inbox.Feed(utterance_id, bytes(pcm)))

    def end(self, utterance_id: int) -> None:
        """Close an utterance; one ``Final`` or ``UtteranceFailed`` follows."""
        self._inbox.put(inbox.End(utterance_id))

    def cancel(self, utterance_id: int) -> None:
        """Forget an utterance; nothing more is told about it."""
        self._inbox.put(inbox.Cancel(utterance_id))

    def finish_texts(self, request_id: int, texts: tuple[str, ...]) -> None:
        """Finish texts that ``files.finish`` left raw; answered by one ``TextsFinished``."""
        self._inbox.put(inbox.FinishTexts(request_id, tuple(texts)))

    def clean_cache(self) -> None:
        """Give cached device memory back between two inferences; answered by ``CacheCleaned``."""
        self._inbox.put(inbox.Ask(messages.CleanCache()))

    def release_second_pass(self) -> None:
        """Let go of the second pass's memory; the next utterance that needs it loads it again."""
        self._inbox.put(inbox.Ask(messages.ReleaseSecondPass()))

    def report_memory(self) -> None:
        """Ask what the worker's allocator holds; answered by ``MemoryReported`` if one is ready."""
        self._inbox.put(inbox.Ask(messages.ReportMemory()))

    def stop(self, timeout_s: float = 3.0) -> None:
        """End the workers and the thread. Blocks up to ``timeout_s``."""
        self._inbox.put(inbox.Stop())
        self._thread.join(timeout_s)

    def _run(self) -> None:
        checked_s = self._clock()
        while True:
            item = self._next_item(checked_s + self._supervisor.wait_s() - self._clock())
            if isinstance(item, inbox.Stop):
                break
            if item is not None:
                self._guarded(partial(self._supervisor.handle, item))
            if self._clock() >= checked_s + self._supervisor.wait_s():
                self._guarded(self._supervisor.check)
                checked_s = self._clock()
        self._guarded(self._supervisor.close)

    def _next_item(self, wait_s: float) -> inbox.Item | None:
        try:
            return self._inbox.get(timeout=max(0.0, wait_s))
        except queue.Empty:
            return None

    def _guarded(self, action: Callable[[], None]) -> None:
        """A mistake of ours becomes an event, not a dead thread."""
        try:
            action()
        except Exception:  # noqa: BLE001 - whatever it is, the thread must go on
            _log.exception("recognizer: unexpected")
            with suppress(Exception):
                self._supervisor.abandon(INTERNAL)
