"""FunASR's streaming Paraformer as an engine: text while speaking, 300–900 ms behind the voice.

Correctness is measured against ``AutoModel.generate`` (tests/recognizer/worker/test_parity.py):
the same tokens for any cutting of the sound. A token never changes once it is said, so all text is
committed, save the head of an English word whose rest has not come.
"""

from __future__ import annotations

import gc
from typing import Any, Final

import numpy as np
import torch

from recognizer.events import ModelSpec
from recognizer.messages import MemoryHeld
from recognizer.worker.device import OUT_OF_MEMORY, choose_device
from recognizer.worker.engine import EngineError, Outcome, Running, TellStage, Text
from recognizer.worker.frames import CHUNK_SAMPLES, FRAME_MS, MIN_TAIL_SAMPLES
from recognizer.worker.graphed_step import CudaCapture, use_graphs
from recognizer.worker.host_memory import rss_bytes
from recognizer.worker.model_dir import open_model_dir
from recognizer.worker.packed_linear import Packer
from recognizer.worker.paraformer_model import Blueprint, choose_precision, fill, open_blueprint, use_threads
from recognizer.worker.paraformer_runner import FiredToken, ParaformerRunner, StreamState
from recognizer.worker.pieces import GrowingText, Piece
from recognizer.worker.second_pass_problems import is_device_full
from recognizer.worker.streams_together import MOST_ON_A_CARD, MOST_ON_A_CPU, StreamsTogether

_CHUNK_BYTES: Final = CHUNK_SAMPLES * 2


def wants_graphs(device: str, model: ModelSpec) -> bool:
    """Whether to try CUDA graphs: on a card, unless the option ``cuda_graphs`` is ``off``."""
    return torch.device(device).type == "cuda" and dict(model.options).get("cuda_graphs") != "off"


class StreamingParaformerEngine:
    """``ModelSpec.path`` is a model directory; see ``choose_device`` and ``choose_precision``."""

    step_bytes = _CHUNK_BYTES

    def __init__(self) -> None:
        self._blueprint: Blueprint | None = None
        self._runner: ParaformerRunner | None = None
        self._tokens: list[str] = []
        self._device = "cpu"
        self._packer: Packer | None = None
        self._most_together = 1

    def prepare(self, model: ModelSpec, tell_stage: TellStage) -> None:
        """Check the directory, import, map the weights. Raises ``EngineError``."""
        model_dir = open_model_dir(model.path)
        tell_stage("imports")
        use_threads()
        self._blueprint = open_blueprint(model_dir)
        self._tokens = model_dir.tokens

    def load(self, model: ModelSpec, tell_stage: TellStage) -> Running:
        """Put the weights on the device and warm it up. Raises ``EngineError``."""
        if self._blueprint is None:
            self.prepare(model, tell_stage)
        assert self._blueprint is not None
        tell_stage("weights")
        self._device, notice = choose_device(model.device)
        precision = choose_precision(model.precision, self._device, self._blueprint.parameters)
        try:
            self._limit_memory(model.memory_fraction)
            network = fill(self._blueprint, self._device, precision)
            is_cuda = self._device.startswith("cuda")
            self._most_together = 1 if precision == "int8" else MOST_ON_A_CARD if is_cuda else MOST_ON_A_CPU
            self._runner = ParaformerRunner(network, self._blueprint.frontend, self._device)
            if self._device == "cpu":
                self._packer = Packer(self._runner.parts())
            self._blueprint = None
            tell_stage("warm-up")
            if wants_graphs(self._device, model) and not use_graphs(self._runner, self._capture):
                self.clean()
            self._warm_up()
        except RuntimeError as error:
            if not is_device_full(error):
                raise
            raise EngineError(OUT_OF_MEMORY) from error
        return Running(self._device, notice)

    def open(self) -> ParaformerStream:
        """Begin an utterance."""
        assert self._runner is not None
        return ParaformerStream(self._runner, self._tokens, self.clean)

    def memory(self) -> MemoryHeld:
        """Torch's allocator on the card, this process on the host."""
        if not self._device.startswith("cuda"):
            return MemoryHeld(0, 0, 0, rss_bytes())
        return MemoryHeld(
            torch.cuda.memory_allocated(self._device),
            torch.cuda.memory_reserved(self._device),
            torch.cuda.max_memory_reserved(self._device),
            rss_bytes(),
        )

    def clean(self) -> None:
        """Give cached device memory back and start the peak anew."""
        gc.collect()
        if self._device.startswith("cuda"):
            torch.cuda.synchronize(self._device)
            torch.cuda.empty_cache()
            torch.cuda.reset_peak_memory_stats(self._device)
        elif self._device == "mps":
            torch.mps.empty_cache()

    def for_files(self) -> StreamsTogether:
        """The same model for several ended utterances at once."""
        assert self._runner is not None
        return StreamsTogether(self._runner, self._tokens, self._most_together)

    def rest(self) -> bool:
        """Rearrange one layer's weights (on a CPU, after loading)."""
        return self._packer is not None and self._packer.pack_next()

    def _capture(self) -> CudaCapture:
        return CudaCapture(self._device)

    def _limit_memory(self, fraction: float | None) -> None:
        if fraction is not None and self._device.startswith("cuda"):
            torch.cuda.set_per_process_memory_fraction(fraction, self._device)

    def _warm_up(self) -> None:
        """On a card kernels are fetched and caches grow on first use; a CPU has nothing to warm."""
        if self._device == "cpu":
            return
        stream = self.open()
        stream.feed(bytes(2 * _CHUNK_BYTES))
        stream.end()


