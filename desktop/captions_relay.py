"""Where the sound of captions meets the recognizer: the thread ``captions``.

It takes what the listeners of both sources hear, in order, hands speech to the recognizer and facts to the
core. It keeps the sound of every utterance until the core has its text, so that what the recognizer refused
can be given to it again; the pieces are the recognizer's own, so that they are kept only once.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Final

from audio.events import (
    AudioEvent,
    EndReason,
    FramesLost,
    LevelMeasured,
    ListeningEnded,
    ListeningStarted,
    MicrophoneChanged,
    SoundNotKept,
    SpeechAudio,
    SpeechEnded,
    SpeechStarted,
)
from audio.pcm import level_dbfs
from desktop.core import captions_facts as cap
from desktop.core.captions_clock import SampleClock
from desktop.core.captions_facts import Source
from recognizer.base import Recognizer
from recognizer.events import Priority

Post = Callable[[object], None]
_log = logging.getLogger(__name__)

MOST_KEPT_BYTES: Final = 64 << 20
"""34 minutes of speech that waits for a model; what is older then is given up."""
LEVELS_TOLD: Final = 10


@dataclass(frozen=True, slots=True)
class _Heard:
    source: Source
    event: AudioEvent
    wall_ms: float


@dataclass(frozen=True, slots=True)
class _Wish:
    """Of the core: give ``utterance_id`` to the recognizer ``again``, or forget its sound."""

    utterance_id: int
    again: bool


@dataclass(slots=True)
class _Kept:
    pieces: list[bytes] = field(default_factory=list)
    is_ended: bool = False


@dataclass(slots=True)
class _Ear:
    """What is known of one source; ``levels`` are not told yet."""

    listening_id: int = 0
    clock: SampleClock = field(default_factory=SampleClock)
    levels: list[float] = field(default_factory=list)


class CaptionsRelay:
    """Thread-safe; no method but ``stop`` waits. ``hangover_ms`` of silence end an utterance."""

    def __init__(self, recognizer: Recognizer, post: Post, hangover_ms: Callable[[], int]) -> None:
        self._recognizer = recognizer
        self._post = post
        self._hangover_ms = hangover_ms
        self._inbox: SimpleQueue[_Heard | _Wish | None] = SimpleQueue()
        self._ears = {source: _Ear() for source in Source}
        self._kept: dict[int, _Kept] = {}
        self._kept_bytes = 0
        self._thread = threading.Thread(target=self._run, name="captions", daemon=True)

    def start(self) -> None:
        """Begin to take what is heard."""
        self._thread.start()

    def stop(self, timeout_s: float = 2.0) -> bool:
        """Finish what was heard until now; whether it ended in time."""
        self._inbox.put(None)
        if self._thread.ident is not None:
            self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def ear(self, source: Source) -> Callable[[AudioEvent], None]:
        """What the listener of ``source`` calls with everything it hears."""
        return lambda event: self._inbox.put(_Heard(source, event, time.monotonic() * 1000.0))

    def hear_again(self, utterance_id: int) -> None:
        """The recognizer may have room for it now."""
        self._inbox.put(_Wish(utterance_id, again=True))

    def forget(self, utterance_id: int) -> None:
        """It is answered."""
        self._inbox.put(_Wish(utterance_id, again=False))

    # --- on the thread ------------------------------------------------------------------------------

    def _run(self) -> None:
        while (item := self._inbox.get()) is not None:
            try:
                self._take(item)
            except Exception:  # noqa: BLE001 - whatever it is, the next sentence must be heard
                _log.exception("captions: unexpected")

    def _take(self, item: _Heard | _Wish) -> None:
        if isinstance(item, _Heard):
            self._hear(item.source, item.event, item.wall_ms)
        elif item.again:
            self._tell_again(item.utterance_id)
        else:
            self._let_go(item.utterance_id)

    def _hear(self, source: Source, event: AudioEvent, wall_ms: float) -> None:
        ear = self._ears[source]
        match event:
            case LevelMeasured():
                ear.clock.arrived(event.at_ms, wall_ms)
            case SpeechStarted():
                self._begin(source, ear, event)
            case SpeechAudio():
                self._feed(ear, event)
            case SpeechEnded():
                self._end(ear, event)
            case ListeningStarted():
                self._ears[source] = _Ear(event.listening_id)
                self._post(cap.SourceTold(source, event))
            case ListeningEnded() | MicrophoneChanged() | FramesLost() | SoundNotKept():
                self._post(cap.SourceTold(source, event))

    def _begin(self, source: Source, ear: _Ear, event: SpeechStarted) -> None:
        ear.levels.clear()
        self._kept[event.utterance_id] = _Kept()
        at_ms = ear.clock.wall_ms(event.at_ms)
        self._post(cap.CaptionOpened(source, ear.listening_id, event.utterance_id, at_ms))
        self._recognizer.begin(event.utterance_id, Priority.CAPTIONS)

    def _feed(self, ear: _Ear, event: SpeechAudio) -> None:
        ear.levels.append(level_dbfs(event.pcm))
        if len(ear.levels) >= LEVELS_TOLD:
            self._tell_levels(ear, event.utterance_id)
        if (kept := self._kept.get(event.utterance_id)) is not None:
            kept.pieces.append(event.pcm)
            self._kept_bytes += len(event.pcm)
            self._recognizer.feed(event.utterance_id, event.pcm)
            self._make_room()

    def _end(self, ear: _Ear, event: SpeechEnded) -> None:
        self._tell_levels(ear, event.utterance_id)
        silence_ms = self._hangover_ms() if event.reason is EndReason.SILENCE else 0
        self._post(cap.CaptionClosed(event.utterance_id, ear.clock.wall_ms(event.at_ms), silence_ms))
        if (kept := self._kept.get(event.utterance_id)) is not None:
            kept.is_ended = True
            self._recognizer.end(event.utterance_id)

    def _tell_levels(self, ear: _Ear, utterance_id: int) -> None:
        if ear.levels:
            self._post(cap.CaptionHeard(utterance_id, tuple(ear.levels)))
            ear.levels.clear()

    # --- kept sound -----------------------------------------------------------------------------------

    def _tell_again(self, utterance_id: int) -> None:
        kept = self._kept.get(utterance_id)
        if kept is None:
            return
        self._recognizer.begin(utterance_id, Priority.CAPTIONS)
        for piece in kept.pieces:
            self._recognizer.feed(utterance_id, piece)
        if kept.is_ended:
            self._recognizer.end(utterance_id)

    def _let_go(self, utterance_id: int) -> None:
        if (kept := self._kept.pop(utterance_id, None)) is not None:
            self._kept_bytes -= sum(map(len, kept.pieces))

    def _make_room(self) -> None:
        while self._kept_bytes > MOST_KEPT_BYTES:
            oldest = next(iter(self._kept))
            self._let_go(oldest)
            self._post(cap.CaptionLost(oldest))
