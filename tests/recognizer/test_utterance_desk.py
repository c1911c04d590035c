"""Several users of one engine: who waits, and who is told to come back."""

from __future__ import annotations

from recognizer import events, inbox, messages
from recognizer.problems import CRASHED
from recognizer.utterance_desk import MOST_WAITING_MS, UtteranceDesk

SECOND = b"\0\0" * 16_000


class Desk:
    """A desk with what it said to the worker and what it told outside."""

    def __init__(self) -> None:
        self.told: list[events.RecognizerEvent] = []
        self.said: list[messages.ToWorker] = []
        self.desk = UtteranceDesk(self.told.append, self.said.append)

    def speak(self, utterance_id: int, priority: events.Priority, seconds: int) -> None:
        self.desk.handle(inbox.Begin(utterance_id, priority))
        for _ in range(seconds):
            self.desk.handle(inbox.Feed(utterance_id, SECOND))
        self.desk.handle(inbox.End(utterance_id))

    def done(self, utterance_id: int) -> None:
        self.desk.on_done(messages.UtteranceDone(utterance_id, "text", 1000, 1.0, ()))


def test_a_file_job_that_is_ahead_of_the_engine_is_told_to_wait() -> None:
    desk = Desk()
    limit_s = MOST_WAITING_MS[events.Priority.FILE] // 1000
    desk.speak(1, events.Priority.FILE, limit_s + 1)
    desk.speak(2, events.Priority.FILE, 1)
    assert desk.told == [events.Overloaded(2, (limit_s + 1) * 1000)]
    assert not [message for message in desk.said if getattr(message, "utterance_id", None) == 2]
    desk.done(1)
    desk.speak(2, events.Priority.FILE, 1)
    assert [type(each).__name__ for each in desk.said[-3:]] == ["Begin", "Audio", "End"]


def test_captions_may_wait_longer_than_files_and_dictation_is_never_refused() -> None:
    desk = Desk()
    desk.speak(1, events.Priority.FILE, MOST_WAITING_MS[events.Priority.FILE] // 1000 + 1)
    desk.speak(2, events.Priority.CAPTIONS, 1)
    assert desk.told == []
    desk.speak(3, events.Priority.CAPTIONS, MOST_WAITING_MS[events.Priority.CAPTIONS] // 1000)
    desk.speak(4, events.Priority.CAPTIONS, 1)
    desk.speak(5, events.Priority.DICTATION, 1)
    assert [type(each) for each in desk.told] == [events.Overloaded]
    assert messages.Begin(5, events.Priority.DICTATION) in desk.said


def test_files_that_wait_do_not_refuse_captions() -> None:
    """Captions are served first, so what waits behind them delays them by no more than one batch."""
    desk = Desk()
    for number in range(1, 12):
        desk.speak(number, events.Priority.FILE, 50)
    desk.speak(20, events.Priority.CAPTIONS, 1)
    assert desk.told == []
    assert messages.Begin(20, events.Priority.CAPTIONS) in desk.said


def told_alone(desk: Desk) -> list[int]:
    return [each.utterance_id for each in desk.said if isinstance(each, messages.Begin)]


def test_after_a_crash_files_are_told_one_at_a_time() -> None:
    desk = Desk()
    for number in (1, 2, 3, 4):
        desk.speak(number, events.Priority.FILE, 1)
    desk.speak(9, events.Priority.DICTATION, 1)
    desk.said.clear()
    desk.desk.replay(carefully=True)
    assert told_alone(desk) == [1, 9], "who waits for an answer is not held back"
    desk.done(1)
    desk.desk.handle(inbox.Cancel(3))
    desk.done(2)
    desk.done(4)
    assert told_alone(desk) == [1, 9, 2, 4]
    assert not [message for message in desk.said if getattr(message, "utterance_id", None) == 3][1:]


def test_what_breaks_two_workers_alone_is_given_up() -> None:
    desk = Desk()
    for number in (1, 2):
        desk.speak(number, events.Priority.FILE, 1)
    for _ in range(2):
        desk.desk.replay(carefully=True)
        desk.desk.worker_broke(CRASHED)
    assert desk.told == [events.UtteranceFailed(1, CRASHED)]
    desk.said.clear()
    desk.desk.replay(carefully=True)
    assert told_alone(desk) == [2]
