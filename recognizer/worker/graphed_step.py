"""One chunk's encoder and firing weights as a CUDA graph: fifty layers for the price of one launch.

A graph repeats what was launched while it was captured, on the same addresses. So it works on buffers
of its own: a window, a look-back, and what comes out. Nothing in them belongs to an utterance: what it
looks back at is copied in before each replay and the window's keys and values are copied out after it
(7 MB on the card for the released model), so any number of utterances may take turns, and one whose
replay failed is as it was before. There is a graph for each number of chunks to look back at, because
shapes are part of a graph. Windows of another length, the end of an utterance among them, and the
decoder, whose length is the number of tokens, run as without graphs.

Graphs are used only after they proved on this card, at load, to say what the plain runner says.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import torch

from recognizer.worker.frames import CHUNK_SAMPLES, WINDOW_FRAMES
from recognizer.worker.look_back import LookBack
from recognizer.worker.paraformer_runner import FiredToken, Listen, ParaformerRunner

_WARM_UP_ROUNDS: Final = 2
_CHECKED_CHUNKS: Final = 7
"""Every number of chunks to look back at, and the ring twice around its seam."""
_CHECKED_UTTERANCES: Final = 2
_TOLERANCES: Final = {torch.float32: 1e-4, torch.bfloat16: 3e-2}
"""Largest difference as a share of the largest number; the tokens must be equal in each precision."""

_log = logging.getLogger(__name__)

Replay = Callable[[], None]


class Capture(Protocol):
    """Makes something that repeats the work of a function without asking Python again."""

    def capture(self, work: Callable[[], None], buffers: Sequence[torch.Tensor]) -> Replay:
        """``work`` reads and writes ``buffers`` and weights only; they live as long as what comes back."""


class CudaCapture:
    """``torch.cuda.CUDAGraph`` on a side stream; its graphs share a pool that is nobody else's.

    They may share it in any order of replay, because nothing allocated in a capture outlives it.
    """

    def __init__(self, device: str) -> None:
        self._device = device
        self._pool = torch.cuda.graph_pool_handle()
        self._stream = torch.cuda.Stream(device)

    def capture(self, work: Callable[[], None], buffers: Sequence[torch.Tensor]) -> Replay:
        """Kernels are chosen and workspaces allocated in the rounds before: a capture may do neither."""
        stream, current = self._stream, torch.cuda.current_stream(self._device)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.stream(current):  # a capture that fails forgets to leave its own stream
            stream.wait_stream(current)
            with torch.cuda.stream(stream):
                for _ in range(_WARM_UP_ROUNDS):
                    work()
            current.wait_stream(stream)
            with torch.cuda.graph(graph, pool=self._pool, stream=stream, capture_error_mode="thread_local"):
                work()
        kept = (work, tuple(buffers))

        def replay(held: object = kept) -> None:
            graph.replay()

        return replay


class GraphedStep:
    """A ``Listen`` that replays graphs of another one, and goes back to it for good when one fails."""

    def __init__(self, runner: ParaformerRunner) -> None:
        like = runner.new_state()
        self._plain = runner.listen
        self._look_back = like.encoder
        kind = self._look_back.buffer
        self._window = kind.new_zeros(1, WINDOW_FRAMES, like.recent.shape[2])
        self._memory = kind.new_zeros(1, WINDOW_FRAMES, like.carried_hidden.shape[1])
        self._alphas = torch.zeros(WINDOW_FRAMES, device=kind.device)
        self._replays: list[Replay] = []

    @property
    def is_on(self) -> bool:
        """Whether graphs are replayed."""
        return bool(self._replays)

    def capture(self, capture: Capture) -> None:
        """Capture all graphs. Raises whatever ``capture`` raises; none is kept then."""
        buffers = (self._window, self._memory, self._alphas, self._look_back.buffer)
        counts = range(self._look_back.chunks + 1)
        self._replays = [capture.capture(self._work(chunks), buffers) for chunks in counts]

    def __call__(self, window: torch.Tensor, look_back: LookBack) -> tuple[torch.Tensor, torch.Tensor]:
        """See ``ParaformerRunner.listen``; what comes back holds until the next call."""
        if not self._replays or window.shape != self._window.shape:
            return self._plain(window, look_back)
        try:
            return self._replayed(window, look_back)
        except Exception as error:  # noqa: BLE001 (a driver may raise anything; the chunk is not lost)
            _log.warning("CUDA graphs are off: a replay failed (%s)", type(error).__name__)
            self._replays = []  # their pool goes back to the allocator
        return self._plain(window, look_back)

    def _replayed(self, window: torch.Tensor, look_back: LookBack) -> tuple[torch.Tensor, torch.Tensor]:
        self._window.copy_(window)
        self._look_back.take_ring(look_back)
        self._replays[look_back.held_chunks]()
        look_back.take_window(self._look_back)
        return self._memory, self._alphas

    def _work(self, chunks: int) -> Callable[[], None]:
        def work() -> None:
            self._look_back.pretend(chunks)
            memory, alphas = self._plain(self._window, self._look_back)
            self._memory.copy_(memory)
            self._alphas.copy_(alphas)

        return work


def use_graphs(runner: ParaformerRunner, capture: Callable[[], Capture]) -> bool:
    """Let ``runner`` replay graphs, if they can be had here and are right; whether it does.

    Never raises: without graphs everything works, only slower, and the log tells why.
    """
    reason = _tried(runner, capture)
    if reason is not None:
        runner.listen_by(runner.listen)
        _log.warning("CUDA graphs are off: %s", reason)
        return False
    _log.info("CUDA graphs are on and checked")
    return True


def _tried(runner: ParaformerRunner, capture: Callable[[], Capture]) -> str | None:
    """Why ``runner`` must not use graphs, else it does. What was captured in vain goes with this frame."""
    try:
        with torch.inference_mode():
            step = GraphedStep(runner)
            step.capture(capture())
            reason = difference(runner, step)
    except Exception as error:  # noqa: BLE001 (no memory, an old driver, an operation not to be captured)
        return f"{type(error).__name__} while capturing or checking"
    if reason is None and not step.is_on:
        return "a replay failed in the check"
    if reason is None:
        runner.listen_by(step)
    return reason


def difference(runner: ParaformerRunner, step: Listen) -> str | None:
    """What ``step`` says differently from the plain runner on made-up sound; ``None`` if nothing.

    Two utterances take turns, so that one which sees the other's past is found out.
    """
    plain_tokens, plain_numbers = _heard(runner, runner.listen)
    tokens, numbers = _heard(runner, step)
    tolerance = _TOLERANCES.get(runner.dtype, min(_TOLERANCES.values()))
    for expected, found in zip(plain_numbers, numbers, strict=True):
        allowed = tolerance * max(1.0, float(expected.abs().max()))
        if not float((expected - found).abs().max()) <= allowed:  # also where it is not a number
            return "other numbers than without"
    return None if tokens == plain_tokens else "other tokens than without"


def _heard(runner: ParaformerRunner, listen: Listen) -> tuple[list[list[FiredToken]], list[torch.Tensor]]:
    """Tokens chunk by chunk, and copies of what ``listen`` gave."""
    numbers: list[torch.Tensor] = []

    def noting(window: torch.Tensor, look_back: LookBack) -> tuple[torch.Tensor, torch.Tensor]:
        memory, alphas = listen(window, look_back)
        numbers.extend((memory.float().clone(), alphas.clone()))
        return memory, alphas

    runner.listen_by(noting)
    states = [runner.new_state() for _ in range(_CHECKED_UTTERANCES)]
    tokens = []
    for chunk in range(_CHECKED_CHUNKS):
        for utterance, state in enumerate(states):
            features = runner.features(_sound(utterance, chunk), state.frontend, is_last=False)
            tokens.append(runner.chunk(features, state, is_last=False))
    tokens += [runner.tail(state) for state in states]
    return tokens, numbers


def _sound(utterance: int, chunk: int) -> torch.Tensor:
    """A swelling tone with noise, the same on every machine."""
    random = torch.Generator().manual_seed(1000 * utterance + chunk)
    times = torch.arange(chunk * CHUNK_SAMPLES, (chunk + 1) * CHUNK_SAMPLES) / 16_000
    tone = torch.sin(2 * torch.pi * (180 + 90 * utterance + 40 * times) * times)
    noise = torch.randn(CHUNK_SAMPLES, generator=random)
    return (0.3 * tone + 0.1 * noise) * torch.sin(5.0 * times).abs()
