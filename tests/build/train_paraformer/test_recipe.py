"""The recipe of the demonstration Paraformer, piece by piece, and six steps of training end to end."""

from __future__ import annotations

import argparse
import random
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

RECIPE = Path(__file__).resolve().parents[3] / "build" / "train_paraformer"
SYNTHESISERS = ("espeak-ng", "flite", "festival")
needs_voices = pytest.mark.skipif(
    not all(shutil.which(name) for name in SYNTHESISERS), reason="needs espeak-ng, flite and festival"
)
needs_espeak = pytest.mark.skipif(not shutil.which("espeak-ng"), reason="needs espeak-ng")


@pytest.fixture(scope="module")
def recipe() -> Iterator[SimpleNamespace]:
    """The scripts of the recipe as modules; they import each other by bare name, as scripts do."""
    names = [path.stem for path in RECIPE.glob("*.py")]
    sys.path.insert(0, str(RECIPE))
    try:
        yield SimpleNamespace(**{name: __import__(name) for name in names})
    finally:
        sys.path.remove(str(RECIPE))
        for name in names:
            sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def small(recipe: SimpleNamespace) -> Any:
    """A dozen utterances instead of five hundred."""
    return recipe.shards.Mixture(
        espeak_texts=4, silent=1, flite=(("kal16", 1, 2), ("slt", 1, 1)), festival=(("ked_diphone", 1, 2),)
    )


def test_the_grammar_stays_within_the_vocabulary(recipe: SimpleNamespace) -> None:
    rng = random.Random(1)
    said = {word for _ in range(20_000) for word in recipe.texts.sample(rng)}
    filled = {w for phrase in recipe.texts.PHRASES for _ in range(20) for w in recipe.texts.fill(phrase, rng)}
    assert said | filled == set(recipe.vocabulary.WORDS)


def test_reserved_texts_are_never_trained(recipe: SimpleNamespace) -> None:
    rng = random.Random(2)
    trained = {recipe.texts.sample_for_training(rng) for _ in range(5000)}
    reserved = {recipe.texts.sample_held_out(rng) for _ in range(300)}
    assert not trained & reserved
    assert all(len(words) >= 3 for words in reserved)


def test_held_out_voices_are_never_trained(recipe: SimpleNamespace) -> None:
    voices = recipe.voices
    assert not set(voices.ESPEAK_VARIANTS) & set(voices.ESPEAK_HELD_OUT)
    assert not {name for name, _, _ in recipe.shards.Mixture().flite} & set(voices.FLITE_HELD_OUT)
    assert not any("rms" in name for name, _, _ in recipe.shards.Mixture().festival)


@needs_voices
@pytest.mark.parametrize("engine", SYNTHESISERS)
def test_synthesisers_tell_where_words_start(recipe: SimpleNamespace, engine: str) -> None:
    words = ("seven", "xray", "select", "the", "paragraph")
    rng = random.Random(3)
    if engine == "espeak-ng":
        spoken = recipe.voices.Espeak().speak(words, "f3", rng)
    elif engine == "flite":
        spoken = recipe.voices.Flite().speak(words, "slt", rng)
    else:
        spoken = recipe.voices.festival([words], "ked_diphone", rng)[0]
    starts = [start for start in spoken.word_starts_s if not np.isnan(start)]
    assert len(spoken.word_starts_s) == len(words) and len(starts) >= 4
    assert starts == sorted(starts) and starts[-1] < len(spoken.samples) / spoken.rate_hz
    assert min(np.diff(starts)) > 0.05


def test_recordings_keep_the_word_times(recipe: SimpleNamespace) -> None:
    """A click at the start of a word is found where the word is said to start, after all changes."""
    samples = np.zeros(24_000, np.float32)
    samples[8000:8200] = 1.0
    spoken = recipe.voices.Spoken(samples, 16_000, ("stop",), (0.5,))
    for seed in range(20):
        rng = np.random.default_rng(seed)
        copy = recipe.augmentation.record(spoken, (0.8, 1.2), recipe.augmentation.Surroundings(rng), rng)
        loudest = int(np.argmax(np.abs(copy.samples))) / 16_000
        assert copy.word_starts_s[0] == pytest.approx(loudest, abs=0.03)


