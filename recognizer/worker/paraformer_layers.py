"""The layers of streaming Paraformer as plain objects around FunASR's weights.

A chunk is small, so what Python does between two multiplications counts: FunASR's modules look up
every part by name, call through hooks and join caches; these do the same arithmetic with the parts
at hand. ``Packer`` finds and replaces the ``Linear`` layers in them.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.nn.functional import scaled_dot_product_attention as attend

from recognizer.worker.look_back import LookBack
from recognizer.worker.memory_block import MemoryBlock


class Norm:
    """Layer normalisation."""

    def __init__(self, norm: Any) -> None:
        self._shape = list(norm.normalized_shape)
        self._weight = norm.weight.detach()
        self._bias = norm.bias.detach()
        self._eps = norm.eps

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Same shape."""
        normed: torch.Tensor = torch.layer_norm(x, self._shape, self._weight, self._bias, self._eps)
        return normed


class EncoderLayer:
    """SAN-M self-attention over window and look-back, then the feed-forward block."""

    def __init__(self, layer: Any) -> None:
        attention, forward = layer.self_attn, layer.feed_forward
        self._norm1, self._norm2 = Norm(layer.norm1), Norm(layer.norm2)
        self.project, self.join = attention.linear_q_k_v, attention.linear_out
        self.grow, self.shrink = forward.w_1, forward.w_2
        self._memory = MemoryBlock(attention)
        self.heads = int(attention.h)
        self._has_residual = layer.in_size == layer.size

    def __call__(self, x: torch.Tensor, look_back: LookBack, index: int) -> torch.Tensor:
        """``(1, frames, in)`` → ``(1, frames, out)``."""
        projected = self.project(self._norm1(x)).unflatten(2, (3, self.heads, -1))
        keys, values = look_back.put(index, projected[:, :, 1:])
        attended = attend(projected[:, :, 0].transpose(1, 2), keys, values)
        remembered = self._memory.window(projected[:, :, 2].flatten(2))
        y = self.join(attended.transpose(1, 2).flatten(2)) + remembered
        if self._has_residual:
            y = x + y
        return y + self.shrink(torch.relu_(self.grow(self._norm2(y))))


class DecoderLayer:
    """Feed-forward block, causal memory, cross-attention over the encoder's window and look-back."""

    def __init__(self, layer: Any) -> None:
        attention, forward = layer.src_attn, layer.feed_forward
        self._norms = Norm(layer.norm1), Norm(layer.norm2), Norm(layer.norm3)
        self.grow, self.shrink, self._middle = forward.w_1, forward.w_2, Norm(forward.norm)
        self.query, self.project, self.join = attention.linear_q, attention.linear_k_v, attention.linear_out
        self._memory = MemoryBlock(layer.self_attn)
        self.heads = int(attention.h)

    def __call__(
        self,
        x: torch.Tensor,
        encoded: torch.Tensor,
        look_back: LookBack,
        index: int,
        before: torch.Tensor | None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """``(1, tokens, width)`` → the same, and the causal memory for the next call."""
        norm1, norm2, norm3 = self._norms
        grown = self._middle(torch.relu_(self.grow(norm1(x))))
        remembered, memory = self._memory.stream(norm2(self.shrink(grown)), before)
        y = x + remembered
        window = self.project(encoded).unflatten(2, (2, self.heads, -1))
        keys, values = look_back.put(index, window)
        query = self.query(norm3(y)).unflatten(2, (self.heads, -1)).transpose(1, 2)
        attended = attend(query, keys, values).transpose(1, 2).flatten(2)
        return y + self.join(attended), memory


class Head:
    """The decoder's last feed-forward blocks and the output over the vocabulary."""

    def __init__(self, decoder: Any) -> None:
        self._blocks = [FeedForward(layer) for layer in decoder.decoders3]
        self._norm = Norm(decoder.after_norm)
        self.output = decoder.output_layer

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """``(1, tokens, width)`` → ``(1, tokens, vocabulary)``."""
        for block in self._blocks:
            x = block(x)
        logits: torch.Tensor = self.output(self._norm(x))
        return logits

    def parts(self) -> list[object]:
        """Owners of ``Linear`` layers."""
        return [self, *self._blocks]


class FeedForward:
    """A feed-forward block on its own."""

    def __init__(self, layer: Any) -> None:
        forward = layer.feed_forward
        self._norm1, self._middle = Norm(layer.norm1), Norm(forward.norm)
        self.grow, self.shrink = forward.w_1, forward.w_2

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        """Same shape."""
        shrunk: torch.Tensor = self.shrink(self._middle(torch.relu_(self.grow(self._norm1(x)))))
        return shrunk
