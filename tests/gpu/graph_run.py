"""Chunks of 600 ms on a card: with CUDA graphs, without, and through FunASR's ``AutoModel``, taking turns.

Used by ``tests/gpu/test_graphs.py`` (which judges what is said) and ``tests/benchmarks/bench_streaming.py``
(which reports the times). On ``cpu`` the same runs without graphs, so that it can be tried anywhere.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

from recognizer.events import ModelSpec
from recognizer.worker.graphed_step import GraphedStep
from recognizer.worker.lean_funasr import import_streaming_parts
from recognizer.worker.streaming_paraformer import StreamingParaformerEngine

CHUNK_SAMPLES = 9_600
CHUNK_S = 0.6
WARM_CHUNKS = 6
TARGETS = {"chunk_p95_ms": 8.0, "real_time_factor": 0.015}

Recognise = Callable[[bytes], str]


def loaded(folder: Path, device: str, precision: str, graphs: str) -> StreamingParaformerEngine:
    """An engine with the option ``cuda_graphs`` at ``graphs``."""
    options = (("cuda_graphs", graphs),)
    engine = StreamingParaformerEngine()
    engine.load(
        ModelSpec("paraformer-streaming", "m", str(folder), device, precision, options=options),
        lambda stage: None,
    )
    return engine


def replays_graphs(engine: StreamingParaformerEngine) -> bool:
    """Whether graphs are in use, after the check at load and all replays so far."""
    listen = engine._runner._listen if engine._runner is not None else None
    return isinstance(listen, GraphedStep) and listen.is_on


def ours(engine: StreamingParaformerEngine) -> Recognise:
    """Text of the utterance so far, after one more chunk."""
    stream = engine.open()

    def recognise(pcm: bytes) -> str:
        text = stream.feed(pcm)
        return text.committed + text.tentative if text is not None else ""

    return recognise


def theirs(folder: Path, device: str) -> Recognise:
    """The same of ``AutoModel``, in its precision: fp32."""
    import_streaming_parts()
    from funasr.auto.auto_model import AutoModel

    model = AutoModel(model=str(folder), device=device, disable_update=True, disable_pbar=True, ncpu=1)
    options = {"chunk_size": [0, 10, 5], "encoder_chunk_look_back": 4, "decoder_chunk_look_back": 1}
    cache: dict[str, Any] = {}
    said: list[str] = []

    def recognise(pcm: bytes) -> str:
        samples = np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32768.0)
        said.append(model.generate(input=samples, cache=cache, is_final=False, **options)[0]["text"])
        return "".join(said)

    return recognise


def chunks(count: int) -> list[bytes]:
    """Noise that swells and fades."""
    samples = np.random.default_rng(1).standard_normal(count * CHUNK_SAMPLES)
    samples *= 8000.0 * np.abs(np.sin(np.arange(samples.size) / 5000.0))
    pcm = samples.clip(-32768, 32767).astype("<i2").tobytes()
    return [pcm[start : start + 2 * CHUNK_SAMPLES] for start in range(0, len(pcm), 2 * CHUNK_SAMPLES)]


def compare(folder: Path, device: str, precision: str, count: int) -> dict[str, Any]:
    """Wall time by contender after warming up; whether graphs were in use; whether all said the same."""
    engine = loaded(folder, device, precision, "auto")
    contenders = {
        "graphs": ours(engine),
        "plain": ours(loaded(folder, device, precision, "off")),
        "automodel": theirs(folder, device),
    }
    taken_ms: dict[str, list[float]] = {name: [] for name in contenders}
    said: dict[str, str] = {}
    for pcm in chunks(WARM_CHUNKS + count):
        for name, recognise in contenders.items():
            started_s = _now_s(device)
            said[name] = recognise(pcm)
            taken_ms[name].append((_now_s(device) - started_s) * 1000.0)
    figures: dict[str, Any] = {"graphs_in_use": replays_graphs(engine)}
    for name, ms in taken_ms.items():
        figures |= {f"{name}_{key}": value for key, value in _figures(ms[WARM_CHUNKS:]).items()}
    figures["graphs_say_the_same"] = said["graphs"] == said["plain"]
    figures["says_what_automodel_says"] = said["graphs"] == said["automodel"]
    figures["characters_said"] = len(said["graphs"])
    return figures


def _figures(taken_ms: list[float]) -> dict[str, float]:
    ordered = sorted(taken_ms)
    return {
        "chunk_p50_ms": round(statistics.median(ordered), 3),
        "chunk_p95_ms": round(ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))], 3),
        "real_time_factor": round(statistics.mean(taken_ms) / 1000.0 / CHUNK_S, 5),
    }


def _now_s(device: str) -> float:
    """The time when the card has done all it was given."""
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)
    return time.perf_counter()
