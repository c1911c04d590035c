"""Where sound meets the recognizer: speech goes to it, facts go to the core.

Runs on the thread that hears (audio, or replay for a kept recording), so that no sound ever
crosses the GUI thread.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from pathlib import Path

from audio.events import (
    AudioEvent,
    ListeningEnded,
    ListeningStarted,
    Problem,
    SpeechAudio,
    SpeechEnded,
    SpeechEvent,
    SpeechStarted,
)
from audio.pcm import SILENCE_DBFS, duration_ms, level_dbfs
from audio.problems import INTERNAL
from audio.source import SourceFailed
from desktop.core.events import UtteranceOpened
from recognizer.base import Recognizer

Post = Callable[[object], None]
_log = logging.getLogger(__name__)


class AudioRelay:
    """Takes every event of one hearing thread, in order."""

    def __init__(self, recognizer: Recognizer, post: Post) -> None:
        self._recognizer = recognizer
        self._post = post
        self._listening_id = 0

    def __call__(self, event: AudioEvent) -> None:
        """Speech to the recognizer, everything else to the core."""
        match event:
            case SpeechStarted():
                self._recognizer.begin(event.utterance_id)
                self._post(UtteranceOpened(self._listening_id, event.utterance_id, event.at_ms))
            case SpeechAudio():
                self._recognizer.feed(event.utterance_id, event.pcm)
            case SpeechEnded():
                self._recognizer.end(event.utterance_id)
            case ListeningStarted():
                self._listening_id = event.listening_id
                self._post(event)
            case _:
                self._post(event)


SegmentFile = Callable[[Path], list[SpeechEvent]]
"""Speech events of a recording. Raises ``SourceFailed``."""


class Replay(threading.Thread):
    """Recognises a kept recording as one listening; ends by itself."""

    def __init__(
        self, listening_id: int, path: Path, segment: SegmentFile, recognizer: Recognizer, post: Post
    ) -> None:
        super().__init__(name="replay", daemon=True)
        self._listening_id = listening_id
        self._path = path
        self._segment = segment
        self._relay = AudioRelay(recognizer, post)

    def run(self) -> None:
        """Hear the file through, then tell how it ended."""
        self._relay(ListeningStarted(self._listening_id, self._path.name, 0, 0.0))
        heard: list[SpeechEvent] = []
        problem: Problem | None = None
        try:
            heard = self._segment(self._path)
        except SourceFailed as failure:
            problem = failure.problem
        except Exception:  # noqa: BLE001 - whatever it is, the dictation must end
            _log.exception("replay: unexpected")
            problem = INTERNAL
        for event in heard:
            self._relay(event)
        self._relay(self._ended(heard, problem))

    def _ended(self, heard: list[SpeechEvent], problem: Problem | None) -> ListeningEnded:
        pieces = [event.pcm for event in heard if isinstance(event, SpeechAudio)]
        speech_ms = sum(map(duration_ms, pieces))
        return ListeningEnded(
            listening_id=self._listening_id,
            heard_ms=max((event.at_ms for event in heard), default=0),
            speech_ms=speech_ms,
            utterance_ids=tuple(e.utterance_id for e in heard if isinstance(e, SpeechStarted)),
            peak_dbfs=max(map(level_dbfs, pieces), default=SILENCE_DBFS),
            lost_ms=0,
            journal_path=str(self._path),
            problem=problem,
        )
