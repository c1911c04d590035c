"""The worker's loop with real engines and queues, in this process: what it says to what it is told."""

from __future__ import annotations

import queue

import pytest

from recognizer import messages
from recognizer.events import ModelSpec
from recognizer.worker.server import Server


class Conversation:
    """Everything said to a server, and everything it answered."""

    def __init__(self) -> None:
        self.inbox: queue.SimpleQueue[messages.Message] = queue.SimpleQueue()
        self.said: list[messages.FromWorker] = []
        self.server = Server(self.inbox, self.said.append)

    def tell(self, *wishes: messages.Message) -> list[str]:
        """Give messages at once and let the server work until nothing is left to do."""
        before = len(self.said)
        for wish in wishes:
            self.inbox.put(wish)
        while not self.inbox.empty() or self.server.has_work:
            self.server.turn()
        return [type(each).__name__ for each in self.said[before:]]


def load(**options: str) -> messages.Load:
    return messages.Load(ModelSpec("scripted", "s", options=tuple(options.items())))


@pytest.fixture
def conversation() -> Conversation:
    conversation = Conversation()
    assert conversation.tell(load()) == ["Progressed", "Loaded"]
    return conversation


def test_prepare_then_load() -> None:
    conversation = Conversation()
    model = ModelSpec("scripted", "s")
    assert conversation.tell(messages.Prepare(model)) == ["Progressed", "Prepared"]
    assert conversation.tell(messages.Load(model)) == ["Progressed", "Loaded"]


def test_an_utterance(conversation: Conversation) -> None:
    sound = [messages.Audio(1, bytes(3200)) for _ in range(6)]
    answers = conversation.tell(messages.Begin(1), *sound, messages.End(1))
    assert answers[-1] == "UtteranceDone"
    assert set(answers[:-1]) == {"TextChanged"}


def test_a_ping_is_answered_between_two_steps(conversation: Conversation) -> None:
    wishes = [messages.Begin(1), messages.Audio(1, bytes(64_000)), messages.Ping(7), messages.End(1)]
    assert conversation.tell(*wishes)[0] == "Pong"


def test_cancel_overtakes_the_work(conversation: Conversation) -> None:
    wishes = [messages.Begin(1), messages.Audio(1, bytes(640_000)), messages.End(1), messages.Cancel(1)]
    assert conversation.tell(*wishes) == []


def test_speech_without_a_model_is_refused() -> None:
    conversation = Conversation()
    assert conversation.tell(messages.Begin(1), messages.Audio(1, bytes(3200))) == ["UtteranceRefused"]


def test_a_library_that_raises_refuses_the_utterance_and_lives_on(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from recognizer.worker.scripted_engine import ScriptedStream

    def broken(stream: object, pcm: bytes) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(ScriptedStream, "feed", broken)
        assert conversation.tell(messages.Begin(1), messages.Audio(1, bytes(3200))) == ["UtteranceRefused"]
    assert "ZeroDivisionError" in capfd.readouterr().err
    assert conversation.tell(messages.Begin(2), messages.End(2)) == ["UtteranceDone"]


def test_words_for_unknown_utterances_are_ignored(conversation: Conversation) -> None:
    wishes = [messages.Audio(9, bytes(640)), messages.End(9), messages.Cancel(9)]
    assert conversation.tell(*wishes) == []


def test_memory_and_cleaning(conversation: Conversation) -> None:
    assert conversation.tell(messages.ReportMemory(), messages.CleanCache()) == ["MemoryHeld", "Cleaned"]


def test_an_engine_works_for_itself_only_while_nobody_wants_anything(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests = iter([True, True, False])
    done: list[bool] = []

    def rest() -> bool:
        done.append(True)
        if len(done) == 2:
            conversation.inbox.put(messages.Ping(1))
        return next(rests)

    monkeypatch.setattr(conversation.server._engine, "rest", rest)
    conversation.server.turn()
    assert conversation.said[-1] == messages.Pong(1)
    assert len(done) == 2
