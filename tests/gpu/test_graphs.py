"""CUDA graphs on a card: in use, measured, and saying what the plain runner and ``AutoModel`` say."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from tests.fakes.tiny_paraformer import FULL, make_paraformer
from tests.gpu.graph_run import chunks, compare, loaded, ours, replays_graphs
from tests.gpu.run import has_card

needs_card = pytest.mark.skipif(not has_card(), reason="no CUDA card on this machine")


@pytest.fixture
def exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """No TF32, so that fp32 is fp32."""
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)


def reserved_bytes() -> int:
    """What torch holds on the card when nothing unused is kept."""
    gc.collect()
    torch.cuda.empty_cache()
    return torch.cuda.memory_reserved("cuda:0")


@needs_card
@pytest.mark.usefixtures("exact")
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_graphs_are_in_use_and_say_the_same(
    tmp_path: Path, precision: str, record_property: Callable[[str, object], None]
) -> None:
    figures = compare(make_paraformer(tmp_path / "model"), "cuda:0", precision, 100)
    for name, value in figures.items():
        record_property(f"{precision}_{name}", value)
    assert figures["graphs_in_use"]
    assert figures["characters_said"] > 50
    assert figures["graphs_say_the_same"]
    assert precision != "fp32" or figures["says_what_automodel_says"]


@needs_card
@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_the_released_size(
    tmp_path: Path, precision: str, record_property: Callable[[str, object], None]
) -> None:
    """Its times are for the record: chunk p95 and real-time factor, AutoModel's beside them."""
    figures = compare(make_paraformer(tmp_path / "model", FULL), "cuda:0", precision, 100)
    for name, value in figures.items():
        record_property(f"{precision}_{name}", value)
    print(precision, figures)
    assert figures["graphs_in_use"]
    assert figures["graphs_say_the_same"]


@needs_card
def test_utterances_in_turn_do_not_mix_on_the_card(tmp_path: Path) -> None:
    folder = make_paraformer(tmp_path / "model")
    engine = loaded(folder, "cuda:0", "fp32", "auto")
    plain = loaded(folder, "cuda:0", "fp32", "off")
    pieces = chunks(36)
    sounds = [pieces[:12], pieces[12:24], pieces[24:]]
    streams = [ours(engine) for _ in sounds]
    said = [
        [listen(pcm) for listen, pcm in zip(streams, turn, strict=True)] for turn in zip(*sounds, strict=True)
    ]
    for index, sound in enumerate(sounds):
        alone = ours(plain)
        assert [turn[index] for turn in said] == [alone(pcm) for pcm in sound]
    assert replays_graphs(engine)


@needs_card
def test_the_pool_goes_with_the_engine(tmp_path: Path) -> None:
    folder = make_paraformer(tmp_path / "model")
    loaded(folder, "cuda:0", "fp32", "auto")  # what the card's libraries keep is there from now on
    before = reserved_bytes()
    engine = loaded(folder, "cuda:0", "fp32", "auto")
    assert replays_graphs(engine)
    assert reserved_bytes() > before
    del engine
    assert reserved_bytes() <= before


def test_the_comparison_itself_runs_without_a_card(tmp_path: Path) -> None:
    """So that it does not fail for its own mistakes on the day a card is there."""
    figures = compare(make_paraformer(tmp_path / "model"), "cpu", "fp32", 20)
    assert not figures["graphs_in_use"]
    assert figures["graphs_say_the_same"]
    assert figures["says_what_automodel_says"]
    assert figures["characters_said"] > 10
    assert figures["plain_chunk_p95_ms"] > 0
