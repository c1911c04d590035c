"""Batches of like length, in an order that depends on the seed alone, with augmentation of the features."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import shards
import torch
from features import STRIDE, Frames, stack
from numpy.typing import NDArray
from shards import Example
from vocabulary import phone_ids_of_tokens

LEAD_FRAMES = 5  # the zero frames a stream begins with
PHONES_PER_FRAME = 3  # labels per 60 ms encoder frame
_GROUP = 4  # shards sorted by length together
_JOINED_SHARE, _JOINED_SHARE_LATER = 0.10, 0.03  # of the utterances, joined to streams of up to 45 s
_JOINED_FRAMES = 4500


@dataclass(frozen=True)
class Batch:
    """Padded tensors of one step.

    speech: [rows, frames, 560] normalised and stacked; tokens: [rows, most] with -1 as padding;
    boundaries: [rows, most + 2] places on the 60 ms frame axis between which `gains` words lie, where
    gains_known is 1; phones: [rows, 20 ms frames] ids, 0 silence, -1 unknown; position: start of the
    position code.
    """

    speech: torch.Tensor
    speech_lengths: torch.Tensor
    tokens: torch.Tensor
    token_counts: torch.Tensor
    boundaries: torch.Tensor
    gains: torch.Tensor
    gains_known: torch.Tensor
    phones: torch.Tensor
    position: int

    @property
    def seconds(self) -> float:
        """Audio in the batch, padding excluded."""
        return float(self.speech_lengths.sum()) * 0.06

    def to(self, device: torch.device) -> Batch:
        """The same batch on a device."""
        moved = {
            name: value.to(device) if isinstance(value, torch.Tensor) else value
            for name, value in vars(self).items()
        }
        return Batch(**moved)


@dataclass(frozen=True)
class Place:
    """Where in the endless sequence of batches training stands."""

    epoch: int = 0
    group: int = 0
    index: int = 0


@dataclass(frozen=True)
class Normalisation:
    """Mean and standard deviation of the 80 log-mel bins."""

    mean: Frames
    deviation: Frames

    @classmethod
    def of(cls, examples: list[Example]) -> Normalisation:
        """Measured on the frames of some examples."""
        frames = np.concatenate([one.frames.astype(np.float32) for one in examples])
        return cls(frames.mean(0), frames.std(0))


def _wait_for(path: Path, is_coming: Callable[[], bool]) -> Path:
    """Another process may still be writing the shards; the order of use must not depend on that."""
    while not path.exists():
        if not is_coming() and not path.exists():
            raise FileNotFoundError(f"{path.name} was not made: the synthesis ended before it, see above")
        time.sleep(1)
    return path


def _join(pieces: list[Example]) -> Example:
    offsets = np.cumsum([0, *(len(piece.frames) for piece in pieces)])
    starts = [
        np.where(piece.starts < 0, -1, piece.starts + offset)
        for piece, offset in zip(pieces, offsets[:-1], strict=True)
    ]
    return Example(
        np.concatenate([piece.frames for piece in pieces]),
        np.concatenate([piece.tokens for piece in pieces]),
        np.concatenate(starts).astype(np.int32),
    )


def _join_some(examples: list[Example], share: float, rng: np.random.Generator) -> list[Example]:
    """Join a share of the (shuffled) examples to long streams; the others stay as they are."""
    count = int(len(examples) * share)
    joined, current = [], []
    for piece in examples[:count]:
        limit = rng.uniform(0.2, 1.0) * _JOINED_FRAMES
        if current and sum(len(one.frames) for one in current) + len(piece.frames) > limit:
            joined.append(_join(current))
            current = []
        current.append(piece)
    return joined + ([_join(current)] if current else []) + examples[count:]


def _bucketed(
    examples: list[Example], frames_per_batch: int, rng: np.random.Generator
) -> list[list[Example]]:
    """Examples of like length together, at most this many padded 10 ms frames in a batch."""
    ordered = sorted(examples, key=lambda one: len(one.frames) + rng.uniform(0, 40))
    buckets: list[list[Example]] = [[]]
    longest = 0
    for one in ordered:
        longest = max(longest, len(one.frames))
        if buckets[-1] and longest * (len(buckets[-1]) + 1) > frames_per_batch:
            buckets.append([])
            longest = len(one.frames)
        buckets[-1].append(one)
    return [bucket for bucket in buckets if any(len(one.tokens) for one in bucket)]


@dataclass(frozen=True)
class Plan:
    """How the data is served.

    Joined streams cost twice as much per second of sound as short utterances; once the model has learnt
    to keep counting, after so many groups of four shards, a few are enough.
    """

    data: Path
    shard_count: int
    seed: int
    seconds_per_batch: float
    groups_with_many_joined: int = 0
    is_coming: Callable[[], bool] = lambda: True  # whether missing shards are still being made

    def _groups(self, epoch: int) -> list[list[int]]:
        order = np.arange(self.shard_count)
        if epoch:  # the first pass follows the order in which shards are made
            np.random.default_rng([self.seed, epoch]).shuffle(order)
        return [order[first : first + _GROUP].tolist() for first in range(0, len(order), _GROUP)]

    def _buckets(self, epoch: int, group: int, chosen: list[int]) -> list[list[Example]]:
        rng = np.random.default_rng([self.seed, epoch, group])
        paths = [_wait_for(shards.path_of(self.data, shard), self.is_coming) for shard in chosen]
        examples = [one for path in paths for one in shards.load(path)]
        order = rng.permutation(len(examples))
        many = epoch * len(self._groups(epoch)) + group < self.groups_with_many_joined
        share = _JOINED_SHARE if many else _JOINED_SHARE_LATER
        mixed = _join_some([examples[index] for index in order], share, rng)
        buckets = _bucketed(mixed, int(self.seconds_per_batch * 100), rng)
        return [buckets[index] for index in rng.permutation(len(buckets))]

    def buckets_from(self, place: Place) -> Iterator[tuple[Place, list[Example]]]:
        """(place after this batch, examples), for ever."""
        epoch, first_group, first_index = place.epoch, place.group, place.index
        while True:
            for group, chosen in enumerate(self._groups(epoch)):
                if group < first_group:
                    continue
                buckets = self._buckets(epoch, group, chosen)
                for index in range(first_index, len(buckets)):
                    yield Place(epoch, group, index + 1), buckets[index]
                first_index = 0
            epoch, first_group = epoch + 1, 0

    def normalisation(self) -> Normalisation:
        """From the first two shards."""
        paths = [_wait_for(shards.path_of(self.data, shard), self.is_coming) for shard in range(2)]
        return Normalisation.of([one for path in paths for one in shards.load(path)])


def _disturb(frames: Frames, rng: np.random.Generator) -> Frames:
    """A microphone's noise floor and colour, on log-mel frames."""
    if rng.random() < 0.4:
        floor = rng.uniform(2, 8.5) + 0.3 * rng.standard_normal(frames.shape, np.float32)
        frames = np.logaddexp(frames, floor.astype(np.float32))
    if rng.random() < 0.5:
        bins = np.linspace(-1, 1, frames.shape[1], dtype=np.float32)
        frames = frames + np.float32(rng.normal(0, 0.5)) + np.float32(rng.normal(0, 0.5)) * bins
    return frames


