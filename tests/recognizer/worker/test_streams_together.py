"""Utterances side by side through a streaming Paraformer say what each says alone, each token at its time."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from recognizer import messages
from recognizer.events import ModelSpec, Priority
from recognizer.worker.engine import Outcome
from recognizer.worker.heard_pieces import samples_of
from recognizer.worker.streaming_paraformer import StreamingParaformerEngine
from recognizer.worker.streams_together import StreamsTogether
from tests.recognizer.worker.test_batch_work import Desk, texts
from tests.recognizer.worker.test_streaming_paraformer import dictate, loaded, sound

SAMPLES = (48_000, 400, 9_600, 160_000, 9_599, 10_561, 19_200, 96_001, 48_000, 57_500, 1_000)


def alone(engine: StreamingParaformerEngine, sounds: list[bytes]) -> list[Outcome]:
    return [dictate(engine, pcm)[1] for pcm in sounds]


def together(hearer: StreamsTogether, sounds: list[bytes]) -> list[Outcome]:
    return hearer.hear_prepared([hearer.prepare(samples_of(pcm)) for pcm in sounds])


@pytest.mark.parametrize("most", [1, 3, 8, 32])
@pytest.mark.parametrize("order", [1, -1])
def test_side_by_side_is_as_alone(tiny_model_with_pieces: Path, most: int, order: int) -> None:
    engine = loaded(tiny_model_with_pieces)
    sounds = [sound(samples, seed) for seed, samples in enumerate(SAMPLES)][::order]
    hearer = engine.for_files()
    found = together(StreamsTogether(hearer._runner, hearer._tokens, most), sounds)
    assert found == alone(engine, sounds)
    assert sum(len(each.words) for each in found) > 60


@pytest.mark.parametrize("precision", ["bf16", "int8"])
def test_other_precisions(tiny_model: Path, precision: str) -> None:
    """In int8 the activations of a batch would share one scale, so there they are not mixed."""
    engine = loaded(tiny_model, precision)
    sounds = [sound(samples, seed) for seed, samples in enumerate(SAMPLES)]
    found, expected = together(engine.for_files(), sounds), alone(engine, sounds)
    same = sum(one == other for one, other in zip(found, expected, strict=True))
    assert same == len(sounds) if precision == "int8" else same >= len(sounds) - 3


def test_packed_layers_take_batches_as_well(tiny_model: Path) -> None:
    engine, plain = loaded(tiny_model), loaded(tiny_model)
    while engine.rest():
        pass
    sounds = [sound(samples, seed) for seed, samples in enumerate(SAMPLES)]
    assert [each.text for each in together(engine.for_files(), sounds)] == [
        each.text for each in alone(plain, sounds)
    ]


def test_files_without_a_second_pass_go_together(tiny_model: Path) -> None:
    desk = Desk(ModelSpec("paraformer-streaming", "m", str(tiny_model), "cpu", "fp32"))
    sounds = {number: sound(16_000 + 4_000 * number, number) for number in range(1, 9)}
    for number, pcm in sounds.items():
        desk.speak(number, pcm)
    desk.work()
    expected = alone(loaded(tiny_model), list(sounds.values()))
    assert list(texts(desk).values()) == [each.text for each in expected]
    assert [desk.done[number].words for number in sounds] == [each.words for each in expected]
    assert not [each for each in desk.said if isinstance(each, messages.TextChanged)]


def test_a_dictation_goes_between_two_chunks_of_long_files(tiny_model: Path) -> None:
    """A file of a minute and a half is one batch; nobody waits for all of it."""
    desk = Desk(ModelSpec("paraformer-streaming", "m", str(tiny_model), "cpu", "fp32"))
    pcm = sound(16_000 * 90, 1)
    desk.speak(1, pcm)
    desk.speak(2, pcm)
    for _ in range(5):
        desk.server.turn()
    assert not desk.done
    dictated = sound(32_000, 3)
    desk.speak(3, dictated, Priority.DICTATION)
    for _ in range(20):
        desk.server.turn()
    assert list(desk.done) == [3]
    desk.work()
    engine = loaded(tiny_model)
    assert desk.done[3].text == dictate(engine, dictated)[1].text
    assert desk.done[1].text == desk.done[2].text == dictate(engine, pcm, 19_200)[1].text


def test_cancelled_in_the_middle(tiny_model: Path) -> None:
    desk = Desk(ModelSpec("paraformer-streaming", "m", str(tiny_model), "cpu", "fp32"))
    for number in (1, 2, 3):
        desk.speak(number, sound(16_000 * 8, number))
    for _ in range(5):
        desk.server.turn()
    assert not desk.done
    desk.inbox.put(messages.Cancel(2))
    desk.work()
    assert set(desk.done) == {1, 3}
    desk.speak(4, sound(16_000 * 30, 4))
    for _ in range(5):
        desk.server.turn()
    desk.inbox.put(messages.Cancel(4))
    desk.work()
    assert set(desk.done) == {1, 3}
    assert desk.server._batches is not None and desk.server._batches._running is None


def test_out_of_memory_in_the_middle_loses_nothing(tiny_model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(ModelSpec("paraformer-streaming", "m", str(tiny_model), "cpu", "fp32"))
    sounds = {number: sound(16_000 * 3, number) for number in range(1, 7)}
    assert desk.server._batches is not None
    hearer = desk.server._batches._second_pass.recognizer
    assert isinstance(hearer, StreamsTogether)
    chunks, calls = hearer._runner.chunks, [0]

    def sometimes(*arguments: object) -> object:
        calls[0] += 1
        if calls[0] in (3, 9):
            raise torch.OutOfMemoryError("injected")
        return chunks(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(hearer._runner, "chunks", sometimes)
    for number, pcm in sounds.items():
        desk.speak(number, pcm)
    desk.work()
    assert calls[0] > 9 and desk.refused == []
    expected = alone(loaded(tiny_model), list(sounds.values()))
    assert list(texts(desk).values()) == [each.text for each in expected]
