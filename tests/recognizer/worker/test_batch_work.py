"""Utterances of files in batches: every one answered once, whatever runs out or breaks."""

from __future__ import annotations

import queue
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recognizer import messages
from recognizer.events import ModelSpec, Priority
from recognizer.problems import OUT_OF_MEMORY_CODE
from recognizer.worker.batch_work import LEAST_CUT_MS
from recognizer.worker.engine import Outcome
from recognizer.worker.server import Server
from tests.fakes.tiny_second_pass import make_paraformer_offline, make_punctuation, make_sensevoice
from tests.recognizer.worker.test_second_pass import noise


@pytest.fixture(scope="module")
def sensevoice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_sensevoice(tmp_path_factory.mktemp("sv"))


@pytest.fixture(scope="module")
def paraformer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_paraformer_offline(tmp_path_factory.mktemp("pf"))


class Desk:
    """A worker's message loop, turned by hand."""

    def __init__(self, model: ModelSpec) -> None:
        self.inbox: queue.SimpleQueue[messages.Message] = queue.SimpleQueue()
        self.said: list[messages.FromWorker] = []
        self.server = Server(self.inbox, self.said.append)
        self.tell(messages.Load(model))
        assert isinstance(self.said[-1], messages.Loaded), self.said[-1]

    def tell(self, *told: messages.ToWorker) -> None:
        """And take one turn."""
        for message in told:
            self.inbox.put(message)
        self.server.turn()

    def work(self) -> None:
        """Until nothing is left to do."""
        for _ in range(10_000):
            if not self.server.has_work and self.inbox.empty():
                return
            self.server.turn()
        raise AssertionError("work without end")

    def speak(self, utterance_id: int, pcm: bytes, priority: int = Priority.FILE) -> None:
        self.inbox.put(messages.Begin(utterance_id, priority))
        for start in range(0, len(pcm), 64_000):
            self.inbox.put(messages.Audio(utterance_id, pcm[start : start + 64_000]))
        self.inbox.put(messages.End(utterance_id))

    @property
    def done(self) -> dict[int, messages.UtteranceDone]:
        answered = [each for each in self.said if isinstance(each, messages.UtteranceDone)]
        assert len({each.utterance_id for each in answered}) == len(answered), "answered twice"
        return {each.utterance_id: each for each in answered}

    @property
    def refused(self) -> list[messages.UtteranceRefused]:
        return [each for each in self.said if isinstance(each, messages.UtteranceRefused)]


def whole(folder: Path, **options: str) -> ModelSpec:
    return ModelSpec("whole", "m", str(folder), "cpu", "fp32", options=tuple(options.items()))


def two_passes(folder: Path, **options: str) -> ModelSpec:
    told = (("words", "first"), *options.items())
    return ModelSpec("scripted", "m", None, "cpu", "fp32", str(folder), told)


class Batches:
    """Counts the batches that a model hears, and fails some of them."""

    def __init__(self, patch: pytest.MonkeyPatch, desk: Desk) -> None:
        assert desk.server._finishing is not None
        recognizer: Any = desk.server._finishing.second_pass.recognizer
        self.sizes: list[int] = []
        self.fail: Any = lambda batch: None
        hear = recognizer.hear_prepared

        def counted(prepared: Sequence[Any]) -> list[Outcome]:
            self.sizes.append(len(prepared))
            self.fail(prepared)
            return hear(prepared)  # type: ignore[no-any-return]

        patch.setattr(recognizer, "hear_prepared", counted)


def texts(desk: Desk) -> dict[int, str]:
    return {utterance_id: each.text for utterance_id, each in sorted(desk.done.items())}


def one_by_one(model: ModelSpec, sounds: dict[int, bytes]) -> dict[int, str]:
    """Each as captions, which are never batched."""
    desk = Desk(model)
    for utterance_id, pcm in sounds.items():
        desk.speak(utterance_id, pcm, Priority.CAPTIONS)
        desk.work()
    return texts(desk)


