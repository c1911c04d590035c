"""What the audio thread does: obey requests, read frames, keep time.

Only this thread touches the source, the voice gate, the segmenter and the journal.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final

from audio.capture import Capture, MakeSource
from audio.events import AudioEvent, ListeningEnded, Problem
from audio.journal import Journal
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
from audio.listener_settings import ListenerSettings
from audio.listening import Ears, Listening
from audio.pcm import FRAME_MS, SILENCE_DBFS
from audio.problems import INTERNAL, LISTENING_TOO_LONG, microphone_silent
from audio.segmenter import VadSegmenter
from audio.silero import SileroModel
from audio.source import SourceFailed
from audio.vad import VoiceGate

logger = logging.getLogger(__name__)

READ_TIMEOUT_S: Final = 0.05
IDLE_WAIT_S: Final = 60.0
OUTAGE_S: Final = 3.0
RETRY_S: Final = 0.2
REWARM_S: Final = 5.0
SILENT_MS: Final = 2_000
TAIL_GRACE_S: Final = 0.5
"""A tail that the device does not deliver is given up this long after it should have been there."""
QUIET_BEFORE_END_MS: Final = 300
"""Silent for this long at the end of a listening: the last word is over."""


@dataclass(slots=True)
class Running:
    """The listening of the moment and how far its end is."""

    listening: Listening
    asked_s: float
    is_begun: bool = False
    tail_left_ms: int | None = None
    tail_deadline_s: float = 0.0


@dataclass(slots=True)
class Outage:
    """The source failed in the middle of a listening; another is looked for until ``deadline_s``."""

    problem: Problem
    silent_since_s: float
    deadline_s: float
    next_try_s: float


class ListenerLoop:
    """The audio thread's own object; only ``run`` is called from outside, on that thread."""

    def __init__(
        self,
        settings: ListenerSettings,
        emit: Callable[[AudioEvent], None],
        inbox: SimpleQueue[ListenerRequest],
        make_source: MakeSource,
        next_utterance_id: Callable[[], int],
    ) -> None:
        self._settings = settings
        self._emit = emit
        self._inbox = inbox
        self._next_utterance_id = next_utterance_id
        self._capture = Capture(make_source, settings.source_name, settings.pre_roll_ms)
        self._silero: SileroModel | None = None
        self._running: Running | None = None
        self._outage: Outage | None = None
        self._warm_until_s = 0.0
        self._last_frame_s = 0.0
        self._next_rewarm_s = 0.0
        self._is_quitting = False

    def run(self) -> None:
        """Until ``Quit``. An error ends the listening of the moment, never the thread."""
        while not self._is_quitting:
            try:
                self._turn()
            except SourceFailed as failure:
                self._lose_source(failure.problem)
            except Exception:
                logger.exception("the audio thread met an error")
                self._fail()
        self._capture.close()

    def _turn(self) -> None:
        self._obey(self._wait_s())
        if self._outage is not None:
            self._look_for_source(self._outage)
        elif self._capture.is_running:
            self._take_frame()
        self._keep_time()

    def _wait_s(self) -> float:
        if self._capture.is_running:
            return 0.0
        if self._outage is not None:
            return max(0.0, min(self._outage.next_try_s - time.monotonic(), RETRY_S))
        return REWARM_S if self._settings.warm == "always" else IDLE_WAIT_S

    # --- requests -----------------------------------------------------------------------------

    def _obey(self, wait_s: float) -> None:
        try:
            request = self._inbox.get(timeout=wait_s) if wait_s > 0 else self._inbox.get_nowait()
            while True:
                self._carry_out(request)
                request = self._inbox.get_nowait()
        except Empty:
            return

    def _carry_out(self, request: ListenerRequest) -> None:
        match request:
            case Arm():
                self._arm()
            case Begin(listening_id, asked_s):
                self._begin(listening_id, asked_s)
            case End(listening_id):
                self._begin_tail(listening_id)
            case Cancel(listening_id):
                self._cancel(listening_id)
            case Choose(source_name):
                self._choose(source_name)
            case Configure(settings):
                self._configure(settings)
            case Quit():
                self._is_quitting = True
                self._end_running(None)

    def _arm(self) -> None:
        try:
            self._capture.prepare()
        except SourceFailed as failure:  # told at begin, when somebody wants to speak
            logger.info("not armed: %s", failure.problem.code)

    def _begin(self, listening_id: int, asked_s: float) -> None:
        self._end_running(None)
        failure, problem = self._open_for_listening()  # first of all: somebody is speaking already
        listening = Listening(listening_id, self._make_ears(listening_id), self._emit)
        self._running = running = Running(listening, asked_s)
        self._last_frame_s = time.monotonic()
        if failure is not None:
            self._end_running(failure)
            return
        if problem is not None:
            listening.change_source(self._capture.name, problem)
        if pre_roll := self._capture.take_pre_roll():
            running.is_begun = True
            listening.begin(self._capture.name, pre_roll, 0.0)

    def _open_for_listening(self) -> tuple[Problem | None, Problem | None]:
        """Why no source could be opened, and why another one than the chosen was."""
        if self._capture.is_running:
            return None, None
        try:
            return None, self._capture.open()
        except SourceFailed as failure:
            return failure.problem, None

    def _make_ears(self, listening_id: int) -> Ears:
        settings = self._settings
        config = settings.segmenter
        if not settings.endpointing:
            config = replace(config, onset_frames=1, onset_window_frames=1, pre_roll_ms=0)
        journal = None
        if settings.journal_dir:
            journal = Journal(Path(settings.journal_dir), listening_id, settings.journal_limit_bytes)
        gate = VoiceGate(settings.vad, self._load_silero)
        return Ears(gate, VadSegmenter(config, self._next_utterance_id), journal, settings.endpointing)

    def _load_silero(self) -> SileroModel:
        if self._silero is None:
            self._silero = SileroModel()
        return self._silero

    def _begin_tail(self, listening_id: int) -> None:
        running = self._running
        if running is None or running.listening.listening_id != listening_id:
            return
        if self._outage is not None:
            self._end_running(self._outage.problem)
            return
        running.tail_left_ms = self._settings.tail_ms
        running.tail_deadline_s = time.monotonic() + self._settings.tail_ms / 1000 + TAIL_GRACE_S

    def _cancel(self, listening_id: int) -> None:
        running = self._running
        if running is None or running.listening.listening_id != listening_id:
            return
        self._running = self._outage = None
        running.listening.cancel()
        self._rest()

    def _choose(self, source_name: str | None) -> None:
        if source_name == self._capture.source_name:
            return
        self._capture.source_name = source_name
        if not self._capture.is_running:
            return
        problem = self._capture.open()
        if self._running is not None:
            self._running.listening.change_source(self._capture.name, problem)

    def _configure(self, settings: ListenerSettings) -> None:
        self._settings = settings
        self._capture.set_pre_roll(settings.pre_roll_ms)
        self._choose(settings.source_name)
        if self._running is None and self._capture.is_running:
            self._rest()

    # --- sound --------------------------------------------------------------------------------

    def _take_frame(self) -> None:
        pcm = self._capture.read(READ_TIMEOUT_S)
        if pcm is not None:
            self._last_frame_s = time.monotonic()
        running = self._running
        if running is None:
            if pcm is not None:
                self._capture.remember(pcm)
            return
        if pcm is not None:
            self._hear(running, pcm)
        self._tell_news(running.listening)
        if self._capture.has_ended:
            self._end_running(None)
            self._capture.close()

    def _hear(self, running: Running, pcm: bytes) -> None:
        if not running.is_begun:
            running.is_begun = True
            waited_ms = (self._last_frame_s - running.asked_s) * 1000 - FRAME_MS
            running.listening.begin(self._capture.name, [], max(0.0, waited_ms))
        running.listening.hear(pcm)
        if running.tail_left_ms is not None:
            running.tail_left_ms -= FRAME_MS
        if self._is_over(running):
            self._end_running(None)

    def _is_over(self, running: Running) -> bool:
        left_ms = running.tail_left_ms
        if left_ms is None:
            if running.listening.heard_ms < self._settings.longest_listening_s * 1000:
                return False
            running.listening.notice(LISTENING_TOO_LONG)
            return True
        has_shortest = self._settings.tail_ms - left_ms >= self._settings.shortest_tail_ms
        return left_ms <= 0 or (has_shortest and running.listening.quiet_ms >= QUIET_BEFORE_END_MS)

    def _tell_news(self, listening: Listening) -> None:
        news = self._capture.news()
        if self._running is None:
            return
        if listening.zeros_ms >= SILENT_MS and not listening.is_told_silent:
            listening.is_told_silent = True
            problem = microphone_silent(self._capture.name, self._capture.is_muted)
            listening.change_source(self._capture.name, problem)
        if news is None:
            return
        if news.lost_ms > 0:
            listening.note_lost(news.lost_ms)
        if news.source_name is not None or news.problem is not None:
            listening.change_source(self._capture.name, news.problem)

    # --- ends ---------------------------------------------------------------------------------

    def _end_running(self, problem: Problem | None) -> None:
        running, self._running, self._outage = self._running, None, None
        if running is None:
            return
        running.listening.end(problem)
        self._rest()

    def _rest(self) -> None:
        """Nobody listens now: keep the microphone running or not, as the settings say."""
        if self._settings.warm == "off":
            self._capture.close()
        self._warm_until_s = time.monotonic() + self._settings.warm_s

    def _keep_time(self) -> None:
        now_s = time.monotonic()
        running = self._running
        if running is not None:
            if running.tail_left_ms is not None and now_s >= running.tail_deadline_s:
                self._end_running(None)
        elif self._settings.warm == "always":
            self._keep_warm(now_s)
        elif self._capture.is_running and now_s >= self._warm_until_s:
            self._capture.close()

    def _keep_warm(self, now_s: float) -> None:
        if self._capture.is_running or now_s < self._next_rewarm_s:
            return
        self._next_rewarm_s = now_s + REWARM_S
        try:
            self._capture.open()
        except SourceFailed as failure:
            logger.info("not warm: %s", failure.problem.code)

    def _lose_source(self, problem: Problem) -> None:
        """Keep what was heard; look for another source while somebody is speaking."""
        self._capture.close()
        running = self._running
        if running is None:
            return
        if running.tail_left_ms is not None:
            self._end_running(problem)
            return
        now_s = time.monotonic()
        self._outage = Outage(problem, self._last_frame_s, now_s + OUTAGE_S, now_s)

    def _look_for_source(self, outage: Outage) -> None:
        now_s = time.monotonic()
        if now_s < outage.next_try_s or self._running is None:
            return
        try:
            self._capture.open()
        except SourceFailed:
            outage.next_try_s = now_s + RETRY_S
            if now_s >= outage.deadline_s:
                self._end_running(outage.problem)
            return
        self._outage = None
        listening = self._running.listening
        listening.change_source(self._capture.name, outage.problem)
        if self._running.is_begun:
            listening.hear_nothing(round((time.monotonic() - outage.silent_since_s) * 1000))

    def _fail(self) -> None:
        """An error of ours: end the listening with what there is, and go on."""
        running, self._running, self._outage = self._running, None, None
        try:
            self._capture.close()
            if running is not None:
                running.listening.end(INTERNAL)
        except Exception:
            logger.exception("ending the listening failed too")
            if running is not None:
                self._tell_bare_end(running.listening)

    def _tell_bare_end(self, listening: Listening) -> None:
        ended = ListeningEnded(
            listening.listening_id, listening.heard_ms, 0, (), SILENCE_DBFS, 0, None, INTERNAL
        )
        try:
            self._emit(ended)
        except Exception:
            logger.exception("nobody can be told")
