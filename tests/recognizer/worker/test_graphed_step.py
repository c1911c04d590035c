"""CUDA graphs without a card: buffers, utterances that take turns, the self-check and falling back.

Two captures stand for the card's. ``Rerun`` calls the captured function again. ``Recorded`` does what
a graph does: it notes every operation and the tensors it touched, and repeats exactly these, without
Python of ours; whatever a captured function decides or takes from the host is frozen in it.
What only a card can show is in tests/gpu/test_graphs.py.
"""

from __future__ import annotations

import functools
import logging
import shutil
import subprocess
import tempfile
import wave
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from recognizer.events import ModelSpec
from recognizer.worker import graphed_step
from recognizer.worker.engine import Outcome
from recognizer.worker.graphed_step import Capture, CudaCapture, GraphedStep, Replay, use_graphs
from recognizer.worker.paraformer_runner import ParaformerRunner
from recognizer.worker.streaming_paraformer import ParaformerStream, StreamingParaformerEngine, wants_graphs
from tests.fakes.tiny_paraformer import make_paraformer

DEMO = Path(__file__).parents[3] / "resources" / "models" / "paraformer-demo"
SPOKEN = "alpha bravo charlie delta. one two three four five. monday tuesday. new line. seven eight nine."


class Rerun:
    """Runs the function once more on the same buffers."""

    def capture(self, work: Callable[[], None], buffers: Sequence[torch.Tensor]) -> Replay:
        work()
        return work