def test_noise_is_mixed_at_the_ratio_asked_for(recipe: SimpleNamespace) -> None:
    rng = np.random.default_rng(4)
    speech = rng.standard_normal(16_000).astype(np.float32)
    mixed = recipe.augmentation.add_noise(speech, 7 * rng.standard_normal(16_000).astype(np.float32), 15.0)
    ratio = np.mean(speech**2) / np.mean((mixed - speech) ** 2)
    assert 10 * np.log10(ratio) == pytest.approx(15, abs=0.01)


def test_features_are_those_of_funasr(recipe: SimpleNamespace) -> None:
    from funasr.frontends.wav_frontend import WavFrontend

    rng = np.random.default_rng(5)
    samples = (0.1 * rng.standard_normal(20_345)).astype(np.float32)
    theirs = WavFrontend(window="hamming", lfr_m=7, lfr_n=6, dither=0.0)
    expected, _ = theirs(torch.from_numpy(samples)[None], torch.tensor([len(samples)]))
    ours = recipe.features.stack(recipe.features.log_mel(samples))
    assert ours.shape == expected[0].shape
    assert np.abs(ours - expected[0].numpy()).max() < 1e-3


def one_example(recipe: SimpleNamespace) -> Any:
    """Two words, starting at 0.30 s and 0.90 s, in 1.8 s."""
    tokens = np.array([recipe.vocabulary.TOKEN_ID[word] for word in ("next", "line")], np.int32)
    frames = np.random.default_rng(6).standard_normal((180, 80)).astype(np.float16)
    return recipe.shards.Example(frames, tokens, np.array([30, 90], np.int32))


def test_boundaries_lie_on_the_frame_axis_of_the_encoder(recipe: SimpleNamespace) -> None:
    places, gains = recipe.batches._boundaries(one_example(recipe), 35)
    assert places == pytest.approx([0, 5 + (30 - 6 + 3) / 6, 5 + (90 + 3) / 6, 35])
    assert gains == [0, 1, 1]


def test_a_word_whose_start_is_unknown_counts_with_the_one_before(recipe: SimpleNamespace) -> None:
    known = one_example(recipe)
    merged = recipe.shards.Example(known.frames, known.tokens, np.array([30, -1], np.int32))
    assert recipe.batches._boundaries(merged, 35)[1] == [0, 2]


@needs_espeak
def test_phones_are_spread_over_their_word(recipe: SimpleNamespace) -> None:
    labels = recipe.batches._phone_places(one_example(recipe))
    phones = recipe.vocabulary.phone_ids_of_tokens()
    known = one_example(recipe).tokens
    assert set(labels[30:82]) == set(phones[known[0]]) and not labels[:30].any()
    assert labels[90] == phones[known[1]][0] and labels[-1] == 0


@needs_espeak
def test_word_loss_measures_the_weight_of_each_word(recipe: SimpleNamespace) -> None:
    """No loss when each word's weight lies in its time; two when both words' weight lies in one."""
    normalisation = recipe.batches.Normalisation(np.zeros(80, np.float32), np.ones(80, np.float32))
    batch = recipe.batches.make([one_example(recipe)], normalisation, np.random.default_rng(7))
    for frames, lost, peaks_missing in (((12, 25), 0.0, 0.0), ((12, 13), 2 / 3, 0.5)):
        in_time = torch.zeros(1, 35)
        in_time[0, list(frames)] = 1.0
        assert float(recipe.network._word_loss(in_time, batch)) == pytest.approx(lost, abs=0.01)
        assert float(recipe.network._peak_loss(in_time, batch)) == pytest.approx(peaks_missing, abs=0.01)


def test_words_fire_in_their_own_time_whatever_the_predictor_says(recipe: SimpleNamespace) -> None:
    normalisation = recipe.batches.Normalisation(np.zeros(80, np.float32), np.ones(80, np.float32))
    batch = recipe.batches.make([one_example(recipe)], normalisation, np.random.default_rng(7))
    weights = torch.rand(1, 35, generator=torch.Generator().manual_seed(8))
    scaled = recipe.network._scaled_by_word(weights, batch, torch.tensor([2.0]))
    places = torch.ceil(batch.boundaries[0] - 0.5).long()  # of the first frame with its centre behind
    assert float(scaled[0, : places[1]].sum()) == 0
    assert float(scaled[0, places[1] : places[2]].sum()) == pytest.approx(1)
    assert float(scaled[0, places[2] :].sum()) == pytest.approx(1)


