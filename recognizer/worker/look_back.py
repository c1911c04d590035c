"""Keys and values of the chunks that attention looks back at, in place and of fixed size.

Attention does not care in which order its keys lie, so the chunks looked back at form a ring in
front of the window: nothing is moved or joined when a chunk comes. One buffer holds all layers, and
what a chunk leaves behind is written for all of them at once (``commit``), after it succeeded;
until then the same chunk may be computed again.
"""

from __future__ import annotations

from typing import Final

import torch

from recognizer.worker.frames import CHUNK_FRAMES, WINDOW_FRAMES


class LookBack:
    """``chunks`` of ``CHUNK_FRAMES`` before a window; frame ``kept_from`` of it is the first to stay."""

    def __init__(self, like: torch.Tensor, layers: int, heads: int, *, chunks: int, kept_from: int) -> None:
        self._ring_frames: Final = chunks * CHUNK_FRAMES
        frames = self._ring_frames + WINDOW_FRAMES
        depth = like.shape[-1] // heads
        self._buffer = like.new_zeros(layers, 2, 1, heads, frames, depth)
        self._layers = [(keys, values) for keys, values in self._buffer]
        self._chunks = chunks
        self._kept_from = self._ring_frames + kept_from
        self._committed = 0

    @property
    def held_bytes(self) -> int:
        """Memory taken, whatever the length of the stream."""
        return int(self._buffer.nbytes)

    def put(self, layer: int, keys: torch.Tensor, values: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """All keys and values to attend to, ``(1, heads, frames, depth)``, with those of the window."""
        start = self._ring_frames - CHUNK_FRAMES * min(self._committed, self._chunks)
        end = self._ring_frames + keys.shape[2]
        all_keys, all_values = self._layers[layer]
        all_keys[:, :, self._ring_frames : end] = keys
        all_values[:, :, self._ring_frames : end] = values
        return all_keys[:, :, start:end], all_values[:, :, start:end]

    def commit(self) -> None:
        """The window's chunk becomes the newest one to look back at; the oldest is forgotten."""
        slot = self._ring_frames - CHUNK_FRAMES * (1 + self._committed % self._chunks)
        kept = self._buffer[..., self._kept_from : self._kept_from + CHUNK_FRAMES, :]
        self._buffer[..., slot : slot + CHUNK_FRAMES, :] = kept
        self._committed += 1
