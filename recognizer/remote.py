"""The remote ``Recognizer``: FunASR's servers behind the face of the local one.

The thread, ``recognizer``, runs an event loop that owns every connection, the sound of every unfinished
utterance and every deadline; the outside reaches it only by handing wishes over. See ``remote_desk``.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import suppress

from recognizer import inbox, messages
from recognizer.base import EmitRecognizerEvent
from recognizer.events import ModelSpec, Priority
from recognizer.remote_deadlines import RemoteDeadlines
from recognizer.remote_desk import RemoteDesk
from recognizer.remote_server import Server

_log = logging.getLogger(__name__)


class RemoteRecognizer:
    """See ``recognizer.base.Recognizer``; ``emit`` is called on the thread ``recognizer``.

    ``load`` connects (``Ready`` has device ``server`` and no process), ``unload`` disconnects. Sound fed
    without a connection is kept (up to half an hour) until ``load``; an unload keeps it as well.
    """

    def __init__(
        self, emit: EmitRecognizerEvent, server: Server, *, deadlines: RemoteDeadlines | None = None
    ) -> None:
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._desk = RemoteDesk(emit, server, deadlines or RemoteDeadlines())
        self._thread = threading.Thread(target=self._run, name="recognizer", daemon=True)
        self._thread.start()

    def configure(self, server: Server) -> None:
        """Use ``server`` from the next connection on, which the next utterance makes."""
        with suppress(RuntimeError):  # after ``stop`` nobody listens
            self._loop.call_soon_threadsafe(self._desk.configure, server)

    def load(self, model: ModelSpec) -> None:
        """Connect; answered by ``Ready`` or ``LoadFailed``. ``model`` only names the server."""
        self._hand_over(inbox.Load(model))

    def unload(self) -> None:
        """Disconnect; answered by ``WorkerExited`` if there was a connection. Owed words stay pending."""
        self._hand_over(inbox.Unload())

    def standby(self, model: ModelSpec | None) -> None:
        """Nothing can be prepared: a server has no process of ours."""

    def begin(self, utterance_id: int, priority: Priority = Priority.DICTATION) -> None:
        """Open an utterance. Several are served at once; those of another ``priority`` are not waited for."""
        self._hand_over(inbox.Begin(utterance_id, priority))

    def feed(self, utterance_id: int, pcm: bytes) -> None:
        """Append sound (16 kHz mono s16le, any whole number of samples)."""
        self._hand_over(inbox.Feed(utterance_id, bytes(pcm)))

    def end(self, utterance_id: int) -> None:
        """Close an utterance; one ``Final`` or ``UtteranceFailed`` follows."""
        self._hand_over(inbox.End(utterance_id))

    def cancel(self, utterance_id: int) -> None:
        """Forget an utterance; nothing more is told about it."""
        self._hand_over(inbox.Cancel(utterance_id))

    def finish_texts(self, request_id: int, texts: tuple[str, ...]) -> None:
        """Answered by ``TextsFinished`` with the texts as they are: every ``Final`` was finished at once."""
        self._hand_over(inbox.FinishTexts(request_id, tuple(texts)))

    def release_second_pass(self) -> None:
        """Nothing to let go of: the server keeps its models itself."""

    def clean_cache(self) -> None:
        """There is no cache of ours; answered by ``CacheCleaned`` with zeros while connected."""
        self._hand_over(inbox.Ask(messages.CleanCache()))

    def report_memory(self) -> None:
        """Answered by ``MemoryReported`` with zeros while connected: a server holds no memory of ours."""
        self._hand_over(inbox.Ask(messages.ReportMemory()))

    def stop(self, timeout_s: float = 3.0) -> None:
        """Disconnect and end the thread. Blocks up to ``timeout_s``."""
        with suppress(RuntimeError):  # it is stopped already
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(timeout_s)

    def _hand_over(self, wish: inbox.Wish) -> None:
        with suppress(RuntimeError):  # after ``stop`` nobody listens
            self._loop.call_soon_threadsafe(self._carry_out, wish)

    def _carry_out(self, wish: inbox.Wish) -> None:
        """A mistake of ours becomes an event, not a dead thread."""
        try:
            self._desk.handle(wish)
        except Exception:  # noqa: BLE001 - whatever it is, the thread must go on
            _log.exception("recognizer: unexpected")
            with suppress(Exception):
                self._desk.abandon()

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._until_stopped())
        finally:
            self._loop.close()

    async def _until_stopped(self) -> None:
        await self._stopping.wait()
        await self._desk.close()
