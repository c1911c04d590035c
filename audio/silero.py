"""The Silero VAD network on onnxruntime alone: 32 ms of sound in, a probability of speech out."""

from __future__ import annotations

import importlib.util
import logging
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

logger = logging.getLogger(__name__)

WINDOW_SAMPLES: Final = 512
CONTEXT_SAMPLES: Final = 64
FILE_NAMES: Final = ("silero_vad_16k_op15.onnx", "silero_vad.onnx")


class SileroMissing(Exception):
    """onnxruntime or the network's file is not there, or they do not fit each other."""


class SileroModel:
    """The loaded network; shared by any number of ``SileroStream`` in one thread.

    Loading takes about 0.2 s (onnxruntime) and 20 ms (the file). Raises ``SileroMissing``.
    """

    def __init__(self) -> None:
        path = _model_path()
        try:
            import onnxruntime

            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            options.log_severity_level = 3
            self._session: Any = onnxruntime.InferenceSession(
                str(path), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # a missing or broken native library raises whatever it likes
            logger.warning("silero: %s", error)
            raise SileroMissing(str(error)) from error

    def run(
        self, window: npt.NDArray[np.float32], state: npt.NDArray[np.float32]
    ) -> tuple[float, npt.NDArray[np.float32]]:
        """``window`` is ``(1, 576)`` with its context, ``state`` ``(2, 1, 128)``; gives the next state."""
        feeds = {"input": window, "state": state, "sr": _RATE}
        probability, next_state = self._session.run(None, feeds)
        return float(probability[0, 0]), next_state

    def run_many(
        self, windows: npt.NDArray[np.float32], states: npt.NDArray[np.float32]
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Several streams at once at half the price: ``(n, 576)``, ``(2, n, 128)``; gives ``(n,)`` too."""
        probabilities, next_states = self._session.run(None, {"input": windows, "state": states, "sr": _RATE})
        return probabilities[:, 0], next_states


_RATE: Final = np.array(16_000, np.int64)


class SileroStream:
    """One stream of sound: keeps the network's memory between windows."""

    def __init__(self, model: SileroModel) -> None:
        self._model = model
        self.reset()

    def reset(self) -> None:
        """Forget what was heard."""
        self._state = np.zeros((2, 1, 128), np.float32)
        self._context = np.zeros(CONTEXT_SAMPLES, np.float32)
        self._waiting = np.zeros(0, np.float32)
        self.probability = 0.0

    def feed(self, samples: npt.NDArray[np.float32]) -> float:
        """Take samples in −1 … 1, shape ``(n,)``; the latest probability of speech, 0 … 1."""
        self._waiting = np.concatenate([self._waiting, samples])
        while self._waiting.size >= WINDOW_SAMPLES:
            window, self._waiting = self._waiting[:WINDOW_SAMPLES], self._waiting[WINDOW_SAMPLES:]
            with_context = np.concatenate([self._context, window])[np.newaxis, :]
            self.probability, self._state = self._model.run(with_context, self._state)
            self._context = window[-CONTEXT_SAMPLES:]
        return self.probability


def _model_path() -> Path:
    """The file inside the silero_vad wheel, found without importing it (that would import torch)."""
    spec = importlib.util.find_spec("silero_vad")
    folders = list(spec.submodule_search_locations or ()) if spec is not None else []
    for folder in folders:
        for name in FILE_NAMES:
            path = Path(folder, "data", name)
            if path.is_file():
                return path
    raise SileroMissing("silero_vad's network is not installed")