class Recorded(TorchDispatchMode):
    """Repeats the recorded operations on the recorded tensors."""

    def __init__(self) -> None:
        super().__init__()
        self._done: list[tuple[Any, Any, Any, Any]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        self._done.append((func, args, kwargs or {}, result))
        return result

    def capture(self, work: Callable[[], None], buffers: Sequence[torch.Tensor]) -> Replay:
        self._done = []
        with self:
            work()
        done = self._done

        def replay() -> None:
            for func, args, kwargs, recorded in done:
                again = func(*args, **kwargs)
                for old, new in zip(tree_leaves(recorded), tree_leaves(again), strict=True):
                    if isinstance(old, torch.Tensor) and old.data_ptr() != new.data_ptr():
                        old.copy_(new)

        return replay


class Wrapped:
    """Replays honestly, but for what ``replay_of`` makes of it."""

    def __init__(self, replay_of: Callable[[Replay, Sequence[torch.Tensor]], Replay]) -> None:
        self._replay_of = replay_of

    def capture(self, work: Callable[[], None], buffers: Sequence[torch.Tensor]) -> Replay:
        return self._replay_of(Rerun().capture(work, buffers), buffers)


CAPTURES: list[Callable[[], Capture]] = [Rerun, Recorded]


def loaded(model: Path, precision: str = "fp32") -> tuple[StreamingParaformerEngine, ParaformerRunner]:
    """On the CPU, and not packed: a graph knows the weights by their addresses."""
    engine = StreamingParaformerEngine()
    engine.load(ModelSpec("paraformer-streaming", "m", str(model), "cpu", precision), lambda stage: None)
    assert engine._runner is not None
    return engine, engine._runner


@pytest.fixture(scope="module", params=["tiny", "demo"])
def model(request: pytest.FixtureRequest, tiny_model: Path) -> Path:
    if request.param == "demo" and not (DEMO / "model.pt").exists():
        pytest.skip("resources/models/paraformer-demo is not at hand")
    return DEMO if request.param == "demo" else tiny_model


def sound(samples: int, seed: int) -> bytes:
    noise = np.random.default_rng(seed).standard_normal(samples)
    swell = np.abs(np.sin(np.arange(samples) / 4100.0 + seed)) ** 3
    return (noise * swell * 9000.0).clip(-32768, 32767).astype("<i2").tobytes()


@functools.cache
def speech() -> bytes:
    """Synthetic speech with words that the demonstration model knows."""
    if shutil.which("flite") is None:
        pytest.skip("flite is not installed, so there is nobody to speak")
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/spoken.wav"
        subprocess.run(["flite", "-voice", "slt", "-t", SPOKEN, "-o", path], check=True, capture_output=True)
        with wave.open(path) as file:
            assert (file.getframerate(), file.getsampwidth(), file.getnchannels()) == (16_000, 2, 1)
            return file.readframes(file.getnframes())


def some_sound(model: Path, samples: int, seed: int) -> bytes:
    """What ``model`` has something to say about."""
    if model != DEMO:
        return sound(samples, seed)
    whole_speech = speech()
    start = 2 * int(np.random.default_rng(seed).integers(0, len(whole_speech) // 4))
    return whole_speech[start : start + 2 * samples]


def taking_turns(streams: list[ParaformerStream], sounds: list[bytes], seed: int) -> list[Outcome]:
    """Feed pieces of random lengths to utterances in random order until all have ended."""
    random = np.random.default_rng(seed)
    at = [0] * len(streams)
    outcomes: dict[int, Outcome] = {}
    while len(outcomes) < len(streams):
        turn = int(random.choice([i for i in range(len(streams)) if i not in outcomes]))
        piece = sounds[turn][at[turn] : at[turn] + 2 * int(random.integers(1, 20_000))]
        at[turn] += len(piece)
        if piece:
            streams[turn].feed(piece)
        else:
            outcomes[turn] = streams[turn].end()
    return [outcomes[i] for i in range(len(streams))]


def whole(engine: StreamingParaformerEngine, pcm: bytes) -> Outcome:
    stream = engine.open()
    stream.feed(pcm)
    return stream.end()


@pytest.mark.parametrize("capture", CAPTURES)
def test_any_cutting_and_up_to_three_utterances_in_turn(model: Path, capture: Callable[[], Capture]) -> None:
    plain, _ = loaded(model)
    graphed, runner = loaded(model)
    assert use_graphs(runner, capture)
    random = np.random.default_rng(5)
    said = 0
    for seed in range(12):
        samples = [int(each) for each in random.integers(400, 130_000, size=1 + seed % 3)]
        sounds = [some_sound(model, each, 10 * seed + i) for i, each in enumerate(samples)]
        found = taking_turns([graphed.open() for _ in sounds], sounds, seed)
        assert found == [whole(plain, pcm) for pcm in sounds]
        said += sum(len(outcome.words) for outcome in found)
    assert said > 50
    assert isinstance(runner._listen, GraphedStep)
    assert runner._listen.is_on


def test_a_chunk_is_equal_to_the_last_bit(tiny_model: Path) -> None:
    _, runner = loaded(tiny_model)
    step = GraphedStep(runner)
    with torch.inference_mode():
        step.capture(Recorded())
        expected = graphed_step._heard(runner, runner.listen)
        found = graphed_step._heard(runner, step)
    assert found[0] == expected[0]
    assert any(found[0])
    assert all(torch.equal(one, other) for one, other in zip(found[1], expected[1], strict=True))


def test_the_host_is_never_asked_and_the_cards_convolution_is_as_good(tiny_model: Path) -> None:
    """A capture forbids reading a number back. On a card the memory blocks are convolutions: as here."""
    plain, _ = loaded(tiny_model)
    engine, runner = loaded(tiny_model)
    for layer in (*runner._encoder, *runner._decoder):
        layer._memory._kernel = layer._memory._taps.permute(2, 1, 0).contiguous()
    recorded = Recorded()
    assert use_graphs(runner, lambda: recorded)
    names = {str(func) for func, *_ in recorded._done}
    assert any("convolution" in name or "conv1d" in name for name in names)
    assert not [name for name in names if "_local_scalar_dense" in name or "nonzero" in name]
    assert whole(engine, sound(100_000, 4)) == whole(plain, sound(100_000, 4))


def test_bf16_says_the_same(tiny_model: Path) -> None:
    plain, _ = loaded(tiny_model, "bf16")
    graphed, runner = loaded(tiny_model, "bf16")
    assert use_graphs(runner, Recorded)
    assert whole(graphed, sound(100_000, 3)) == whole(plain, sound(100_000, 3))


def test_every_full_window_is_replayed_and_no_other(tiny_model: Path) -> None:
    replayed: list[int] = []

    def counted(replay: Replay, buffers: Sequence[torch.Tensor]) -> Replay:
        def counting() -> None:
            replayed.append(1)
            replay()

        return counting

    engine, runner = loaded(tiny_model)
    assert use_graphs(runner, lambda: Wrapped(counted))
    replayed.clear()
    stream = engine.open()
    stream.feed(sound(9_600 * 7 + 3_000, 1))
    assert len(replayed) == 7
    stream.end()
    assert len(replayed) == 7


def failing_at(count: int, error: Exception) -> Callable[[Replay, Sequence[torch.Tensor]], Replay]:
    """The replay numbered ``count`` raises, after it has spoilt every buffer."""
    calls = iter(range(10_000))

    def replay_of(replay: Replay, buffers: Sequence[torch.Tensor]) -> Replay:
        def failing() -> None:
            replay()
            if next(calls) == count:
                for buffer in buffers:
                    buffer.fill_(float("nan"))
                raise error

        return failing

    return replay_of


CHECK_REPLAYS = graphed_step._CHECKED_CHUNKS * graphed_step._CHECKED_UTTERANCES


@pytest.mark.parametrize("error", [RuntimeError("CUDA error"), torch.OutOfMemoryError("full")])
def test_a_replay_that_fails_costs_no_word(
    tiny_model: Path, error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    plain, _ = loaded(tiny_model)
    engine, runner = loaded(tiny_model)
    assert use_graphs(runner, lambda: Wrapped(failing_at(CHECK_REPLAYS + 4, error)))
    sounds = [sound(90_000, 1), sound(90_000, 2)]
    found = taking_turns([engine.open(), engine.open()], sounds, 1)
    assert found == [whole(plain, pcm) for pcm in sounds]
    assert isinstance(runner._listen, GraphedStep)
    assert not runner._listen.is_on
    assert "CUDA graphs are off: a replay failed" in caplog.text


class Impossible:
    """Cannot capture the third graph."""

    def __init__(self, error: Exception) -> None:
        self._error = error
        self._left = 2

    def capture(self, work: Callable[[], None], buffers: Sequence[torch.Tensor]) -> Replay:
        if not self._left:
            raise self._error
        self._left -= 1
        return Rerun().capture(work, buffers)


def spoilt(index: int, change: Callable[[torch.Tensor], object]) -> Callable[[], Capture]:
    """A replay after which the buffer ``index`` (window, memory, weights, look-back) is not right."""

    def replay_of(replay: Replay, buffers: Sequence[torch.Tensor]) -> Replay:
        def replay_wrongly() -> None:
            replay()
            change(buffers[index])

        return replay_wrongly

    return lambda: Wrapped(replay_of)


def no_pool() -> Capture:
    raise RuntimeError("no such driver function")


@pytest.mark.parametrize(
    ("capture", "reason"),
    [
        (no_pool, "RuntimeError"),
        (lambda: CudaCapture("cuda:0"), ""),
        (lambda: Impossible(torch.OutOfMemoryError("full")), "OutOfMemoryError"),
        (lambda: Impossible(RuntimeError("operation not permitted")), "RuntimeError"),
        (lambda: Wrapped(failing_at(9, RuntimeError("CUDA error"))), "a replay failed"),
        (lambda: Wrapped(lambda replay, buffers: lambda: None), "other numbers"),
        (spoilt(1, lambda memory: memory[0, 3].add_(0.01)), "other numbers"),
        (spoilt(1, lambda memory: memory.fill_(float("nan"))), "other numbers"),
        (spoilt(2, lambda alphas: alphas[2].add_(0.01)), "other numbers"),
        (spoilt(2, lambda alphas: alphas[2].fill_(float("inf"))), "other numbers|EngineError"),
        (spoilt(3, lambda buffer: buffer[0].mul_(1.1)), "other numbers"),
    ],
    ids=[
        "no pool", "no card's work", "out of memory", "not capturable", "replay raises",
        "replay does nothing", "memory", "not a number", "weights", "infinite weights", "look-back",
    ],
)  # fmt: skip
def test_what_is_not_right_is_not_used(
    tiny_model: Path, capture: Callable[[], Capture], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    plain, _ = loaded(tiny_model)
    engine, runner = loaded(tiny_model)
    with caplog.at_level(logging.WARNING):
        assert not use_graphs(runner, capture)
    assert any(each in caplog.text for each in reason.split("|"))
    assert runner._listen == runner.listen
    assert whole(engine, sound(60_000, 8)) == whole(plain, sound(60_000, 8))


def test_the_check_finds_an_utterance_that_hears_another(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the look-back were not exchanged between utterances, the check would say so."""
    _, runner = loaded(tiny_model)
    monkeypatch.setattr(graphed_step.LookBack, "take_ring", lambda self, other: None)
    assert not use_graphs(runner, Rerun)


def test_the_check_has_something_to_compare(tmp_path: Path) -> None:
    """Even a model that fires seldom is compared by its numbers, and its sound is the same each time."""
    _, runner = loaded(make_paraformer(tmp_path / "model", seed=2, firing=-2.0))
    with torch.inference_mode():
        _, numbers = graphed_step._heard(runner, runner.listen)
        _, again = graphed_step._heard(runner, runner.listen)
    chunks = [each for each in numbers if each.ndim == 3]
    assert len(chunks) == CHECK_REPLAYS + graphed_step._CHECKED_UTTERANCES
    assert all(torch.equal(one, other) for one, other in zip(numbers, again, strict=True))
    assert not torch.equal(chunks[0], chunks[1])


def test_only_a_card_gets_graphs_and_only_if_wanted(tiny_model: Path) -> None:
    model = ModelSpec("paraformer-streaming", "m")
    off = ModelSpec("paraformer-streaming", "m", options=(("cuda_graphs", "off"),))
    assert [wants_graphs(device, model) for device in ("cpu", "mps", "cuda:0", "cuda:1")] == [0, 0, 1, 1]
    assert not wants_graphs("cuda:0", off)
    _, runner = loaded(tiny_model)
    assert runner._listen == runner.listen
