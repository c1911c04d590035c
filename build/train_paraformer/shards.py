"""Synthesised training data in shards; shard n depends on the seed and n only.

    python shards.py --data FOLDER --from 0 --to 20

A shard holds 10 ms log-mel frames of about 480 utterances: near half espeak-ng variants, half natural
or diphone voices, 3 % without speech. Each is made in a fresh process, because espeak-ng and flite keep
state (phases, random excitation) from one utterance to the next.
"""

from __future__ import annotations

import argparse
import multiprocessing
import random
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import augmentation
import numpy as np
import texts
from features import FRAME_S, log_mel
from numpy.typing import NDArray
from vocabulary import TOKEN_ID
from voices import ESPEAK_VARIANTS, Espeak, Flite, Spoken, festival

LONGEST_S = 14.0
_NATURAL_WARP, _ESPEAK_WARP = (0.82, 1.22), (0.90, 1.12)


@dataclass(frozen=True)
class Mixture:
    """What a shard is made of. flite, festival: (voice, texts, augmented copies of each)."""

    espeak_texts: int = 105
    espeak_copies: int = 2
    silent: int = 14
    flite: tuple[tuple[str, int, int], ...] = (("slt", 24, 3), ("awb", 24, 3), ("kal16", 8, 2), ("kal", 3, 2))
    festival: tuple[tuple[str, int, int], ...] = (
        ("ked_diphone", 14, 3),
        ("kal_diphone", 5, 2),
        ("cmu_us_slt_arctic_hts", 10, 3),
    )


@dataclass(frozen=True)
class Example:
    """frames: [n, 80] fp16 log-mel; tokens: ids; starts: index of the frame where each word starts, or -1."""

    frames: NDArray[np.float16]
    tokens: NDArray[np.int32]
    starts: NDArray[np.int32]


def utterances(mixture: Mixture, rng: random.Random) -> Iterator[tuple[Spoken, int, tuple[float, float]]]:
    """(utterance, augmented copies to make, warp limits) of one shard."""
    espeak, flite = Espeak(), Flite()
    for _ in range(mixture.espeak_texts):
        variant = rng.choice(ESPEAK_VARIANTS)
        spoken = espeak.speak(texts.sample_for_training(rng), variant, rng)
        yield spoken, mixture.espeak_copies, _ESPEAK_WARP
    for voice, count, copies in mixture.flite:
        for _ in range(count):
            yield flite.speak(texts.sample_for_training(rng), voice, rng), copies, _NATURAL_WARP
    for voice, count, copies in mixture.festival:
        batch = [texts.sample_for_training(rng) for _ in range(count)]
        for spoken in festival(batch, voice, rng):
            yield spoken, copies, _NATURAL_WARP


def example(spoken: Spoken) -> Example:
    """Features, token ids and word starts of a 16 kHz utterance."""
    frames = log_mel(spoken.samples).astype(np.float16)
    seconds = np.nan_to_num(np.array(spoken.word_starts_s, np.float64), nan=-FRAME_S)
    starts = np.round(seconds / FRAME_S).astype(np.int32)
    tokens = np.array([TOKEN_ID[word] for word in spoken.words], np.int32)
    return Example(frames, tokens, starts)


def examples_of_shard(mixture: Mixture, seed: int, shard: int) -> Iterator[Example]:
    """All examples of a shard; the same each time in a process that has not synthesised before."""
    rng = random.Random(f"{seed}/{shard}")
    noise_rng = np.random.default_rng([seed, shard])
    surroundings = augmentation.Surroundings(noise_rng)
    for spoken, copies, warp in utterances(mixture, rng):
        for _ in range(copies):
            copy = augmentation.record(spoken, warp, surroundings, noise_rng)
            if 0.4 < len(copy.samples) / augmentation.RATE_HZ < LONGEST_S:
                yield example(copy)
    for _ in range(mixture.silent):
        yield example(augmentation.record_nobody(surroundings, noise_rng))


def path_of(data: Path, shard: int) -> Path:
    """Where a shard is stored."""
    return data / f"shard_{shard:04d}.npz"


def store(path: Path, examples: list[Example]) -> None:
    """Write one shard atomically."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.stem}.partial.npz")
    np.savez(
        partial,
        frames=np.concatenate([one.frames for one in examples]),
        frame_counts=np.array([len(one.frames) for one in examples]),
        tokens=np.concatenate([one.tokens for one in examples]),
        starts=np.concatenate([one.starts for one in examples]),
        token_counts=np.array([len(one.tokens) for one in examples]),
    )
    partial.replace(path)


def load(path: Path) -> list[Example]:
    """Read one shard."""
    with np.load(path) as stored:
        frames, tokens, starts = stored["frames"], stored["tokens"], stored["starts"]
        frame_ends, token_ends = np.cumsum(stored["frame_counts"]), np.cumsum(stored["token_counts"])
    pieces = zip(
        np.split(frames, frame_ends[:-1]),
        np.split(tokens, token_ends[:-1]),
        np.split(starts, token_ends[:-1]),
        strict=True,
    )
    return [Example(*piece) for piece in pieces]


def make(data: Path, seed: int, shard: int, mixture: Mixture) -> float:
    """Synthesise and store one shard; return its hours of audio."""
    examples = list(examples_of_shard(mixture, seed, shard))
    store(path_of(data, shard), examples)
    return sum(len(one.frames) for one in examples) * FRAME_S / 3600


def make_in_fresh_process(data: Path, seed: int, shard: int, mixture: Mixture) -> float:
    """The same in a process of its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(make, data, seed, shard, mixture).result()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--from", type=int, default=0, dest="first")
    parser.add_argument("--to", type=int, required=True)
    parser.add_argument("--step", type=int, default=1, help="2 in two processes that share the work")
    arguments = parser.parse_args()
    for shard in range(arguments.first, arguments.to, arguments.step):
        if path_of(arguments.data, shard).exists():
            continue
        began = time.monotonic()
        hours = make_in_fresh_process(arguments.data, arguments.seed, shard, Mixture())
        print(f"shard {shard}: {hours * 60:.1f} min in {time.monotonic() - began:.1f} s", flush=True)


if __name__ == "__main__":
    main()