def _mask(frames: Frames, rng: np.random.Generator) -> Frames:
    """SpecAugment on normalised frames, in place."""
    for _ in range(2):
        width = int(rng.integers(0, 13))
        first = int(rng.integers(0, frames.shape[1] - width))
        frames[:, first : first + width] = 0
    for _ in range(len(frames) // 200 + 1):
        width = int(rng.integers(0, 11))
        first = int(rng.integers(0, max(1, len(frames) - width)))
        frames[first : first + width] = 0
    return frames


def _prepared(
    one: Example, normalisation: Normalisation, rng: np.random.Generator, masked_share: float
) -> Frames:
    frames = _disturb(one.frames.astype(np.float32), rng)
    frames = (frames - normalisation.mean) / normalisation.deviation
    if rng.random() < masked_share:
        frames = _mask(frames, rng)
    return stack(frames.astype(np.float32))


def _boundaries(one: Example, frame_count: int) -> tuple[list[float], list[float]]:
    """Places on the 60 ms axis, and the words between each and the one before it."""
    places, gains, since = [0.0], [], 0
    for index, start in enumerate(one.starts.tolist()):
        if start >= 0:
            early = 6 if index == 0 else 0  # weight may rise a little before the first word
            places.append(max(places[-1], (start - early + STRIDE / 2) / STRIDE + LEAD_FRAMES))
            gains.append(float(since))
            since = 0
        since += 1
    places.append(float(frame_count))
    gains.append(float(since))
    return places, gains


def _phone_places(one: Example) -> NDArray[np.int64]:
    """A phone id per 10 ms frame: those of a word spread evenly from its start to the next word's.

    At most 130 ms a phone, and 80 ms in the last word, whose end is not known; what lies between is
    -1. Words whose start is unknown belong to the word before.
    """
    labels = np.zeros(len(one.frames), np.int64)
    known = [index for index, start in enumerate(one.starts) if start >= 0]
    ends = [*known[1:], len(one.tokens)] if known else []
    for first, behind in zip(known, ends, strict=True):
        phones = [phone for token in one.tokens[first:behind] for phone in phone_ids_of_tokens()[token]]
        start, last = int(one.starts[first]), behind == len(one.tokens)
        limit = len(labels) if last else int(one.starts[behind])
        end = min(limit, start + len(phones) * (8 if last else 13))
        labels[end : min(limit, end + 40)] = -1
        if end > start:
            labels[start:end] = np.array(phones)[np.arange(end - start) * len(phones) // (end - start)]
    return labels


def _phone_labels(one: Example, frame_count: int, width: int) -> NDArray[np.int64]:
    """Labels on the axis of the phone head, the lead frames and the padding unknown."""
    labels = np.full(width * PHONES_PER_FRAME, -1, np.int64)
    step = STRIDE // PHONES_PER_FRAME
    places = np.arange((frame_count - LEAD_FRAMES) * PHONES_PER_FRAME) * step - step
    found = _phone_places(one)[places.clip(0, len(one.frames) - 1)]
    labels[LEAD_FRAMES * PHONES_PER_FRAME : frame_count * PHONES_PER_FRAME] = found
    return labels


def _padded(rows: list[list[float]], width: int) -> NDArray[np.float32]:
    table = np.zeros((len(rows), width), np.float32)
    for index, row in enumerate(rows):
        table[index, : len(row)] = row
    return table


def make(
    bucket: list[Example], normalisation: Normalisation, rng: np.random.Generator, masked_share: float = 0.0
) -> Batch:
    """Tensors of one batch; a share of the rows is masked. Rows with tokens come last (see network.py)."""
    rows = sorted(bucket, key=lambda one: len(one.tokens) > 0)
    speech = [_prepared(one, normalisation, rng, masked_share) for one in rows]
    lengths = [len(frames) + LEAD_FRAMES for frames in speech]
    padded = np.zeros((len(rows), max(lengths), speech[0].shape[1]), np.float32)
    most = max(len(one.tokens) for one in rows)
    tokens = np.full((len(rows), most), -1, np.int64)
    for index, (frames, one) in enumerate(zip(speech, rows, strict=True)):
        padded[index, LEAD_FRAMES : lengths[index]] = frames
        tokens[index, : len(one.tokens)] = one.tokens
    marks = [_boundaries(one, length) for one, length in zip(rows, lengths, strict=True)]
    known = [[1.0] * len(gains) * (len(gains) > 1) for _, gains in marks]
    phones = [_phone_labels(one, length, padded.shape[1]) for one, length in zip(rows, lengths, strict=True)]
    return Batch(
        speech=torch.from_numpy(padded),
        speech_lengths=torch.tensor(lengths),
        tokens=torch.from_numpy(tokens),
        token_counts=torch.tensor([len(one.tokens) for one in rows]),
        boundaries=torch.from_numpy(_padded([places for places, _ in marks], most + 2)),
        gains=torch.from_numpy(_padded([gains for _, gains in marks], most + 1)),
        gains_known=torch.from_numpy(_padded(known, most + 1)),
        phones=torch.from_numpy(np.stack(phones)),
        position=int(rng.integers(0, 700)) if rng.random() < 0.6 else 0,
    )