SAID = "terces"
SOUNDS = {number: noise(16_000 + 3_700 * number, number) for number in range(1, 13)}


def test_a_whole_model_needs_no_other(sensevoice: Path) -> None:
    desk = Desk(whole(sensevoice))
    desk.speak(1, SOUNDS[1], Priority.DICTATION)
    desk.speak(2, SOUNDS[2])
    desk.work()
    assert texts(desk) == one_by_one(two_passes(sensevoice), {1: SOUNDS[1], 2: SOUNDS[2]})
    assert all(each.words and each.notice is None for each in desk.done.values())
    assert not [each for each in desk.said if isinstance(each, messages.TextChanged)]


def test_a_batch_says_what_each_says_alone(sensevoice: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(whole(sensevoice))
    batches = Batches(monkeypatch, desk)
    for utterance_id, pcm in SOUNDS.items():
        desk.speak(utterance_id, pcm)
    desk.work()
    assert texts(desk) == one_by_one(two_passes(sensevoice), SOUNDS)
    assert max(batches.sizes) > 2 and sum(batches.sizes) == len(SOUNDS)
    audio_ms = {utterance_id: each.audio_ms for utterance_id, each in desk.done.items()}
    assert audio_ms == {utterance_id: len(pcm) // 32 for utterance_id, pcm in SOUNDS.items()}


def test_files_skip_the_first_pass(paraformer: Path) -> None:
    desk = Desk(two_passes(paraformer))
    desk.speak(1, SOUNDS[1])
    desk.work()
    assert not [each for each in desk.said if isinstance(each, messages.TextChanged)]
    assert texts(desk)[1] not in ("", "first")


def test_long_sound_is_heard_in_pieces_with_times_of_the_whole(sensevoice: Path) -> None:
    desk = Desk(whole(sensevoice))
    desk.speak(1, noise(16_000 * 70, 3))
    desk.work()
    ends = [word.end_ms for word in desk.done[1].words]
    assert ends == sorted(ends) and 60_000 < ends[-1] <= 70_000


def test_silence_and_nothing_are_answered_without_the_model(
    sensevoice: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(whole(sensevoice))
    batches = Batches(monkeypatch, desk)
    desk.speak(1, b"")
    desk.speak(2, bytes(64_000))
    desk.speak(3, noise(100))
    desk.work()
    assert texts(desk) == {1: "", 2: "", 3: ""} and batches.sizes == []


@pytest.mark.parametrize("every", [1, 2, 3, 5])
def test_out_of_memory_at_every_kth_batch_loses_nothing(
    sensevoice: Path, monkeypatch: pytest.MonkeyPatch, every: int
) -> None:
    desk = Desk(whole(sensevoice))
    batches = Batches(monkeypatch, desk)

    def full(batch: Sequence[Any]) -> None:
        if len(batches.sizes) % every == 0 and (len(batch) > 1 or every > 1):
            raise torch.OutOfMemoryError("injected")

    batches.fail = full
    for utterance_id, pcm in SOUNDS.items():
        desk.speak(utterance_id, pcm)
    desk.work()
    assert desk.refused == []
    assert set(texts(desk)) == set(SOUNDS)
    if every == 1:  # single ones went well, so nothing was cut
        assert texts(desk) == one_by_one(two_passes(sensevoice), SOUNDS)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lengths=st.lists(st.integers(0, 64_000), min_size=1, max_size=9),
    failing=st.sets(st.integers(1, 12)),
    cancelled=st.sets(st.integers(0, 8)),
    seed=st.integers(0, 3),
)
def test_every_utterance_is_answered_once_or_was_cancelled(
    sensevoice: Path,
    monkeypatch: pytest.MonkeyPatch,
    lengths: list[int],
    failing: set[int],
    cancelled: set[int],
    seed: int,
) -> None:
    desk = Desk(whole(sensevoice))
    with monkeypatch.context() as patch:
        batches = Batches(patch, desk)

        def sometimes(batch: Sequence[Any]) -> None:
            if len(batches.sizes) in failing:
                raise torch.OutOfMemoryError("injected") if seed % 2 else ValueError("injected")

        batches.fail = sometimes
        for utterance_id, samples in enumerate(lengths):
            desk.speak(utterance_id, noise(samples, utterance_id))
        desk.server.turn()
        for utterance_id in cancelled:
            desk.inbox.put(messages.Cancel(utterance_id))
        desk.work()
    answered = set(desk.done) | {each.utterance_id for each in desk.refused}
    assert len(desk.done) + len(desk.refused) == len(answered)
    assert set(range(len(lengths))) - cancelled <= answered <= set(range(len(lengths)))


def test_what_does_not_fit_alone_is_cut(sensevoice: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(whole(sensevoice))
    batches = Batches(monkeypatch, desk)
    most_frames = 150  # nine seconds

    def full(batch: Sequence[Any]) -> None:
        if len(batch) * max(len(each) for each in batch) > most_frames:
            raise torch.OutOfMemoryError("injected")

    batches.fail = full
    desk.speak(1, noise(16_000 * 29, 1))
    desk.speak(2, noise(16_000 * 3, 2))
    desk.work()
    assert desk.refused == [] and all(each.text for each in desk.done.values())
    ends = [word.end_ms for word in desk.done[1].words]
    assert ends == sorted(ends) and ends[-1] > 28_000


def test_what_cannot_be_cut_any_further_is_refused_with_a_sentence(
    sensevoice: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(whole(sensevoice))
    batches = Batches(monkeypatch, desk)

    def full(batch: Sequence[Any]) -> None:
        raise torch.OutOfMemoryError("injected")

    batches.fail = full
    desk.speak(1, noise(LEAST_CUT_MS * 16 * 5))
    desk.work()
    assert [(each.utterance_id, each.problem.code, each.retry) for each in desk.refused] == [
        (1, OUT_OF_MEMORY_CODE, True)
    ]
    batches.fail = lambda batch: None
    desk.speak(2, SOUNDS[2])
    desk.work()
    assert texts(desk)[2], "the worker goes on"


def test_what_the_model_stumbles_over_goes_through_the_first_pass(
    sensevoice: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    desk = Desk(two_passes(sensevoice))
    desk.speak(9, SOUNDS[9])
    desk.work()  # it is loaded
    batches = Batches(monkeypatch, desk)

    def stumble(batch: Sequence[Any]) -> None:
        if any(len(each) == 67 for each in batch):  # the frames of four seconds
            raise ValueError(SAID[::-1])

    batches.fail = stumble
    for utterance_id, samples in ((1, 64_000), (2, 62_000), (3, 60_000)):
        desk.speak(utterance_id, noise(samples, utterance_id))
    desk.work()
    said = texts(desk)
    assert said[1] == "first" and "first" not in (said[2], said[3])
    assert desk.done[1].notice is not None
    captured = capfd.readouterr()
    assert "ValueError" in captured.err and "secret" not in captured.err


def test_a_dictation_goes_before_the_next_batch(sensevoice: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(whole(sensevoice))
    batches = Batches(monkeypatch, desk)
    for utterance_id in range(1, 40):
        desk.speak(utterance_id, noise(16_000 * 5, utterance_id))
    while not batches.sizes:
        desk.server.turn()
    heard = len(desk.done)
    assert heard < 39
    desk.speak(99, noise(32_000), Priority.DICTATION)
    batches.sizes.clear()
    while 99 not in desk.done:
        desk.server.turn()
    assert len(desk.done) == heard + 1, "no batch came before it"
    desk.work()
    assert len(desk.done) == 40


def test_cancel_takes_effect_between_batches(sensevoice: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(whole(sensevoice))
    batches = Batches(monkeypatch, desk)
    for utterance_id in range(1, 40):
        desk.speak(utterance_id, noise(16_000 * 5, utterance_id))
    while not batches.sizes:
        desk.server.turn()
    heard = set(desk.done)
    for utterance_id in range(1, 40):
        desk.inbox.put(messages.Cancel(utterance_id))
    desk.work()
    assert set(desk.done) == heard and len(batches.sizes) == 1
    assert desk.server._batches is not None and not desk.server._batches._taken


def test_texts_of_files_stay_raw_until_they_are_finished(paraformer: Path, tmp_path: Path) -> None:
    marks = make_punctuation(tmp_path / "marks")
    options = {"punctuation": str(marks), "text.numbers": "True"}
    finished = Desk(two_passes(paraformer, **options))
    raw = Desk(two_passes(paraformer, **options, **{"files.finish": "deferred"}))
    for desk in (finished, raw):
        desk.speak(1, SOUNDS[1])
        desk.speak(2, SOUNDS[2])
        desk.work()
    second_pass = raw.server._finishing.second_pass  # type: ignore[union-attr]
    assert second_pass._punctuation is None, "its memory is not taken before it is needed"
    raw_texts = tuple(texts(raw).values())
    assert raw_texts != tuple(texts(finished).values())
    raw.inbox.put(messages.FinishTexts(5, (*raw_texts, "")))
    raw.work()
    assert raw.said[-1] == messages.TextsWritten(5, (*texts(finished).values(), ""))
    assert second_pass._punctuation is None and second_pass.recognizer is not None
    raw.speak(3, SOUNDS[1], Priority.DICTATION)
    raw.work()
    assert texts(raw)[3] == texts(finished)[1], "a dictation is finished at once"


def test_texts_that_cannot_be_finished_come_back_with_the_problem(paraformer: Path, tmp_path: Path) -> None:
    desk = Desk(two_passes(paraformer, punctuation=str(tmp_path / "none"), **{"files.finish": "deferred"}))
    desk.inbox.put(messages.FinishTexts(1, ("raw",)))
    desk.work()
    (written,) = [each for each in desk.said if isinstance(each, messages.TextsWritten)]
    assert written.texts == ("raw",) and written.problem is not None


def test_a_dictation_goes_before_texts_and_texts_before_files(sensevoice: Path) -> None:
    desk = Desk(whole(sensevoice, **{"files.finish": "deferred", "text.numbers": "True"}))
    desk.speak(1, SOUNDS[1])
    desk.inbox.put(messages.FinishTexts(7, ("one", "two")))
    desk.speak(2, SOUNDS[2], Priority.DICTATION)
    desk.work()
    order = [
        getattr(each, "utterance_id", None) or getattr(each, "request_id", None)
        for each in desk.said
        if isinstance(each, messages.UtteranceDone | messages.TextsWritten)
    ]
    assert order == [2, 7, 1]


@pytest.mark.parametrize("wrong", ["", "/nowhere"])
def test_a_whole_model_that_is_none_refuses_to_load(wrong: str) -> None:
    inbox: queue.SimpleQueue[messages.Message] = queue.SimpleQueue()
    said: list[messages.FromWorker] = []
    inbox.put(messages.Load(ModelSpec("whole", "m", wrong, "cpu")))
    Server(inbox, said.append).turn()
    assert isinstance(said[-1], messages.LoadRefused)
    assert said[-1].problem.sentence and said[-1].problem.remedy


def test_a_broken_model_refuses_to_load(sensevoice: Path, tmp_path: Path) -> None:
    import shutil

    broken = Path(shutil.copytree(sensevoice, tmp_path / "broken"))
    (broken / "model.pt").write_bytes(b"no weights")
    inbox: queue.SimpleQueue[messages.Message] = queue.SimpleQueue()
    said: list[messages.FromWorker] = []
    inbox.put(messages.Load(whole(broken)))
    Server(inbox, said.append).turn()
    assert isinstance(said[-1], messages.LoadRefused)
