"""What the audio thread does: obey requests, read frames, keep time.

Only this thread touches the source, the voice gate, the segmenter and the journal. Over 250 lines because
what one thread does in each state is told in one place.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Final

from audio import listener_requests as ask
from audio.capture import Capture, MakeSource
from audio.ears import EarMaker
from audio.events import AudioEvent, ListeningEnded, Problem
from audio.listener_settings import ListenerSettings
from audio.listening import Listening
from audio.outage import Outage, outage
from audio.pcm import SILENCE_DBFS
from audio.problems import INTERNAL
from audio.running import Running
from audio.source import SourceFailed, SourceMoved
from audio.warmth import REWARM_S, Warmth

logger = logging.getLogger(__name__)

READ_TIMEOUT_S: Final = 0.05
IDLE_WAIT_S: Final = 60.0
LOOK_BACK_S: Final = 2.0
"""How often a source for which another stands in is looked for, while audio time is kept."""


class ListenerLoop:
    """The audio thread's own object; only ``run`` is called from outside, on that thread."""

    def __init__(
        self,
        settings: ListenerSettings,
        emit: Callable[[AudioEvent], None],
        inbox: SimpleQueue[ask.ListenerRequest],
        make_source: MakeSource,
        next_utterance_id: Callable[[], int],
    ) -> None:
        self._settings = settings
        self._emit = emit
        self._inbox = inbox
        self._ear_maker = EarMaker(next_utterance_id)
        self._capture = Capture(make_source, settings.source_name, settings.pre_roll_ms)
        self._running: Running | None = None
        self._outage: Outage | None = None
        self._look_back_s = 0.0
        self._warmth = Warmth()
        self._is_quitting = False

    def run(self) -> None:
        """Until asked to quit. An error ends the listening of the moment, never the thread."""
        while not self._is_quitting:
            try:
                self._turn()
            except Exception:
                logger.exception("the audio thread met an error")
                self._fail()
        self._capture.close()

    def _turn(self) -> None:
        try:
            self._obey_and_hear()
        except SourceFailed as failure:
            self._lose_source(failure)

    def _obey_and_hear(self) -> None:
        if self._running is None:
            self._warmth.keep(self._capture, self._settings)
        self._obey(self._wait_s())
        if self._outage is not None:
            self._look_for_source(self._outage)
        elif self._capture.is_running:
            self._take_frame()

    def _wait_s(self) -> float:
        if self._capture.is_running:
            return 0.0
        if self._outage is not None:
            return self._outage.wait_s(time.monotonic())
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

    def _carry_out(self, request: ask.ListenerRequest) -> None:
        match request:
            case ask.Arm():
                self._arm()
            case ask.Begin(listening_id, asked_s):
                self._begin(listening_id, asked_s)
            case ask.End(listening_id, asked_s):
                self._begin_tail(listening_id, asked_s)
            case ask.Cancel(listening_id):
                self._cancel(listening_id)
            case ask.Choose(source_name):
                self._choose(source_name)
            case ask.Configure(settings):
                self._configure(settings)
            case ask.Quit():
                self._is_quitting = True
                self._end_running(None)

    def _arm(self) -> None:
        try:
            self._capture.prepare()
        except SourceFailed as failure:  # told at begin, when somebody wants to speak
            logger.info("not armed: %s", failure.problem.code)

    def _begin(self, listening_id: int, asked_s: float) -> None:
        self._end_running(None)
        try:
            failure, problem = self._open_for_listening()  # first of all: somebody is speaking already
            ears = self._ear_maker.make(self._settings, listening_id)
        except Exception:  # not there yet, so ``_fail`` could end nothing; who asked must not wait for ever
            self._tell_bare_end(listening_id, 0)
            raise
        listening = Listening(listening_id, ears, self._emit)
        self._running = Running(listening, self._settings, asked_s, last_frame_s=time.monotonic())
        if failure is not None and self._settings.keeps_time:
            self._begin_without_source(self._running, failure)
            return
        if failure is not None:
            self._end_running(failure)
            return
        if problem is not None:
            listening.change_source(self._capture.name, problem)
        self._running.begin(self._capture)

    def _open_for_listening(self) -> tuple[Problem | None, Problem | None]:
        """Why no source could be opened, and why another one than the chosen was."""
        if self._capture.is_running:
            return None, self._capture.why_instead
        try:
            return None, self._capture.open()
        except SourceFailed as failure:
            return failure.problem, None

    def _begin_without_source(self, running: Running, problem: Problem) -> None:
        now_s = time.monotonic()
        self._outage = outage(problem, problem, now_s, now_s, self._settings)
        self._outage.is_told = True
        running.listening.change_source("", problem)

    def _begin_tail(self, listening_id: int, asked_s: float) -> None:
        running = self._running
        if running is None or running.listening_id != listening_id:
            return
        if self._outage is not None:
            self._end_running(self._outage.reason)
            return
        running.begin_tail(asked_s, self._capture.waiting_ms)
        if running.is_over(came_nothing=False):
            self._end_running(None)

    def _cancel(self, listening_id: int) -> None:
        running = self._running
        if running is None or running.listening_id != listening_id:
            return
        self._running = self._outage = None
        running.listening.cancel()
        self._warmth.rest(self._capture, self._settings)

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
            self._warmth.rest(self._capture, self._settings)

    # --- sound --------------------------------------------------------------------------------

    def _take_frame(self) -> None:
        pcm = self._capture.read(READ_TIMEOUT_S)
        running = self._running
        if running is None:
            if pcm is not None:
                self._capture.remember(pcm)
            return
        if pcm is not None:
            running.hear(self._capture, pcm)
        running.tell_news(self._capture)
        if self._capture.is_stand_in:
            self._look_back(running)
        if running.is_over(came_nothing=pcm is None) or self._capture.has_ended:
            self._end_running(None)
        if self._capture.has_ended:
            self._capture.close()

    # --- ends ---------------------------------------------------------------------------------

    def _end_running(self, problem: Problem | None) -> None:
        running, self._running, self._outage = self._running, None, None
        if running is None:
            return
        try:
            running.tell_end(self._capture)
            running.listening.end(problem)
        except Exception:  # it runs no longer, so ``_fail`` could not tell
            self._tell_bare_end(running.listening_id, running.listening.heard_ms)
            raise
        self._warmth.rest(self._capture, self._settings)

    def _lose_source(self, failure: SourceFailed) -> None:
        """Keep what was heard; look for another source while somebody is speaking."""
        self._capture.close()
        running = self._running
        if running is None:
            return
        if running.tail_left_ms is not None:
            self._end_running(failure.problem)
            return
        problem = None if isinstance(failure, SourceMoved) else failure.problem
        now_s = time.monotonic()
        self._outage = outage(failure.problem, problem, running.last_frame_s, now_s, self._settings)

    def _look_for_source(self, outage: Outage) -> None:
        now_s = time.monotonic()
        if now_s < outage.next_try_s or self._running is None:
            return
        try:
            problem = self._capture.open()
        except SourceFailed as failure:
            outage.problem = outage.reason = outage.problem or failure.problem
            self._running.hear_nothing_yet(self._capture, outage)
            if outage.note_failure(time.monotonic()):
                self._end_running(outage.reason)
            return
        self._outage = None
        self._running.hear_again(self._capture, outage, problem)

    def _look_back(self, running: Running) -> None:
        """Return to the chosen source as soon as it is there again."""
        if time.monotonic() < self._look_back_s or not running.settings.keeps_time:
            return
        self._look_back_s = time.monotonic() + LOOK_BACK_S
        if self._capture.is_chosen_back():
            problem = self._capture.open()
            running.listening.change_source(self._capture.name, problem)

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
                self._tell_bare_end(running.listening_id, running.listening.heard_ms)

    def _tell_bare_end(self, listening_id: int, heard_ms: int) -> None:
        ended = ListeningEnded(listening_id, heard_ms, 0, (), SILENCE_DBFS, 0, None, INTERNAL)
        try:
            self._emit(ended)
        except Exception:
            logger.exception("nobody can be told")
