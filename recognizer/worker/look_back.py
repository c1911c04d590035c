"""Keys and values of the chunks that attention looks back at, in place and of fixed size.

Attention does not care in which order its keys lie, so the chunks looked back at form a ring in
front of the window: nothing is moved or joined when a chunk comes. One buffer holds all layers, and
what a chunk leaves behind is written for all of them at once (``commit``), after it succeeded;
until then the same chunk may be computed again.
"""

from __future__ import annotations

import torch

from recognizer.worker.frames import CHUNK_FRAMES, WINDOW_FRAMES


class LookBack:
    """``chunks`` of ``CHUNK_FRAMES`` before a window; frame ``kept_from`` of it is the first to stay.

    ``like`` is a tensor of the wanted type and device, as wide as the model. ``utterances`` that are heard
    together, chunk by chunk, share one buffer.
    """

    def __init__(
        self,
        like: torch.Tensor,
        layers: int,
        heads: int,
        *,
        chunks: int,
        kept_from: int,
        utterances: int = 1,
    ) -> None:
        frames = chunks * CHUNK_FRAMES + WINDOW_FRAMES
        depth = like.shape[-1] // heads
        self._look_into(like.new_zeros(layers, utterances, frames, 2, heads, depth), chunks, kept_from)

    def _look_into(self, buffer: torch.Tensor, chunks: int, kept_from: int) -> None:
        self._ring_frames = chunks * CHUNK_FRAMES
        self._buffer = buffer
        self._layers = self._buffer.unbind(0)
        self._full = [_keys_and_values(layer) for layer in self._layers]
        self._windows = [layer[:, self._ring_frames :] for layer in self._layers]
        self.chunks = chunks
        self._kept_from = self._ring_frames + kept_from
        self._committed = 0

    def part(self, first: int, end: int) -> LookBack:
        """That of the utterances from ``first`` to before ``end``; it lies in the same buffer."""
        part = object.__new__(LookBack)
        part._look_into(self._buffer[:, first:end], self.chunks, self._kept_from - self._ring_frames)
        part._committed = self._committed
        return part

    @property
    def held_bytes(self) -> int:
        """Memory taken, whatever the length of the stream."""
        return int(self._buffer.nbytes)

    @property
    def buffer(self) -> torch.Tensor:
        """All that is kept, ``(layers, utterances, frames, 2, heads, depth)``; stays at its address."""
        return self._buffer

    @property
    def held_chunks(self) -> int:
        """How many chunks the next window can look back at."""
        return min(self._committed, self.chunks)

    def pretend(self, committed: int) -> None:
        """Go on as if so many chunks had been committed."""
        self._committed = committed

    def take_ring(self, other: LookBack) -> None:
        """Look back at what ``other`` looks back at (its numbers; not how many count)."""
        self._buffer[:, :, : self._ring_frames].copy_(other._buffer[:, :, : self._ring_frames])

    def take_window(self, other: LookBack) -> None:
        """Hold the window of ``other``, of full length, as if it had been put here."""
        self._buffer[:, :, self._ring_frames :].copy_(other._buffer[:, :, self._ring_frames :])

    def put(self, layer: int, window: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Add the window's keys and values ``(utterances, frames, 2, heads, depth)``.

        All keys and all values to attend to come back as ``(utterances, heads, frames, depth)``.
        """
        frames = window.shape[1]
        if frames == WINDOW_FRAMES and self._committed >= self.chunks:
            self._windows[layer].copy_(window)
            return self._full[layer]
        start = self._ring_frames - CHUNK_FRAMES * self.held_chunks
        end = self._ring_frames + frames
        self._layers[layer][:, self._ring_frames : end].copy_(window)
        return _keys_and_values(self._layers[layer][:, start:end])

    def commit(self) -> None:
        """The window's chunk becomes the newest one to look back at; the oldest is forgotten."""
        slot = self._ring_frames - CHUNK_FRAMES * (1 + self._committed % self.chunks)
        kept = self._buffer[:, :, self._kept_from : self._kept_from + CHUNK_FRAMES]
        self._buffer[:, :, slot : slot + CHUNK_FRAMES].copy_(kept)
        self._committed += 1


def _keys_and_values(both: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    return both[:, :, 0].transpose(1, 2), both[:, :, 1].transpose(1, 2)
