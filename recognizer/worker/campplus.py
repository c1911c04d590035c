"""CAM++: a direction for each voice, from FunASR's network with its own features.

The features are those of ``funasr.models.campplus.utils.extract_feature``: 80 filter banks of samples between
−1 and 1, without their mean over the utterance.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, Final

import numpy as np
import torch

from recognizer.worker.heard_pieces import Samples
from recognizer.worker.lean_funasr import import_parts
from recognizer.worker.second_pass_dir import WholeModelDir
from recognizer.worker.second_pass_network import Place, build, fill

_PARTS: Final = ("funasr.models.campplus.model",)
_BANKS: Final = 80


def load_campplus(model_dir: WholeModelDir, device: str) -> Generator[None, None, Campplus]:
    """Load in steps, in fp32 (28 MB). Raises ``EngineError`` or ``ImportError``."""
    tables = import_parts(_PARTS)
    yield
    network = build(tables, model_dir, feat_dim=_BANKS, output_level="segment", memory_efficient=False)
    fill(network, model_dir, Place(device, "fp32"))
    return Campplus(network, device)


class Campplus:
    """See ``load_campplus``."""

    def __init__(self, network: Any, device: str) -> None:
        self._network = network
        self._device = device

    def embed(self, samples: Samples) -> np.ndarray[Any, np.dtype[np.float32]]:
        """Float32 ``(width,)`` for at least 1000 samples of 16 kHz between −1 and 1."""
        from funasr.utils.fbank import fbank

        assert samples.size >= 1000, samples.size
        with torch.inference_mode():
            banks = fbank(torch.from_numpy(samples)[None], num_mel_bins=_BANKS)
            banks = banks - banks.mean(dim=0, keepdim=True)
            voice = self._network(banks[None].to(self._device))[0]
        embedding: np.ndarray[Any, np.dtype[np.float32]] = voice.float().cpu().numpy()
        return embedding