@needs_espeak
@pytest.mark.parametrize("aligned", [False, True])
def test_losses_of_a_batch_with_and_without_words(recipe: SimpleNamespace, aligned: bool) -> None:
    """An utterance without a word in it must not break the integrate-and-fire code."""
    nothing = recipe.shards.Example(
        np.zeros((90, 80), np.float16), np.zeros(0, np.int32), np.zeros(0, np.int32)
    )
    trainee = recipe.network.Trainee(recipe.network.Size(width=16, feed_forward=16, encoder_blocks=1))
    normalisation = recipe.batches.Normalisation(np.zeros(80, np.float32), np.ones(80, np.float32))
    bucket = [one_example(recipe), nothing, one_example(recipe)]
    batch = recipe.batches.make(bucket, normalisation, np.random.default_rng(7))
    loss, report = trainee(batch, recipe.network.Weights(1, 1, 1, 1, aligned))
    assert bool(torch.isfinite(loss)) and report["count"] > 0
    assert trainee.model.predictor.weights.shape == batch.speech.shape[:2]


@needs_voices
def test_a_shard_depends_on_seed_and_number_only(recipe: SimpleNamespace, small: Any, tmp_path: Path) -> None:
    for folder in ("first", "again"):
        recipe.shards.make_in_fresh_process(tmp_path / folder, 1, 5, small)
    first, again = (recipe.shards.load(tmp_path / folder / "shard_0005.npz") for folder in ("first", "again"))
    assert [one.tokens.tolist() for one in first] == [one.tokens.tolist() for one in again]
    assert [one.starts.tolist() for one in first] == [one.starts.tolist() for one in again]
    assert all(np.array_equal(one.frames, two.frames) for one, two in zip(first, again, strict=True))


def run_to(recipe: SimpleNamespace, work: Path, steps: int) -> dict[str, torch.Tensor]:
    """Train until this step; the exported weights."""
    line = ["--work", str(work), "--shards", "4", "--seconds", "15", "--decay-from", "4"]
    arguments: argparse.Namespace = recipe.train.arguments_of([*line, "--steps", str(steps)])
    recipe.train.run(arguments)
    weights: dict[str, torch.Tensor] = torch.load(work / "model" / "model.pt", weights_only=True)
    return weights


@needs_voices
def test_a_resumed_run_ends_with_the_weights_of_an_unbroken_one(
    recipe: SimpleNamespace, small: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = recipe.network.Size(width=32, feed_forward=64, encoder_blocks=2)
    monkeypatch.setattr(recipe.train, "Size", lambda: size)
    for shard in range(4):
        recipe.shards.make(tmp_path / "unbroken" / "data", 1, shard, small)
    shutil.copytree(tmp_path / "unbroken", tmp_path / "broken")
    unbroken = run_to(recipe, tmp_path / "unbroken", 3)
    run_to(recipe, tmp_path / "broken", 2)
    resumed = run_to(recipe, tmp_path / "broken", 3)
    assert unbroken.keys() == resumed.keys()
    assert all(torch.equal(value, resumed[name]) for name, value in unbroken.items())


def test_training_does_not_wait_for_data_that_nobody_makes_any_more(
    recipe: SimpleNamespace, tmp_path: Path
) -> None:
    arguments = recipe.train.arguments_of(["--work", str(tmp_path)])
    with pytest.raises(FileNotFoundError, match=r"shard_0000\.npz was not made"):
        recipe.train.run(arguments, lambda: False)


def test_word_errors_are_counted(recipe: SimpleNamespace) -> None:
    distance = recipe.evaluate.edit_distance
    assert distance(("a", "b", "c"), ("a", "b", "c")) == 0
    assert distance(("a", "b", "c"), ("b", "x", "c", "d")) == 3
    assert distance((), ("a",)) == 1 and distance(("a",), ()) == 1
