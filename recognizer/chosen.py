"""Where speech is recognised: here, or on a server."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from recognizer import events
from recognizer.base import EmitRecognizerEvent
from recognizer.driver import RecognizerDriver
from recognizer.events import ModelSpec, Priority, RecognizerEvent
from recognizer.local import local_recognizer
from recognizer.remote_server import Server

if TYPE_CHECKING:
    from recognizer.remote import RemoteRecognizer

GENERATIONS: Final = 1_000_000
"""More than any recognizer has; those of the next one count on from there."""


def chosen_recognizer(
    emit: EmitRecognizerEvent, log_dir: Path, server: Server | None
) -> RecognizerDriver | RemoteRecognizer:
    """The recognizer of ``server``; without one, a worker process on this computer."""
    if server is None:
        return local_recognizer(emit, log_dir)
    from recognizer.remote import RemoteRecognizer  # its library is loaded for those who use it only

    return RemoteRecognizer(emit, server)


class ChosenRecognizer:
    """The recognizer of the moment behind one face, so that whoever holds it need not know of a change.

    See ``recognizer.base.Recognizer``. ``use`` and ``configure`` belong to one thread.
    """

    def __init__(self, emit: EmitRecognizerEvent, log_dir: Path, server: Server | None) -> None:
        self._emit = emit
        self._log_dir = log_dir
        self._server = server
        self._changes = 0
        self._present = chosen_recognizer(emit, log_dir, server)

    def use(self, server: Server | None) -> None:
        """Recognise there from now on (``None``: here). What is owed by the former one would be lost.

        The former one was told to unload before; it ends by itself, nobody waits for it.
        """
        if _url(server) == _url(self._server):
            return
        former, self._server = self._present, server
        self._changes += 1
        first_generation = self._changes * GENERATIONS
        self._present = chosen_recognizer(
            lambda event: self._emit(_renumbered(event, first_generation)), self._log_dir, server
        )
        former.stop(timeout_s=0.0)

    def configure(self, server: Server) -> None:
        """Another token, authority, or wish for the same server; another server is left to ``use``."""
        if server == self._server or _url(server) != _url(self._server):
            return
        self._server = server
        if not isinstance(self._present, RecognizerDriver):
            self._present.configure(server)

    def load(self, model: ModelSpec) -> None:
        """See ``Recognizer``."""
        self._present.load(model)

    def unload(self) -> None:
        """See ``Recognizer``."""
        self._present.unload()

    def standby(self, model: ModelSpec | None) -> None:
        """See ``RecognizerDriver``."""
        self._present.standby(model)

    def begin(self, utterance_id: int, priority: Priority = Priority.DICTATION) -> None:
        """See ``Recognizer``."""
        self._present.begin(utterance_id, priority)

    def feed(self, utterance_id: int, pcm: bytes) -> None:
        """See ``Recognizer``."""
        self._present.feed(utterance_id, pcm)

    def end(self, utterance_id: int) -> None:
        """See ``Recognizer``."""
        self._present.end(utterance_id)

    def cancel(self, utterance_id: int) -> None:
        """See ``Recognizer``."""
        self._present.cancel(utterance_id)

    def finish_texts(self, request_id: int, texts: tuple[str, ...]) -> None:
        """See ``Recognizer``."""
        self._present.finish_texts(request_id, texts)

    def clean_cache(self) -> None:
        """See ``RecognizerDriver``."""
        self._present.clean_cache()

    def report_memory(self) -> None:
        """See ``RecognizerDriver``."""
        self._present.report_memory()

    def release_second_pass(self) -> None:
        """See ``RecognizerDriver``."""
        self._present.release_second_pass()

    def stop(self, timeout_s: float = 3.0) -> None:
        """See ``Recognizer``."""
        self._present.stop(timeout_s)


def _url(server: Server | None) -> str:
    return server.url if server is not None else ""


def _renumbered(event: RecognizerEvent, first_generation: int) -> RecognizerEvent:
    """With a generation that no earlier recognizer had."""
    match event:
        case (
            events.WorkerStarting()
            | events.Loading()
            | events.Ready()
            | events.LoadFailed()
            | events.MemoryReported()
            | events.StandbyReady()
            | events.CacheCleaned()
            | events.WorkerExited()
        ):
            return replace(event, generation=first_generation + event.generation)
        case _:
            return event
