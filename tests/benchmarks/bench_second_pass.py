"""A whole utterance through SenseVoiceSmall: our second pass against FunASR's ``AutoModel.generate``.

    python3 build/dev.py bench second_pass [--json] [--device cuda:0] [--rounds 5] [--tiny]

The network has the released model's size (221 million parameters) with random weights, one thread, CPU
time (on a card: wall time); the contenders take turns, so that a busy machine hurts all alike.
``load_cpu_ms`` is from nothing to the first text of two seconds, imports left out.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from figures import report, spread

os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
os.environ["OMP_NUM_THREADS"] = "1"
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402 (the environment and the folder above must be set first)

from recognizer.events import ModelSpec  # noqa: E402
from recognizer.worker.engine import Outcome  # noqa: E402
from recognizer.worker.lean_funasr import import_parts  # noqa: E402
from recognizer.worker.second_pass import SecondPass  # noqa: E402
from recognizer.worker.sensevoice import without_tags  # noqa: E402
from tests.fakes.tiny_second_pass import make_sensevoice  # noqa: E402

LENGTHS_S = (2, 5, 10)
PRECISIONS = {"cpu": ("fp32", "bf16", "int8"), "cuda": ("fp32", "bf16")}
TARGET_CARD_MS = 70.0

Recognise = Callable[[bytes], str]


def ours(folder: Path, device: str, precision: str) -> Recognise:
    """The text after the second pass, all its steps together."""
    second = SecondPass(ModelSpec("scripted", "m", None, device, precision, str(folder)), device)

    def recognise(pcm: bytes) -> str:
        steps = second.rehear(pcm, Outcome("first"))
        while True:
            try:
                next(steps)
            except StopIteration as last:
                if last.value.notice is not None:
                    raise RuntimeError(last.value.notice.sentence) from None
                return str(last.value.outcome.text)

    return recognise


def theirs(folder: Path, device: str) -> Recognise:
    """The same of ``AutoModel``."""
    import_parts(("funasr.frontends.wav_frontend", "funasr.tokenizer.sentencepiece_tokenizer"))
    import_parts(("funasr.models.sense_voice.model",))
    from funasr.auto.auto_model import AutoModel

    model = AutoModel(model=str(folder), device=device, disable_update=True, disable_pbar=True, ncpu=1)

    def recognise(pcm: bytes) -> str:
        samples = np.frombuffer(pcm, "<i2").astype(np.float32) / np.float32(32768.0)
        return without_tags(model.generate(input=samples, use_itn=True)[0]["text"])

    return recognise


def sound(seconds: int) -> bytes:
    """Noise that swells and fades."""
    samples = np.random.default_rng(seconds).standard_normal(seconds * 16_000)
    samples *= 8000.0 * (0.02 + np.abs(np.sin(np.arange(samples.size) / 5000.0)))
    return samples.clip(-32768, 32767).astype("<i2").tobytes()


def compare(folder: Path, device: str, rounds: int) -> dict[str, Any]:
    """Milliseconds for each contender and length, their ratio to AutoModel; whether fp32 says the same."""
    import torch

    import recognizer.worker.paraformer_model
    import recognizer.worker.sensevoice  # noqa: F401 (so that no contender pays for the imports)

    torch.set_num_threads(1)
    on_card = device.startswith("cuda")
    clock, unit = (time.perf_counter, "ms") if on_card else (time.process_time, "cpu_ms")
    contenders = {"automodel": theirs(folder, device)}
    contenders |= {each: ours(folder, device, each) for each in PRECISIONS["cuda" if on_card else "cpu"]}
    figures: dict[str, Any] = {}
    for name, recognise in contenders.items():
        started_s = clock()
        recognise(sound(2))
        if name != "automodel":
            figures[f"{name}_load_{unit}"] = round((clock() - started_s) * 1000.0)
    is_equal = True
    for seconds in LENGTHS_S:
        pcm, said = sound(seconds), {}
        taken_ms: dict[str, list[float]] = {name: [] for name in contenders}
        for _ in range(rounds + 1):
            for name, recognise in contenders.items():
                started_s = clock()
                said[name] = recognise(pcm)
                taken_ms[name].append((clock() - started_s) * 1000.0)
        base = statistics.median(taken_ms["automodel"][1:])
        for name, taken in taken_ms.items():
            figures[f"{name}_{seconds}s_{unit}"] = spread(taken[1:])
            if name != "automodel":
                figures[f"{name}_{seconds}s_of_automodel"] = round(statistics.median(taken[1:]) / base, 3)
        is_equal = is_equal and said["fp32"] == said["automodel"]
    figures["fp32_text_equal"] = is_equal
    return figures


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--tiny", action="store_true", help="a tiny network, to see that it works")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="plosive-bench-") as folder,
        contextlib.redirect_stdout(sys.stderr),  # FunASR introduces itself
    ):
        model = make_sensevoice(Path(folder, "model"), full=not options.tiny)
        figures = compare(model, options.device, options.rounds)
    targets = {"bf16_10s_ms": TARGET_CARD_MS} if options.device.startswith("cuda") else {}
    report("second_pass", figures, targets)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
