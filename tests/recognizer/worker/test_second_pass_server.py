"""The second pass and the finishing of texts inside the worker: in its message loop and as a process."""

from __future__ import annotations

import queue
from pathlib import Path

import pytest

from recognizer import messages
from recognizer.child import Ladder, WorkerProcess
from recognizer.events import ModelSpec
from recognizer.wire import FrameDecoder
from recognizer.worker.server import Server
from tests.fakes.tiny_paraformer import make_paraformer
from tests.fakes.tiny_second_pass import make_sensevoice
from tests.recognizer.worker.test_second_pass import noise

PIECE = 6_400


@pytest.fixture(scope="module")
def sensevoice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sensevoice(tmp_path_factory.mktemp("sv"))


class Desk:
    """A worker's message loop, turned by hand."""

    def __init__(self, model: ModelSpec) -> None:
        self._inbox: queue.SimpleQueue[messages.Message] = queue.SimpleQueue()
        self.said: list[messages.FromWorker] = []
        self._server = Server(self._inbox, self.said.append)
        self.tell(messages.Load(model))
        assert isinstance(self.said[-1], messages.Loaded)

    def tell(self, *told: messages.ToWorker) -> None:
        """And take one turn."""
        for message in told:
            self._inbox.put(message)
        self._server.turn()

    def turns_until(self, number: int) -> None:
        """Until so many utterances are answered."""
        for turn in range(500):
            if len(self.done) >= number:
                return
            self.tell(messages.Ping(turn))
        raise AssertionError("no answer in 500 steps")

    @property
    def done(self) -> list[messages.UtteranceDone]:
        return [each for each in self.said if isinstance(each, messages.UtteranceDone)]


def spec(second: Path | None, *options: tuple[str, str]) -> ModelSpec:
    return ModelSpec(
        "scripted", "m", None, "cpu", "fp32", str(second) if second else None, (("words", "first"), *options)
    )


def utterance(utterance_id: int, pcm: bytes, priority: int = 10) -> list[messages.ToWorker]:
    begin, end = messages.Begin(utterance_id, priority), messages.End(utterance_id)
    return [begin, messages.Audio(utterance_id, pcm), end]


def test_the_second_text_replaces_the_first(sensevoice: Path) -> None:
    desk = Desk(spec(sensevoice))
    desk.tell(*utterance(1, noise(32_000, 1)), *utterance(2, noise(32_000, 2)))
    desk.turns_until(2)
    texts = [each.text for each in desk.done]
    assert "first" not in texts and len(set(texts)) == 2
    assert all(each.notice is None and each.words and each.audio_ms == 2000 for each in desk.done)
    partials = {
        each.committed + each.tentative for each in desk.said if isinstance(each, messages.TextChanged)
    }
    assert partials == {"first"}


def test_a_dictation_is_served_between_the_steps_of_captions(sensevoice: Path) -> None:
    desk = Desk(spec(sensevoice))
    desk.tell(*utterance(9, noise(16_000)))
    desk.turns_until(1)  # it is loaded
    sound = noise(16_000 * 65)
    desk.tell(*utterance(1, sound, priority=10))
    for step in range(len(sound) // PIECE + 1):  # until the first pass has ended, the second begun
        desk.tell(messages.Ping(step))
    assert len(desk.done) == 1
    desk.tell(*utterance(2, noise(16_000), priority=20))
    desk.turns_until(3)
    assert [each.utterance_id for each in desk.done] == [9, 2, 1]


def test_a_cancelled_second_pass_says_nothing(sensevoice: Path) -> None:
    desk = Desk(spec(sensevoice))
    desk.tell(*utterance(1, noise(6_400)))
    desk.tell(messages.Ping(1), messages.Ping(2))
    desk.tell(messages.Cancel(1), *utterance(2, noise(32_000)))
    desk.turns_until(1)
    assert [each.utterance_id for each in desk.done] == [2]


@pytest.mark.parametrize("samples", [0, 1, 399])
def test_too_short_utterances_are_answered(sensevoice: Path, samples: int) -> None:
    desk = Desk(spec(sensevoice))
    desk.tell(*utterance(1, noise(samples)))
    desk.turns_until(1)
    assert desk.done[0].text == "" and desk.done[0].notice is None


def test_a_bad_directory_is_told_once_and_costs_no_words(tmp_path: Path) -> None:
    desk = Desk(spec(tmp_path / "nothing"))
    desk.tell(*utterance(1, noise(32_000)), *utterance(2, noise(32_000)))
    desk.turns_until(2)
    assert [each.text for each in desk.done] == ["first", "first"]
    notices = [each.notice for each in desk.done]
    assert notices[0] is not None and notices[0].code == "model-missing" and notices[1] is None


def test_released_and_loaded_again(sensevoice: Path) -> None:
    desk = Desk(spec(sensevoice))
    for number in (1, 2):
        desk.tell(*utterance(number, noise(32_000)))
        desk.turns_until(number)
        desk.tell(messages.ReleaseSecondPass())
    first, again = desk.done
    assert first.text == again.text != "first"


def test_a_release_waits_until_what_is_under_way_was_heard(sensevoice: Path) -> None:
    """Between any two steps of it: an utterance of two pieces, without a first pass to fall back to."""
    texts = set()
    for steps_before in range(3, 7):
        desk = Desk(ModelSpec("whole", "m", str(sensevoice), "cpu", "fp32"))
        desk.tell(*utterance(1, noise(32 * 16_000)))
        for turn in range(steps_before):
            desk.tell(messages.Ping(turn))
        desk.tell(messages.ReleaseSecondPass())
        desk.turns_until(1)
        texts.add(desk.done[0].text)
    assert len(texts) == 1 and "" not in texts


def test_only_finals_are_finished() -> None:
    desk = Desk(spec(None, ("words", "twenty one files"), ("text.sentence_case", "True")))
    desk.tell(*utterance(1, noise(32_000)))
    desk.turns_until(1)
    assert desk.done[0].text == "21 files"
    partials = [each for each in desk.said if isinstance(each, messages.TextChanged)]
    assert partials[-1].committed + " " + partials[-1].tentative == "twenty one files"


def test_two_passes_in_a_real_worker(tmp_path: Path, sensevoice: Path) -> None:
    live = make_paraformer(tmp_path / "live")
    model = ModelSpec("paraformer-streaming", "m", str(live), "cpu", "fp32", str(sensevoice))
    worker = WorkerProcess(tmp_path / "w.log")
    decoder, said = FrameDecoder(), []
    try:
        for message in (messages.Load(model), *utterance(1, noise(64_000))):
            worker.send(messages.encode(message))
        while not any(isinstance(each, messages.UtteranceDone) for each in said):
            data = worker.read()
            assert data, "the worker ended"
            said += [messages.decode(frame) for frame in decoder.feed(data)]
    finally:
        worker.end(Ladder(), messages.encode(messages.Exit()))
    kinds = [type(each) for each in said]
    assert (
        kinds.index(messages.Loaded) < kinds.index(messages.TextChanged) < kinds.index(messages.UtteranceDone)
    )
    final, partial = said[-1], [each for each in said if isinstance(each, messages.TextChanged)][-1]
    assert isinstance(final, messages.UtteranceDone) and final.notice is None
    assert final.text and not final.text.startswith(partial.committed[:2])
