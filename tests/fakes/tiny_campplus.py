"""Makes CAM++ directories with random weights, as the hubs have them, and voices that they can tell apart."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml

from recognizer.worker.lean_funasr import import_parts

WEIGHTS = "campplus_cn_common.bin"


def make_campplus(folder: Path, *, seed: int = 0) -> Path:
    """All 52 layers of the released one, each much narrower."""
    conf: dict[str, Any] = {
        "feat_dim": 80,
        "embedding_size": 24,
        "growth_rate": 4,
        "bn_size": 2,
        "init_channels": 16,
        "config_str": "batchnorm-relu",
        "memory_efficient": True,
        "output_level": "segment",
    }
    config = {
        "model": "CAMPPlus",
        "model_conf": conf,
        "frontend": "WavFrontend",
        "frontend_conf": {"fs": 16000},
    }
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    metas = {"init_param": WEIGHTS, "config": "config.yaml"}
    (folder / "configuration.json").write_text(json.dumps({"file_path_metas": metas}), encoding="utf-8")
    tables = import_parts(("funasr.models.campplus.model",))
    torch.manual_seed(seed)
    model = tables.model_classes["CAMPPlus"](**conf).eval()
    _centre(model)
    torch.save(model.state_dict(), folder / WEIGHTS)
    return folder


def spoken(person: int, seconds: float = 2.0, take: int = 0) -> bytes:
    """Noise in syllables; each person has a band of their own, s16le 16 kHz."""
    count = round(16_000 * seconds)
    white = np.fft.rfft(np.random.default_rng((person, take)).standard_normal(count))
    hertz = np.fft.rfftfreq(count, 1 / 16_000)
    band = 1.0 / (1.0 + ((hertz - 500.0 - 1_700.0 * person) / 300.0) ** 4)
    noise = np.fft.irfft(white * band, count)
    swell = np.abs(np.sin(np.arange(count) / 1_600.0)) + 0.2
    return (noise * swell / np.abs(noise).max() * 20_000).clip(-32768, 32767).astype("<i2").tobytes()


def _centre(model: Any) -> None:
    """The last normalisation takes away what all voices have in common, as after training."""
    from funasr.models.campplus.utils import extract_feature  # type: ignore[import-untyped]

    with torch.no_grad():
        heard = []
        for person in range(4):
            pcm = np.frombuffer(spoken(person, take=99), "<i2").astype(np.float32) / np.float32(32768.0)
            heard.append(model(extract_feature([torch.from_numpy(pcm)])[0])[0])
        voices = torch.stack(heard)
        last = model.xvector.dense.nonlinear.batchnorm
        last.running_mean += voices.mean(dim=0) * (last.running_var + last.eps).sqrt()
        last.running_var *= voices.var(dim=0) + 1e-6
