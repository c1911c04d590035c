"""A 600 ms chunk through streaming Paraformer: our runner against FunASR's ``AutoModel.generate``.

    python3 build/dev.py bench streaming [--json] [--model DIR] [--chunks 24] [--tiny]

The network has the released model's architecture (220 million parameters) with random weights, one
thread, CPU time; the contenders take turns chunk by chunk, so that a busy machine hurts all alike.
``growth`` streams an hour through a tiny network without ever ending the utterance. Where a CUDA card is,
rows ``cuda_*`` tell its wall time: with CUDA graphs, without them, and AutoModel's (fp32).
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

from figures import report, spread

os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
os.environ["OMP_NUM_THREADS"] = "1"
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402 (the environment and the folder above must be set first)

from recognizer.events import ModelSpec  # noqa: E402
from recognizer.worker.lean_funasr import import_streaming_parts  # noqa: E402
from recognizer.worker.streaming_paraformer import StreamingParaformerEngine  # noqa: E402
from tests.fakes.tiny_paraformer import FULL, Size, make_paraformer  # noqa: E402
from tests.gpu import graph_run  # noqa: E402
from tests.gpu.run import has_card  # noqa: E402

CHUNK_SAMPLES = 9_600
WARM_CHUNKS = 6
PRECISIONS = ("fp32", "bf16", "int8")
TARGETS = {"fp32_of_automodel": 0.85, "bf16_of_automodel": 0.33, "int8_of_automodel": 0.28, "growth": 1.03}

Recognise = Callable[[bytes], str]


def our_engine(folder: Path, precision: str) -> StreamingParaformerEngine:
    """Loaded on the CPU, with its own work done."""
    engine = StreamingParaformerEngine()
    engine.load(ModelSpec("paraformer-streaming", "m", str(folder), "cpu", precision), lambda stage: None)
    while engine.rest():
        pass
    return engine


def ours(folder: Path, precision: str) -> Recognise:
    """Text of the utterance so far, after one more chunk."""
    stream = our_engine(folder, precision).open()

    def recognise(pcm: bytes) -> str:
        text = stream.feed(pcm)
        return text.committed if text is not None else ""

    return recognise


def theirs(folder: Path) -> Recognise:
    """The same of ``AutoModel``."""
    import_streaming_parts()
    from funasr.auto.auto_model import AutoModel

    model = AutoModel(model=str(folder), device="cpu", disable_update=True, disable_pbar=True, ncpu=1)
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


def compare(folder: Path, count: int) -> dict[str, Any]:
    """CPU milliseconds for each contender, their ratio to AutoModel, and whether fp32 says the same."""
    contenders = {"automodel": theirs(folder), **{each: ours(folder, each) for each in PRECISIONS}}
    taken_ms: dict[str, list[float]] = {name: [] for name in contenders}
    said: dict[str, str] = {}
    for pcm in chunks(WARM_CHUNKS + count):
        for name, recognise in contenders.items():
            started_s = time.process_time()
            said[name] = recognise(pcm)
            taken_ms[name].append((time.process_time() - started_s) * 1000.0)
    figures: dict[str, Any] = {f"{name}_cpu_ms": spread(ms[WARM_CHUNKS:]) for name, ms in taken_ms.items()}
    base = statistics.median(taken_ms["automodel"][WARM_CHUNKS:])
    for name in PRECISIONS:
        figures[f"{name}_of_automodel"] = round(statistics.median(taken_ms[name][WARM_CHUNKS:]) / base, 3)
    figures["fp32_tokens_equal"] = said["fp32"] == said["automodel"]
    return figures


def growth(folder: Path, minutes: int) -> float:
    """Median chunk time after so many minutes over that of a new utterance, taking turns."""
    engine = our_engine(folder, "fp32")
    long_stream, new_stream = engine.open(), engine.open()
    minute = chunks(100)
    for pcm in minute * minutes:
        long_stream.feed(pcm)
    taken_s: dict[bool, list[float]] = {True: [], False: []}
    for pcm in minute * 3:
        for is_long, stream in ((True, long_stream), (False, new_stream)):
            started_s = time.process_time()
            stream.feed(pcm)
            taken_s[is_long].append(time.process_time() - started_s)
    return round(statistics.median(taken_s[True]) / statistics.median(taken_s[False]), 3)


def card_figures(folder: Path, count: int) -> dict[str, Any]:
    """Chunk times on the first card, by precision."""
    return {
        f"cuda_{precision}_{name}": value
        for precision in ("fp32", "bf16")
        for name, value in graph_run.compare(folder, "cuda:0", precision, count).items()
    }


def card_targets() -> dict[str, float]:
    """For the precision that a card runs in."""
    return {f"cuda_bf16_graphs_{name}": limit for name, limit in graph_run.TARGETS.items()}


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--tiny", action="store_true", help="a tiny network, to see that it works")
    parser.add_argument("--model", type=Path, help="a model directory instead of random weights")
    parser.add_argument("--chunks", type=int, default=24)
    parser.add_argument("--minutes", type=int, default=60, help="length of the stream for growth")
    options = parser.parse_args()
    folders = tempfile.TemporaryDirectory(prefix="plosive-bench-")
    with folders as folder, redirect_stdout(sys.stderr):  # FunASR prints there
        tiny = make_paraformer(Path(folder, "tiny"))
        size = Size() if options.tiny else FULL
        model = options.model or make_paraformer(Path(folder, "model"), size)
        figures = compare(model, options.chunks)
        figures["growth"] = growth(tiny, options.minutes)
        figures |= card_figures(model, 4 * options.chunks) if has_card() else {}
    report("streaming", figures, TARGETS | (card_targets() if has_card() else {}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
