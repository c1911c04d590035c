"""A recording heard through voice detection and the recognizer, without a desktop.

The thread ``file`` reads the sound and hands it to the recognizer; the command's own thread takes what
both say from one queue. Each fact carries the time when it was told.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from audio.events import Problem, SpeechAudio, SpeechEnded, SpeechEvent, SpeechStarted
from audio.listen import segment_source
from audio.listener import ListenerSettings
from audio.segmenter import VadSegmenter, count_from
from audio.silero import SileroMissing, SileroModel
from audio.source import AudioSource, SourceFailed
from audio.vad import VadSettings, VoiceGate
from desktop.cli.output import CommandFailed
from recognizer.base import Recognizer
from recognizer.chosen import chosen_recognizer
from recognizer.events import Final as FinalText
from recognizer.events import (
    LoadFailed,
    ModelSpec,
    Partial,
    Priority,
    Ready,
    RecognizerEvent,
    UtteranceFailed,
)
from recognizer.remote_server import Server

MOST_UNFINISHED: Final = 4
"""Utterances given to the recognizer ahead of their text, when a file is heard at full speed."""
LOAD_DEADLINE_S: Final = 300.0
SILENCE_DEADLINE_S: Final = 300.0
"""Nothing heard and nothing recognised for so long: something hangs."""
_log = logging.getLogger(__name__)

TOO_SLOW: Final = Problem(
    "recognition.too_slow",
    "The recognizer gave no sign of life for several minutes.",
    "Try a smaller model, or close other programs that keep the computer busy.",
)
READING_FAILED: Final = Problem(
    "recognition.reading",
    "Reading the sound stopped because of a mistake in this program.",
    "What happened is in the log; plosive doctor names its folder.",
)


@dataclass(frozen=True, slots=True)
class SourceEnded:
    """Every sample was heard. ``problem`` tells why it ended early; ``notices`` should be read."""

    heard_ms: int
    problem: Problem | None
    notices: tuple[Problem, ...]


Fact = SpeechStarted | SpeechEnded | Partial | FinalText | UtteranceFailed | SourceEnded


@dataclass(frozen=True, slots=True)
class Told:
    """A fact, and when it was told: ms since the sound began."""

    wall_ms: float
    fact: Fact


class Recognition:
    """A loaded recognizer for one file after another. Raises ``CommandFailed`` if it cannot be loaded."""

    def __init__(
        self, model: ModelSpec, settings: ListenerSettings, log_dir: Path, server: Server | None = None
    ) -> None:
        self.settings = settings
        self._facts: queue.SimpleQueue[tuple[float, object]] = queue.SimpleQueue()
        self._next_utterance_id = count_from(1)
        self._silero = _loaded_silero(settings.vad)
        self._driver = chosen_recognizer(self._emit, log_dir, server)
        try:
            self.ready = self._load(model)
        except BaseException:
            self._driver.stop()
            raise

    def __enter__(self) -> Recognition:
        return self

    def __exit__(self, *_: object) -> None:
        self._driver.stop()

    def hear(self, source: AudioSource, *, is_realtime: bool) -> Iterator[Told]:
        """What is heard and recognised, as it is told; the last fact is ``SourceEnded``."""
        try:
            source.prepare()
        except SourceFailed as failure:
            yield Told(0.0, SourceEnded(0, failure.problem, ()))
            return
        gate = VoiceGate(self.settings.vad, self._silero) if self._silero else VoiceGate(self.settings.vad)
        segmenter = VadSegmenter(self.settings.segmenter, self._next_utterance_id)
        most_unfinished = 0 if is_realtime else MOST_UNFINISHED
        reader = _Reader(source, gate, segmenter, self._driver, self._facts, most_unfinished)
        started_s = time.monotonic()
        reader.start()
        try:
            yield from self._told(reader, started_s)
        finally:
            reader.stop()

    def _told(self, reader: _Reader, started_s: float) -> Iterator[Told]:
        owed: set[int] = set()
        ended: SourceEnded | None = None
        told_ms = 0.0
        while ended is None or owed:
            told_s, fact = self._next(SILENCE_DEADLINE_S)
            told_ms = max(told_ms, (told_s - started_s) * 1000.0)
            match fact:
                case SourceEnded():
                    ended = fact
                    continue
                case SpeechStarted():
                    owed.add(fact.utterance_id)
                case FinalText() | UtteranceFailed():
                    owed.discard(fact.utterance_id)
                    reader.give_ticket()
                case SpeechEnded() | Partial():
                    pass
                case _:
                    continue
            yield Told(told_ms, fact)
        yield Told(told_ms, ended)

    def _emit(self, event: RecognizerEvent) -> None:
        self._facts.put((time.monotonic(), event))

    def _next(self, deadline_s: float) -> tuple[float, object]:
        try:
            return self._facts.get(timeout=deadline_s)
        except queue.Empty:
            raise CommandFailed(TOO_SLOW) from None

    def _load(self, model: ModelSpec) -> Ready:
        self._driver.load(model)
        while True:
            _, fact = self._next(LOAD_DEADLINE_S)
            if isinstance(fact, Ready):
                return fact
            if isinstance(fact, LoadFailed):
                raise CommandFailed(fact.problem)


class _Reader(threading.Thread):
    """Reads a source through to its end. ``most_unfinished`` 0: does not wait for the recognizer."""

    def __init__(
        self,
        source: AudioSource,
        gate: VoiceGate,
        segmenter: VadSegmenter,
        driver: Recognizer,
        facts: queue.SimpleQueue[tuple[float, object]],
        most_unfinished: int,
    ) -> None:
        super().__init__(name="file", daemon=True)
        self._source, self._gate = source, gate
        self._events = segment_source(source, gate, segmenter)
        self._driver = driver
        self._facts = facts
        self._tickets: queue.Queue[None] = queue.Queue(most_unfinished)
        self._priority = Priority.FILE if most_unfinished else Priority.DICTATION
        self._is_stopping = False

    def run(self) -> None:
        problem: Problem | None = None
        try:
            for event in self._events:
                if self._is_stopping:
                    break
                self._relay(event)
        except SourceFailed as failure:
            problem = failure.problem
        except Exception:  # noqa: BLE001 - whatever it is, the command must hear that nothing follows
            _log.exception("file: unexpected")
            problem = READING_FAILED
        finally:
            self._source.close()
        health = self._source.health()
        self._tell(SourceEnded(health.delivered_ms, problem, health.notices + self._gate.notices))

    def give_ticket(self) -> None:
        """An utterance has its text: another one may begin."""
        try:
            self._tickets.get_nowait()
        except queue.Empty:
            pass  # the reader was stopped meanwhile

    def stop(self, timeout_s: float = 3.0) -> None:
        """Read no further, and wait for the thread."""
        self._is_stopping = True
        self.join(timeout_s)

    def _relay(self, event: SpeechEvent) -> None:
        match event:
            case SpeechStarted():
                self._take_ticket()
                self._driver.begin(event.utterance_id, self._priority)
                self._tell(event)
            case SpeechAudio():
                self._driver.feed(event.utterance_id, event.pcm)
            case SpeechEnded():
                self._driver.end(event.utterance_id)
                self._tell(event)

    def _take_ticket(self) -> None:
        while not self._is_stopping:
            try:
                self._tickets.put(None, timeout=0.2)
                return
            except queue.Full:
                continue

    def _tell(self, fact: Fact) -> None:
        self._facts.put((time.monotonic(), fact))


def _loaded_silero(vad: VadSettings) -> Callable[[], SileroModel] | None:
    """The model loaded beforehand, so that the first utterance does not wait for it."""
    if not vad.use_silero:
        return None
    try:
        model = SileroModel()
    except SileroMissing:
        return None  # the gate tells it
    return lambda: model
