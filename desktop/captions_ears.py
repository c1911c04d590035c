"""The listeners of captions, one for each source; made when captions are first wanted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from audio.devices import SYSTEM_SOUND
from audio.events import AudioEvent
from audio.listener import Listener
from desktop.captions_sound import captions_listener_settings
from desktop.core.captions_facts import Source
from desktop.settings.schema import Settings


class CaptionsEars:
    """Each listener has a thread of its own; ``ear`` makes what it tells. GUI thread only."""

    def __init__(
        self,
        settings: Callable[[], Settings],
        ear: Callable[[Source], Callable[[AudioEvent], None]],
        next_utterance_id: Callable[[], int],
    ) -> None:
        self._settings = settings
        self._ear = ear
        self._next_utterance_id = next_utterance_id
        self._listeners: dict[Source, Listener] = {}

    def begin(self, source: Source, listening_id: int, keep_in: Path | None, kept_name: str) -> None:
        """Listen, by the settings of now; the sound is kept in ``keep_in`` if that is a folder."""
        audio = self._settings().audio
        name = SYSTEM_SOUND if source is Source.OTHERS else audio.microphone or None
        listener = self._listener(source)
        listener.configure(captions_listener_settings(audio, name, keep_in, kept_name))
        listener.begin(listening_id)

    def end(self, source: Source, listening_id: int) -> None:
        """Listen no longer."""
        if source in self._listeners:
            self._listeners[source].end(listening_id)

    def configure(self) -> None:
        """The user has chosen another microphone."""
        if Source.ME in self._listeners:
            self._listeners[Source.ME].choose(self._settings().audio.microphone or None)

    def stop(self) -> None:
        """End the threads."""
        for listener in self._listeners.values():
            listener.stop()
        self._listeners.clear()

    def _listener(self, source: Source) -> Listener:
        if source not in self._listeners:
            settings = captions_listener_settings(self._settings().audio, None)
            name = f"audio-captions-{source.value}"
            made = Listener(settings, self._ear(source), None, self._next_utterance_id, name)
            made.start()
            self._listeners[source] = made
        return self._listeners[source]
