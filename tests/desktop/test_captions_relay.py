"""The sound of captions on its way to a real worker process: never lost, never heard twice."""

from __future__ import annotations

import hashlib
import queue
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from audio.events import (
    EndReason,
    LevelMeasured,
    ListeningEnded,
    ListeningStarted,
    SpeechAudio,
    SpeechEnded,
    SpeechStarted,
)
from desktop import captions_relay
from desktop.captions_relay import CaptionsRelay
from desktop.core import captions_facts as cap
from desktop.core import captions_problems as problems
from desktop.core.captions import CaptionsSession
from desktop.core.captions_facts import Source
from desktop.core.commands import CancelUtterances, TellProblem
from desktop.core.events import TimePassed
from recognizer import utterance_desk
from recognizer.driver import RecognizerDriver
from recognizer.events import ModelSpec, Priority
from recognizer.local import local_recognizer

SCRIPTED = ModelSpec("scripted", "scripted")
DEADLINE_S = 30.0
HANGOVER_MS = 600


class Meeting:
    """A session, the relay and a real recognizer, joined as the desk joins them. The listeners are ours."""

    def __init__(self, folder: Path) -> None:
        self.facts: queue.SimpleQueue[object] = queue.SimpleQueue()
        self.driver: RecognizerDriver = local_recognizer(self.facts.put, folder)
        self.relay = CaptionsRelay(self.driver, self.facts.put, lambda: HANGOVER_MS)
        self.relay.start()
        self.session = CaptionsSession()
        self.wishes: list[object] = []
        self.said: list[str] = []
        self._next_id = 1
        self.tell(cap.CaptionsStartRequested(self.now_ms))

    @property
    def now_ms(self) -> float:
        return time.monotonic() * 1000.0

    def tell(self, fact: object) -> None:
        for wish in self.session.handle(fact, self.now_ms):
            self.wishes.append(wish)
            self._obey(wish)

    def _obey(self, wish: object) -> None:
        match wish:
            case cap.BeginHearing():
                started = ListeningStarted(wish.listening_id, wish.source.value, 0, 0.0)
                self.relay.ear(wish.source)(started)
                self.relay.ear(wish.source)(LevelMeasured(wish.listening_id, -60.0, 40))
            case cap.EndHearing():
                ended = ListeningEnded(wish.listening_id, 1, 1, (), -20.0, 0, None, None)
                self.relay.ear(wish.source)(ended)
            case cap.HearAgain():
                self.relay.hear_again(wish.utterance_id)
            case cap.ForgetSound():
                self.relay.forget(wish.utterance_id)
            case CancelUtterances():
                for utterance_id in wish.utterance_ids:
                    self.driver.cancel(utterance_id)

    def say(self, source: Source, length_ms: int, at_ms: int = 0) -> None:
        """Somebody speaks, all at once; the worker must answer with the digest of exactly this."""
        utterance_id, self._next_id = self._next_id, self._next_id + 1
        pcm = random.Random(utterance_id).randbytes(length_ms * 32)
        self.said.append(f"{hashlib.sha256(pcm).hexdigest()} {len(pcm) // 2}")
        ear = self.relay.ear(source)
        ear(SpeechStarted(utterance_id, at_ms))
        for start in range(0, len(pcm), 640):
            ear(SpeechAudio(utterance_id, pcm[start : start + 640], at_ms + start // 32))
        ear(SpeechEnded(utterance_id, at_ms + length_ms, EndReason.SILENCE))

    def until(self, is_so: Callable[[], object], what: str) -> None:
        """Take facts until it is so; time passes for the core meanwhile."""
        deadline_s = time.monotonic() + DEADLINE_S
        while not is_so():
            assert time.monotonic() < deadline_s, what
            try:
                self.tell(self.facts.get(timeout=0.2))
            except queue.Empty:
                self.tell(TimePassed(self.now_ms))

    def of(self, kind: type) -> list[object]:
        return [wish for wish in self.wishes if isinstance(wish, kind)]

    @property
    def saved(self) -> list[str]:
        return [wish.line.text for wish in self.wishes if isinstance(wish, cap.SaveLine)]


@pytest.fixture
def meeting(tmp_path: Path) -> Iterator[Meeting]:
    meeting = Meeting(tmp_path)
    yield meeting
    assert meeting.relay.stop()
    meeting.driver.stop()


def test_both_sides_arrive_whole_and_in_their_own_time(meeting: Meeting) -> None:
    meeting.driver.load(SCRIPTED)
    meeting.say(Source.ME, 1000, at_ms=2000)
    meeting.say(Source.OTHERS, 1500, at_ms=500)
    meeting.until(lambda: len(meeting.saved) == 2, "both texts")
    assert sorted(meeting.saved) == sorted(meeting.said)
    lines = {wish.line.speaker: wish.line for wish in meeting.wishes if isinstance(wish, cap.SaveLine)}
    assert 1400 < lines["Me"].start_ms - lines["Others"].start_ms < 1600
    assert lines["Me"].end_ms - lines["Me"].start_ms == pytest.approx(1000 - HANGOVER_MS, abs=50)


def test_what_was_refused_is_heard_later_and_whole(meeting: Meeting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(utterance_desk.MOST_WAITING_MS, Priority.CAPTIONS, 1000)
    for _ in range(6):  # nobody answers yet: no model is loaded
        meeting.say(Source.OTHERS, 700)
    current = meeting.session.meeting
    assert current is not None
    meeting.until(lambda: len(current.refused) == 4, "four do not fit into a second of waiting sound")
    meeting.driver.load(SCRIPTED)
    meeting.until(lambda: len(meeting.saved) == 6, "all texts")
    assert sorted(meeting.saved) == sorted(meeting.said)
    assert not current.owed


def test_hours_without_a_model_cost_the_oldest_words_and_are_told(
    meeting: Meeting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(captions_relay, "MOST_KEPT_BYTES", 2000 * 32)
    for _ in range(4):
        meeting.say(Source.ME, 800)
    meeting.until(lambda: meeting.of(TellProblem), "somebody is told")
    assert meeting.of(TellProblem) == [TellProblem(problems.LOST_TEXT)]
    meeting.driver.load(SCRIPTED)
    meeting.until(lambda: len(meeting.saved) == 2, "the latest two")
    assert meeting.saved == meeting.said[2:]
