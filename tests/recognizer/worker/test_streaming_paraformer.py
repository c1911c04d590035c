"""The engine around the runner: text, times, precisions, fallbacks; and in a real worker."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from recognizer import events
from recognizer.child import WorkerProcess
from recognizer.driver import RecognizerDriver
from recognizer.events import ModelSpec
from recognizer.problems import OUT_OF_MEMORY_CODE
from recognizer.worker.engine import EngineError, Outcome, Text
from recognizer.worker.paraformer_model import choose_precision
from recognizer.worker.paraformer_runner import integrate_and_fire
from recognizer.worker.streaming_paraformer import StreamingParaformerEngine
from tests.fakes.event_log import EventLog


def sound(samples: int, seed: int = 1) -> bytes:
    noise = np.random.default_rng(seed).standard_normal(samples) * 4000.0
    return noise.clip(-32768, 32767).astype("<i2").tobytes()


def loaded(path: Path, precision: str = "fp32", device: str = "cpu") -> StreamingParaformerEngine:
    engine = StreamingParaformerEngine()
    engine.load(ModelSpec("paraformer-streaming", "m", str(path), device, precision), lambda stage: None)
    return engine


def dictate(
    engine: StreamingParaformerEngine, pcm: bytes, step_bytes: int = 640
) -> tuple[list[Text], Outcome]:
    stream = engine.open()
    texts = [stream.feed(pcm[i : i + step_bytes]) for i in range(0, len(pcm), step_bytes)]
    return [text for text in texts if text is not None], stream.end()


def test_text_comes_every_600_ms_and_only_grows(tiny_model: Path) -> None:
    texts, outcome = dictate(loaded(tiny_model), sound(48_000))
    assert len(texts) == 5
    for earlier, later in zip(texts, [*texts[1:], Text(outcome.text, "")], strict=True):
        assert later.committed.startswith(earlier.committed)


def test_words_have_times_within_the_sound(tiny_model: Path) -> None:
    _, outcome = dictate(loaded(tiny_model), sound(48_000))
    times = [time for word in outcome.words for time in (word.start_ms, word.end_ms)]
    assert len(outcome.words) > 5
    assert times == sorted(times)
    assert times[-1] <= 3000


def test_pieces_of_words_join_across_chunks(tiny_model_with_pieces: Path) -> None:
    _, outcome = dictate(loaded(tiny_model_with_pieces), sound(160_000, 4))
    assert "@@" not in outcome.text
    assert any(word.text.isascii() and word.text.isalpha() for word in outcome.words)


def test_two_utterances_at_once_do_not_mix(tiny_model: Path) -> None:
    engine = loaded(tiny_model)
    one, two = sound(40_000, 1), sound(40_000, 2)
    alone = [dictate(engine, pcm)[1] for pcm in (one, two)]
    first, second = engine.open(), engine.open()
    for start in range(0, len(one), 6400):
        first.feed(one[start : start + 6400])
        second.feed(two[start : start + 6400])
    assert [first.end(), second.end()] == alone
    assert alone[0] != alone[1]


@pytest.mark.parametrize("precision", ["bf16", "int8"])
def test_reduced_precision_says_nearly_the_same(tiny_model: Path, precision: str) -> None:
    pcm = sound(160_000)
    exact, reduced = (dictate(loaded(tiny_model, each), pcm)[1].text for each in ("fp32", precision))
    same = sum(a == b for a, b in zip(exact, reduced, strict=False))
    assert abs(len(exact) - len(reduced)) <= 2
    assert same >= 0.5 * len(exact)  # random weights have no margin between tokens; a trained model has


def test_a_long_utterance_holds_no_more_than_a_short_one(tiny_model: Path) -> None:
    engine = loaded(tiny_model)
    stream = engine.open()
    sizes = []
    for part in range(3):
        for _ in range(20):
            stream.feed(sound(9_600, part))
        state = stream._state
        tensors = [state.recent, state.carried_hidden, *(each for each in state.memories if each is not None)]
        held_bytes = state.encoder.held_bytes + state.decoder.held_bytes
        sizes.append(held_bytes + sum(each.nbytes for each in tensors))
    assert len(set(sizes)) == 1


def test_a_card_that_is_not_there_is_told(tiny_model: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("there is a card")
    engine = StreamingParaformerEngine()
    running = engine.load(
        ModelSpec("paraformer-streaming", "m", str(tiny_model), "cuda:0"), lambda stage: None
    )
    assert running.device == "cpu"
    assert running.notice is not None
    assert running.notice.code == "device-fell-back"


FULL = [
    torch.OutOfMemoryError("full"),
    RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    RuntimeError("CUDA error: out of memory\nCUDA kernel errors might be reported at some other call"),
    RuntimeError("MPS backend out of memory (MPS allocated: 5.0 GB)"),
]


@pytest.mark.parametrize("full", FULL, ids=["torch", "cublas", "driver", "mps"])
def test_out_of_memory_is_tried_once_more_and_then_left_to_the_driver(
    tiny_model: Path, full: RuntimeError
) -> None:
    engine = loaded(tiny_model)
    pcm = sound(30_000)
    expected = dictate(engine, pcm)[1]
    stream = engine.open()
    run, failures = stream._run, iter([full])

    def failing(*arguments: object) -> object:
        for failure in failures:
            raise failure
        return run(*arguments)  # type: ignore[arg-type]

    stream._run = failing  # type: ignore[method-assign, assignment]
    stream.feed(pcm)
    assert stream.end() == expected

    stream = engine.open()
    run, failures = stream._run, iter([full, full])
    stream._run = failing  # type: ignore[method-assign, assignment]
    with pytest.raises(EngineError) as left:
        stream.feed(pcm)
    assert (left.value.problem.code, left.value.retry) == (OUT_OF_MEMORY_CODE, True)


@pytest.mark.parametrize("full", FULL, ids=["torch", "cublas", "driver", "mps"])
def test_a_card_too_full_to_load_is_told_as_that(
    tiny_model: Path, full: RuntimeError, monkeypatch: pytest.MonkeyPatch
) -> None:
    def warm_up(engine: StreamingParaformerEngine) -> None:
        raise full

    monkeypatch.setattr(StreamingParaformerEngine, "_warm_up", warm_up)
    with pytest.raises(EngineError) as refused:
        loaded(tiny_model)
    assert refused.value.problem.code == OUT_OF_MEMORY_CODE


def test_precision_is_chosen_by_what_the_device_does() -> None:
    assert choose_precision("auto", "cpu", 1_000) == "fp32"
    assert choose_precision("auto", "cpu", 220_000_000) in {"bf16", "int8"}
    assert choose_precision("int8", "cuda:0", 1_000) == "bf16"
    assert choose_precision("fp32", "cuda:0", 1_000) == "fp32"


def test_integrate_and_fire_shares_every_frame_out() -> None:
    alphas = np.array([0.5, 0.75, 0.25, 0.125, 0.875], np.float32)
    shares, fired_at, rest = integrate_and_fire(alphas, np.float32(1.0))
    assert fired_at == [1, 4]
    assert rest == np.float32(0.5)
    assert np.array_equal(shares.sum(axis=0), alphas)
    assert shares.sum(axis=1).tolist() == [1.0, 1.0, 0.5]


def test_in_a_real_worker(tiny_model: Path, tmp_path: Path) -> None:
    log = EventLog()
    driver = RecognizerDriver(log.emit, spawn=lambda: WorkerProcess(tmp_path / "w.log"))
    model = ModelSpec("paraformer-streaming", "m", str(tiny_model))
    driver.standby(model)
    standing = log.wait_for(events.StandbyReady, within_s=60.0)
    driver.load(model)
    assert log.wait_for(events.Ready).pid == standing.pid
    pcm = sound(50_000)
    driver.begin(1)
    driver.feed(1, pcm)
    driver.end(1)
    final = log.wait_for(events.Final)
    assert final.text == dictate(loaded(tiny_model), pcm)[1].text
    assert log.of(events.Partial)
    driver.load(ModelSpec("paraformer-streaming", "m", str(tmp_path)))
    assert log.wait_for(events.LoadFailed, within_s=60.0).problem.code == "model-incomplete"
    driver.stop()
