"""Streaming Paraformer, chunk by chunk: FunASR's weights, without its wrapper's waste.

Says the same tokens as ``AutoModel.generate`` with ``chunk_size [0, 10, 5]``, 4 encoder and 1
decoder chunks of look-back, for any cutting of the sound and any tail, but

- positions are computed for the new frames only (FunASR: from the start of the stream, each time);
- firing is decided on numbers fetched once for each chunk (FunASR: a device read for each frame);
- keys and values stay where they are (``LookBack``; FunASR: four copies for each layer);
- a memory block is a product and a sum (``MemoryBlock``), the layers are plain objects;
- nothing is emptied, reseeded or rebuilt between chunks.

Shapes: a window is ``(1, frames, width)`` with 15 frames in the steady state, 60 ms each: 5 that
were heard before, 10 new ones; the last 5 of them wait for their right context.

Over 250 lines because the way of one chunk through encoder, firing and decoder is read in one piece.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch

from recognizer.worker.engine import EngineError
from recognizer.worker.frames import (
    CHUNK_FRAMES,
    DECODER_LOOK_BACK_CHUNKS,
    ENCODER_LOOK_BACK_CHUNKS,
    LOOK_AHEAD_FRAMES,
)
from recognizer.worker.look_back import LookBack
from recognizer.worker.model_problems import not_finite
from recognizer.worker.paraformer_layers import DecoderLayer, EncoderLayer, Head, Norm

Numbers = np.ndarray[Any, np.dtype[np.float32]]
Listen = Callable[[torch.Tensor, LookBack], tuple[torch.Tensor, torch.Tensor]]
"""What ``ParaformerRunner.listen`` does."""


@dataclass(frozen=True, slots=True)
class FiredToken:
    """A token and the encoder frame (60 ms, counted from the start of the utterance) it fired in."""

    token_id: int
    frame: int


@dataclass(slots=True)
class StreamState:
    """What one utterance carries from chunk to chunk; bounded whatever its length."""

    heard_frames: int
    recent: torch.Tensor
    encoder: LookBack
    decoder: LookBack
    memories: list[torch.Tensor | None]
    carried_alpha: np.float32
    carried_hidden: torch.Tensor
    frontend: dict[str, Any] = field(default_factory=dict)

    def copy(self) -> StreamState:
        """A state that can be gone back to, as long as the chunk under way has not succeeded.

        What is shared is either never written to or committed at the very end.
        """
        return replace(self, memories=list(self.memories))


class ParaformerRunner:
    """One network, any number of utterances, one thread."""

    def __init__(self, network: Any, frontend: Any, device: str) -> None:
        encoder, decoder = network.encoder, network.decoder
        self._encoder = [EncoderLayer(layer) for layer in (*encoder.encoders0, *encoder.encoders)]
        self._after_encoder = Norm(encoder.after_norm)
        self._decoder = [DecoderLayer(layer) for layer in decoder.decoders]
        self._head = Head(decoder)
        self._predictor = network.predictor
        self._frontend = frontend
        self._silent_ids = {int(network.blank_id), int(network.sos), int(network.eos)}
        self._device = device
        self.dtype: torch.dtype = encoder.after_norm.weight.dtype
        self._width = int(encoder.output_size())
        self._scale = math.sqrt(self._width)
        self._timescales = _timescales(frontend.output_size())
        self._listen: Listen = self.listen

    def parts(self) -> list[object]:
        """Owners of ``Linear`` layers, for whoever wants to replace them."""
        return [*self._encoder, *self._decoder, *self._head.parts()]

    def listen_by(self, listen: Listen) -> None:
        """Let ``listen`` do what the method ``listen`` does, in another way."""
        self._listen = listen

    def new_state(self, encoder: LookBack | None = None) -> StreamState:
        """State of an utterance that has not begun; ``encoder``: its look-back, if it is one of several."""
        features = self._frontend.output_size()
        state = StreamState(
            heard_frames=0,
            recent=torch.zeros(1, LOOK_AHEAD_FRAMES, features, device=self._device),
            encoder=encoder or self.encoder_look_back(),
            decoder=self._decoder_look_back(),
            memories=[None] * len(self._decoder),
            carried_alpha=np.float32(0.0),
            carried_hidden=torch.zeros(1, self._width, device=self._device),
        )
        self._frontend.init_cache(state.frontend)
        return state

    def encoder_look_back(self, utterances: int = 1) -> LookBack:
        """The encoder looks back from the end of what is settled."""
        layers, like = self._encoder, torch.zeros(self._width, dtype=self.dtype, device=self._device)
        chunks = ENCODER_LOOK_BACK_CHUNKS
        return LookBack(like, len(layers), layers[0].heads, chunks=chunks, kept_from=0, utterances=utterances)

    def _decoder_look_back(self) -> LookBack:
        """The decoder looks back from the window's end."""
        layers, like = self._decoder, torch.zeros(self._width, dtype=self.dtype, device=self._device)
        chunks = DECODER_LOOK_BACK_CHUNKS
        return LookBack(like, len(layers), layers[0].heads, chunks=chunks, kept_from=LOOK_AHEAD_FRAMES)

    def features(self, samples: torch.Tensor, frontend: dict[str, Any], *, is_last: bool) -> torch.Tensor:
        """Features of new sound (float32 in −1 … 1), on the host. Advances ``frontend``, a state's or new.

        The only method that may run on another thread.
        """
        lengths = torch.tensor([samples.shape[0]])
        features, _ = self._frontend(samples[None], lengths, cache=frontend, is_final=is_last)
        return features

    def chunk(self, features: torch.Tensor, state: StreamState, *, is_last: bool) -> list[FiredToken]:
        """Recognise one chunk of ``features`` ``(1, frames, features)``; the tokens it fired."""
        window, first_frame = self._window(features, state)
        return self._recognise(window, first_frame, state, is_last)

    def chunks(
        self, features: Sequence[torch.Tensor], states: Sequence[StreamState], look_back: LookBack
    ) -> list[list[FiredToken]]:
        """One chunk, not the last, of each of several utterances; ``look_back`` is the encoder's of them all.

        What is heard in each is what ``chunk`` hears; the encoder, most of the work, computes them together.
        """
        windows = [self._window(each, state) for each, state in zip(features, states, strict=True)]
        memory, alphas = self.listen(torch.cat([window for window, _ in windows]).to(self.dtype), look_back)
        all_alphas = alphas.reshape(len(windows), -1).cpu().numpy()
        fired = [
            self._read(memory[row : row + 1], all_alphas[row], windows[row][1], state, False)
            for row, state in enumerate(states)
        ]
        look_back.commit()
        return fired

    def _window(self, features: torch.Tensor, state: StreamState) -> tuple[torch.Tensor, int]:
        """What is heard next, and its first frame in the utterance."""
        frames = features.shape[1]
        first_frame = state.heard_frames - state.recent.shape[1]
        positions = self._positions(state.heard_frames, frames)
        placed = (features * self._scale + positions).to(self._device)
        state.heard_frames += frames
        window = torch.cat((state.recent, placed), dim=1)
        state.recent = window[:, -LOOK_AHEAD_FRAMES:]
        return window, first_frame

    def tail(self, state: StreamState) -> list[FiredToken]:
        """Recognise the look-ahead that waits, when hardly any sound follows it."""
        first_frame = state.heard_frames - state.recent.shape[1]
        return self._recognise(state.recent * self._scale, first_frame, state, True)

    def _recognise(
        self, window: torch.Tensor, first_frame: int, state: StreamState, is_last: bool
    ) -> list[FiredToken]:
        memory, alphas = self._listen(window.to(self.dtype), state.encoder)
        fired = self._read(memory, alphas.cpu().numpy(), first_frame, state, is_last)
        if not is_last:
            state.encoder.commit()
        return fired

    def _read(
        self, memory: torch.Tensor, alphas: Numbers, first_frame: int, state: StreamState, is_last: bool
    ) -> list[FiredToken]:
        """The tokens that fire in one utterance's window."""
        embeds, fired_at = self._fire(memory, alphas, state, is_last)
        token_ids: list[int] = []
        if fired_at:
            logits = self._decode(embeds.to(self.dtype), memory, state)
            token_ids = logits[0].argmax(dim=-1).tolist()
        if fired_at and not is_last:
            state.decoder.commit()
        return [
            FiredToken(token_id, max(0, first_frame + frame))
            for token_id, frame in zip(token_ids, fired_at, strict=True)
            if token_id not in self._silent_ids
        ]

    def _positions(self, start: int, frames: int) -> torch.Tensor:
        """Sinusoids of frames ``start + 1`` …, as FunASR has them, but only these."""
        times = torch.arange(start + 1, start + frames + 1, dtype=torch.float32)
        angles = times[None, :, None] * self._timescales
        return torch.cat((torch.sin(angles), torch.cos(angles)), dim=2)

    def listen(self, window: torch.Tensor, look_back: LookBack) -> tuple[torch.Tensor, torch.Tensor]:
        """A window's encoding, ``(1, frames, width)``, and how far each frame fires, float32 ``(frames,)``;
        of several windows, ``(windows, frames, width)``, those of one after those of the other.

        Everything stays on the device, and nothing is decided by numbers: this can be a CUDA graph.
        """
        x = window
        for index, layer in enumerate(self._encoder):
            x = layer(x, look_back, index)
        memory = self._after_encoder(x)
        return memory, self._alphas(memory.float())

    def _fire(
        self, memory: torch.Tensor, alphas: Numbers, state: StreamState, is_last: bool
    ) -> tuple[torch.Tensor, list[int]]:
        """Acoustic embeddings ``(1, tokens, width)`` and the window frame in which each fired."""
        hidden = memory.float()
        if not np.isfinite(alphas).all():
            raise EngineError(not_finite("predictor"))
        if not is_last:
            alphas[CHUNK_FRAMES:] = 0.0
        alphas = np.concatenate(([state.carried_alpha], alphas))
        parts = [state.carried_hidden, hidden[0]]
        if is_last:
            alphas = np.append(alphas, np.float32(self._predictor.tail_threshold))
            parts.append(torch.zeros_like(state.carried_hidden))
        shares, fired_at, rest = integrate_and_fire(alphas, np.float32(self._predictor.threshold))
        summed = torch.from_numpy(shares).to(self._device) @ torch.cat(parts)
        state.carried_alpha = rest
        state.carried_hidden = summed[-1:] / float(rest) if rest > 0.0 else summed[-1:]
        return summed[None, :-1], [frame - 1 for frame in fired_at]

    def _alphas(self, hidden: torch.Tensor) -> torch.Tensor:
        predictor = self._predictor
        context = torch.relu(predictor.cif_conv1d(predictor.pad(hidden.transpose(1, 2))))
        alphas = torch.sigmoid(predictor.cif_output(context.transpose(1, 2)))
        alphas = torch.relu(alphas * predictor.smooth_factor - predictor.noise_threshold)
        return alphas.flatten()

    def _decode(self, x: torch.Tensor, encoded: torch.Tensor, state: StreamState) -> torch.Tensor:
        for index, layer in enumerate(self._decoder):
            x, state.memories[index] = layer(x, encoded, state.decoder, index, state.memories[index])
        return self._head(x)


def integrate_and_fire(alphas: Numbers, threshold: np.float32) -> tuple[Numbers, list[int], np.float32]:
    """Which share of each frame goes into which token.

    ``alphas`` is ``(frames,)``; the first result is ``(tokens + 1, frames)``, its last row what is
    left over for the next chunk; then the frame in which each token fired, and the sum left over.
    Arithmetic is float32 in FunASR's order, because one bit decides whether a token is there.
    """
    rows = [np.zeros(len(alphas), np.float32)]
    fired_at: list[int] = []
    integrated = np.float32(0.0)
    for frame, alpha in enumerate(alphas):
        if alpha + integrated < threshold:
            integrated += alpha
            rows[-1][frame] = alpha
        else:
            rows[-1][frame] = threshold - integrated
            fired_at.append(frame)
            integrated = np.float32(integrated + alpha) - threshold
            rows.append(np.zeros(len(alphas), np.float32))
            rows[-1][frame] = integrated
    return np.stack(rows), fired_at, integrated


def _timescales(depth: int) -> torch.Tensor:
    increment = torch.log(torch.tensor([10000], dtype=torch.float32)) / (depth / 2 - 1)
    return torch.exp(torch.arange(depth / 2, dtype=torch.float32) * -increment)[None, None]
