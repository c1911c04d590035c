"""The runner says what FunASR's own ``AutoModel.generate`` says, for any cutting and any tail."""

from __future__ import annotations

import functools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recognizer.events import ModelSpec
from recognizer.worker.streaming_paraformer import StreamingParaformerEngine
from tests.fakes.tiny_paraformer import FULL, make_paraformer

SHARED_MODEL = Path(__file__).parents[4] / "shared" / "funasr" / "tiny_model"
CHUNK = 9_600

Recognise = Callable[[bytes, list[int]], str]


def sound(samples: int, seed: int) -> bytes:
    """Noise that swells and fades, with pauses, so that tokens fire unevenly."""
    noise = np.random.default_rng(seed).standard_normal(samples)
    swell = np.abs(np.sin(np.arange(samples) / 4100.0 + seed)) ** 3
    return (noise * swell * 9000.0).clip(-32768, 32767).astype("<i2").tobytes()


def cut(pcm: bytes, cuts: list[int]) -> Iterator[bytes]:
    at = turn = 0
    while at < len(pcm):
        step = 2 * cuts[turn % len(cuts)]
        yield pcm[at : at + step]
        at, turn = at + step, turn + 1


@functools.cache
def ours(model: Path) -> Recognise:
    engine = StreamingParaformerEngine()
    engine.load(ModelSpec("paraformer-streaming", "m", str(model), "cpu", "fp32"), lambda stage: None)
    while engine.rest():
        pass

    def recognise(pcm: bytes, cuts: list[int]) -> str:
        stream = engine.open()
        for piece in cut(pcm, cuts):
            stream.feed(piece)
        return stream.end().text

    return recognise


@functools.cache
def theirs(model: Path) -> Recognise:
    """Through the real AutoModel (on the stand-in package, so that it starts quickly)."""
    from recognizer.worker.lean_funasr import import_streaming_parts

    import_streaming_parts()
    from funasr.auto.auto_model import AutoModel

    auto_model = AutoModel(model=str(model), device="cpu", disable_update=True, disable_pbar=True, ncpu=1)
    options = {"chunk_size": [0, 10, 5], "encoder_chunk_look_back": 4, "decoder_chunk_look_back": 1}

    def recognise(pcm: bytes, cuts: list[int]) -> str:
        cache: dict[str, Any] = {}
        texts = []
        for piece in [*cut(pcm, cuts), b""]:
            samples = np.frombuffer(piece, "<i2").astype(np.float32) / np.float32(32768.0)
            texts += auto_model.generate(input=samples, cache=cache, is_final=not piece, **options)
        return "".join(each["text"] for each in texts)

    return recognise


def assert_same(model: Path, pcm: bytes, cuts: list[int]) -> None:
    said = ours(model)(pcm, cuts)
    assert said == theirs(model)(pcm, [CHUNK])
    assert len(pcm) < 2 * 32_000 or said


@pytest.mark.parametrize(
    "samples", [400, 959, 960, 961, 9_599, 9_600, 9_601, 10_559, 10_560, 19_200, 28_800, 48_123, 160_000]
)
def test_every_kind_of_tail(tiny_model: Path, samples: int) -> None:
    assert_same(tiny_model, sound(samples, samples), [CHUNK])


def test_two_hundred_random_cuttings(tiny_model: Path) -> None:
    random = np.random.default_rng(7)
    expected: dict[int, str] = {}
    for _ in range(200):
        samples = int(random.choice([11_000, 30_007, 57_600, 64_321]))
        cuts = [int(each) for each in random.integers(1, 20_000, size=5)]
        pcm = sound(samples, 5)
        if samples not in expected:
            expected[samples] = theirs(tiny_model)(pcm, [CHUNK])
        assert ours(tiny_model)(pcm, cuts) == expected[samples]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    samples=st.integers(400, 40_000),
    seed=st.integers(0, 50),
    cuts=st.lists(st.integers(1, 15_000), min_size=1),
)
def test_any_sound_and_any_cutting(tiny_model: Path, samples: int, seed: int, cuts: list[int]) -> None:
    assert_same(tiny_model, sound(samples, seed), cuts)


@pytest.mark.parametrize("firing", [-2.0, 2.0])
def test_slow_and_fast_speakers(tmp_path: Path, firing: float) -> None:
    model = make_paraformer(tmp_path / "model", seed=11, firing=firing)
    pcm = sound(100_000, 3)
    assert ours(model)(pcm, [777]) == theirs(model)(pcm, [CHUNK])


@pytest.mark.skipif(
    not (SHARED_MODEL / "model.pt").exists(), reason="../shared/funasr/tiny_model is not at hand"
)
def test_a_model_made_by_somebody_else() -> None:
    pcm = sound(123_456, 1)
    joined = theirs(SHARED_MODEL)(pcm, [CHUNK])
    assert ours(SHARED_MODEL)(pcm, [5000]).replace(" ", "") == joined.replace(" ", "")


def test_a_long_stream_says_the_same(tiny_model: Path) -> None:
    pcm = sound(16_000 * 60, 9)
    assert_same(tiny_model, pcm, [CHUNK * 3 + 1])


@pytest.mark.timeout(600)
def test_the_released_size_says_the_same(tmp_path: Path) -> None:
    model = make_paraformer(tmp_path / "full", FULL, seed=2)
    try:
        assert_same(model, sound(150_000, 4), [3_333])
    finally:  # 880 MB on disk and 4 GB in memory are not for the rest of the session
        ours.cache_clear()
        theirs.cache_clear()
        shutil.rmtree(model)
