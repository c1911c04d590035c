"""The audio thread seen from outside: start, begin, end, cancel; answers come as events."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from queue import SimpleQueue

from audio.capture import MakeSource
from audio.events import AudioEvent
from audio.listener_loop import ListenerLoop
from audio.listener_requests import (
    Arm,
    Begin,
    Cancel,
    Choose,
    Configure,
    End,
    ListenerRequest,
    Quit,
)
from audio.listener_settings import ListenerSettings, WarmMode
from audio.segmenter import count_from
from audio.source import AudioSource

__all__ = ["Listener", "ListenerSettings", "MakeSource", "WarmMode"]


def make_microphone(source_name: str | None) -> AudioSource:
    """The source that a listener takes unless told otherwise."""
    from audio.devices import SYSTEM_SOUND
    from audio.microphone import Microphone
    from audio.system_sound import SystemSound

    return SystemSound() if source_name == SYSTEM_SOUND else Microphone(source_name)


def make_unhurried(source_name: str | None) -> AudioSource:
    """The same for hours of listening: it costs less, and its first sound comes 10 ms later."""
    from audio.device_stream import UNHURRIED_BLOCK_MS
    from audio.devices import SYSTEM_SOUND
    from audio.microphone import Microphone

    is_microphone = source_name != SYSTEM_SOUND
    return Microphone(source_name, UNHURRIED_BLOCK_MS) if is_microphone else make_microphone(source_name)


class Listener:
    """Owns the one audio thread. Every method is thread-safe and only queues, except ``stop``.

    ``emit`` is called on the audio thread. Utterance ids come from ``next_utterance_id``, which
    listeners of one program share; ``name`` is the thread's.
    """

    def __init__(
        self,
        settings: ListenerSettings,
        emit: Callable[[AudioEvent], None],
        make_source: MakeSource | None = None,
        next_utterance_id: Callable[[], int] | None = None,
        name: str = "audio",
    ) -> None:
        self._inbox: SimpleQueue[ListenerRequest] = SimpleQueue()
        make_source = make_source or (make_unhurried if settings.keeps_time else make_microphone)
        self._loop = ListenerLoop(settings, emit, self._inbox, make_source, next_utterance_id or count_from())
        self._thread = threading.Thread(target=self._loop.run, name=name, daemon=True)

    def start(self) -> None:
        """Start the thread; no device is touched before ``arm`` or ``begin`` (unless always warm)."""
        self._thread.start()

    def stop(self, timeout_s: float = 3.0) -> bool:
        """End a running listening, close the device and the thread. True when it ended in time."""
        self._inbox.put(Quit())
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def arm(self) -> None:
        """Load the sound libraries and look for the device, so that a later ``begin`` is quick."""
        self._inbox.put(Arm())

    def begin(self, listening_id: int) -> None:
        """Listen. Answered by ``ListeningStarted`` and, sooner or later, one ``ListeningEnded``.

        A listening that still runs ends first, its tail cut short.
        """
        self._inbox.put(Begin(listening_id, time.monotonic()))

    def end(self, listening_id: int) -> None:
        """Finish after the tail; every ``SpeechEnded`` comes before ``ListeningEnded``."""
        self._inbox.put(End(listening_id, time.monotonic()))

    def cancel(self, listening_id: int) -> None:
        """Stop at once and drop the journal; ``ListeningEnded(cancelled=True)`` follows."""
        self._inbox.put(Cancel(listening_id))

    def choose(self, source_name: str | None) -> None:
        """Take the sound from another source from now on (``None``: the system's default)."""
        self._inbox.put(Choose(source_name))

    def configure(self, settings: ListenerSettings) -> None:
        """Use other settings: the source at once, the rest from the next listening on."""
        self._inbox.put(Configure(settings))