class ParaformerStream:
    """One utterance: cuts its sound into chunks of 600 ms and keeps the tokens of all of them."""

    def __init__(self, runner: ParaformerRunner, tokens: list[str], clean: Any) -> None:
        self._runner = runner
        self._tokens = tokens
        self._clean = clean
        self._state = runner.new_state()
        self._waiting = bytearray()
        self._heard_bytes = 0
        self._text = GrowingText()

    def feed(self, pcm: bytes) -> Text | None:
        """Recognise every chunk that is complete now."""
        self._waiting += pcm
        self._heard_bytes += len(pcm)
        if len(self._waiting) < _CHUNK_BYTES:
            return None
        while len(self._waiting) >= _CHUNK_BYTES:
            chunk = bytes(self._waiting[:_CHUNK_BYTES])
            del self._waiting[:_CHUNK_BYTES]
            self._take(self._recognise(chunk, is_last=False))
        return Text(self._text.committed, self._text.head)

    def end(self) -> Outcome:
        """Recognise the rest and what waited for its right context."""
        self._take(self._recognise(bytes(self._waiting), is_last=True))
        self._text.finish()
        return Outcome(self._text.committed, tuple(self._text.words))

    def close(self) -> None:
        """Nothing to give back: the state goes with the stream."""

    def _take(self, fired: list[FiredToken]) -> None:
        heard_ms = self._heard_bytes // 32
        for token in fired:
            end_ms = min(heard_ms, (token.frame + 1) * FRAME_MS)
            self._text.add(Piece(self._tokens[token.token_id], end_ms))

    def _recognise(self, pcm: bytes, *, is_last: bool) -> list[FiredToken]:
        """Out of memory: the cache is emptied and the chunk tried once more. Raises ``EngineError``."""
        features = None
        if not is_last or len(pcm) // 2 >= MIN_TAIL_SAMPLES:
            samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32) / np.float32(32768.0)
            features = self._runner.features(torch.from_numpy(samples), self._state.frontend, is_last=is_last)
        before = self._state.copy()
        try:
            return self._run(features, self._state, is_last)
        except RuntimeError as error:
            if not is_device_full(error):
                raise
        self._clean()
        try:
            self._state = before
            return self._run(features, self._state, is_last)
        except RuntimeError as error:
            if not is_device_full(error):
                raise
            raise EngineError(OUT_OF_MEMORY, retry=True) from error

    def _run(self, features: torch.Tensor | None, state: StreamState, is_last: bool) -> list[FiredToken]:
        with torch.inference_mode():
            if features is None:
                return self._runner.tail(state)
            return self._runner.chunk(features, state, is_last=is_last)
