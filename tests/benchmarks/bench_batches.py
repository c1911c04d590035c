"""A recording in segments: the worker's batches against FunASR's own ``AutoModel(vad_model=…)``.

    python3 build/dev.py bench batches [--json] [--model sensevoice|paraformer|streaming] [--device cuda:0]
                                       [--segments 10] [--rounds 2] [--tiny] [--long 600]

Both hear the same segments with the same random weights of the released size, one thread, CPU time (on a
card: wall time), in turns, so that a busy machine hurts both alike. FunASR's voice detection costs nothing
here: it is told the segments, and does all the rest itself (slicing, sorting, its ``batch_size_s`` of 300 s;
on a CPU it takes one segment at a time). ``padding_share`` is how much of what we computed was padding.
``long_…`` is ``--long`` short utterances through one worker with a tiny model: resident memory at the end, as
a ratio of that after a quarter of them.

``streaming``: with nothing but a streaming Paraformer, files go side by side (``streams_together``); the
baseline is the same worker hearing them one after the other, as it hears captions.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import queue
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from figures import report, spread

os.environ["OMP_WAIT_POLICY"] = "PASSIVE"
os.environ["OMP_NUM_THREADS"] = "1"
ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import numpy as np  # noqa: E402 (the environment and the folder above must be set first)

from recognizer import messages  # noqa: E402
from recognizer.events import ModelSpec, Priority  # noqa: E402
from recognizer.worker.batch_plan import BatchPlan, Piece, padded_ms_of  # noqa: E402
from recognizer.worker.host_memory import rss_bytes  # noqa: E402
from recognizer.worker.lean_funasr import import_parts  # noqa: E402
from recognizer.worker.sensevoice import without_tags  # noqa: E402
from recognizer.worker.server import Server  # noqa: E402
from tests.fakes.tiny_paraformer import FULL, make_paraformer  # noqa: E402
from tests.fakes.tiny_second_pass import make_paraformer_offline, make_sensevoice  # noqa: E402

PRECISIONS = {"cpu": ("fp32", "auto"), "cuda": ("fp32", "bf16")}
FASTER_ON_A_CPU, FASTER_ON_A_CARD = 1.5, 3.0
GAP_SAMPLES = 8_000

Hear = Callable[[Sequence[bytes]], list[str]]


class Worker:
    """The worker's message loop in this process, with what its batches were."""

    def __init__(self, folder: Path, device: str, precision: str, engine: str = "whole") -> None:
        self._inbox: queue.SimpleQueue[messages.Message] = queue.SimpleQueue()
        self._said: list[messages.FromWorker] = []
        self._server = Server(self._inbox, self._said.append)
        self._inbox.put(messages.Load(ModelSpec(engine, "m", str(folder), device, precision)))
        self._server.turn()
        if not isinstance(self._said[-1], messages.Loaded):
            raise SystemExit(str(self._said[-1]))
        self.computed_ms = self.sound_ms = 0
        self._utterances = 0
        assert self._server._batches is not None
        self._server._batches._plan = Watched(self)

    def hear_alone(self, sounds: Sequence[bytes]) -> list[str]:
        """The texts, heard one after the other."""
        return self.hear(sounds, Priority.CAPTIONS)

    def hear(self, sounds: Sequence[bytes], priority: Priority = Priority.FILE) -> list[str]:
        """The texts, in the order of the sounds."""
        first = self._utterances
        self._said.clear()
        for pcm in sounds:
            self._utterances += 1
            for message in spoken(self._utterances, pcm, priority):
                self._inbox.put(message)
        while not self._inbox.empty() or self._server.has_work:
            self._server.turn()
        done = {each.utterance_id: each for each in self._said if isinstance(each, messages.UtteranceDone)}
        return [done[first + 1 + index].text for index in range(len(sounds))]


class Watched(BatchPlan):
    """The plan, counting padding."""

    def __init__(self, worker: Worker) -> None:
        super().__init__()
        self._worker = worker

    def choose(self, waiting: Sequence[Piece], room_bytes: int | None) -> tuple[Piece, ...]:
        batch = super().choose(waiting, room_bytes)
        self._worker.computed_ms += padded_ms_of(batch)
        self._worker.sound_ms += sum(each.length_ms for each in batch)
        return batch


def spoken(utterance_id: int, pcm: bytes, priority: Priority) -> Iterator[messages.ToWorker]:
    """All that is told of an utterance."""
    yield messages.Begin(utterance_id, priority)
    yield messages.Audio(utterance_id, pcm)
    yield messages.End(utterance_id)


def theirs(folder: Path, device: str) -> Hear:
    """The real AutoModel, on our stand-in for the package; it is told the segments."""
    tokenizers = ("funasr.tokenizer.sentencepiece_tokenizer", "funasr.tokenizer.char_tokenizer")
    import_parts((*tokenizers, "funasr.frontends.wav_frontend"))
    from funasr.auto.auto_model import AutoModel

    auto = AutoModel(model=str(folder), device=device, disable_update=True, disable_pbar=True, ncpu=1)
    segments: list[list[int]] = []
    infer, told = auto.inference, object()

    def inference(sound: Any, *rest: Any, model: Any = None, **named: Any) -> Any:
        if model is told:
            return [{"key": "recording", "value": segments}]
        return infer(sound, *rest, model=model, **named)

    auto.vad_model, auto.vad_kwargs, auto.inference = told, {}, inference

    def hear(sounds: Sequence[bytes]) -> list[str]:
        segments[:] = segments_of(sounds)
        whole = auto.generate(input=recording_of(sounds), language="auto", use_itn=True)
        return [str(whole[0]["text"])]

    return hear


def recording_of(sounds: Sequence[bytes]) -> Any:
    """All segments in a row, half a second between them."""
    gap = np.zeros(GAP_SAMPLES, np.float32)
    parts = [part for pcm in sounds for part in (np.frombuffer(pcm, "<i2") / np.float32(32768.0), gap)]
    return np.concatenate(parts).astype(np.float32)


def segments_of(sounds: Sequence[bytes]) -> list[list[int]]:
    """Start and end of each in that recording, in ms."""
    found, at = [], 0
    for pcm in sounds:
        samples = len(pcm) // 2
        found.append([at // 16, (at + samples) // 16])
        at += samples + GAP_SAMPLES
    return found


def made_sounds(count: int) -> list[bytes]:
    """Noise that swells and fades, of the lengths that a voice gate cuts: 3 to 15 s, whole 20 ms."""
    choose = np.random.default_rng(7)
    sounds = []
    for _ in range(count):
        samples = 320 * int(choose.integers(150, 750))
        swell = np.abs(np.sin(np.arange(samples) / 4100.0)) ** 3 + 0.02
        noise = choose.standard_normal(samples) * swell * 9000.0
        sounds.append(noise.clip(-32768, 32767).astype("<i2").tobytes())
    return sounds


def measured_ms(hear: Hear, sounds: Sequence[bytes], *, on_card: bool) -> float:
    """CPU time of all threads; on a card, wall time."""
    clock = time.perf_counter if on_card else time.process_time
    started_s = clock()
    hear(sounds)
    return (clock() - started_s) * 1000.0


def memory_over(folder: Path, count: int) -> dict[str, float]:
    """Resident memory of one worker over many utterances, of sounds that differ in length."""
    worker = Worker(folder, "cpu", "fp32")
    sounds = [pcm[: 32_000 + 640 * (index % 40)] for index, pcm in enumerate(made_sounds(50))]
    at_a_quarter = 0
    for begun in range(0, count, len(sounds)):
        worker.hear(sounds)
        if not at_a_quarter and begun + len(sounds) >= count // 4:
            at_a_quarter = rss_bytes()
    return {"long_utterances": count, "long_rss_ratio": round(rss_bytes() / max(1, at_a_quarter), 4)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--model", choices=("sensevoice", "paraformer", "streaming"), default="sensevoice")
    parser.add_argument("--segments", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--long", type=int, default=600)
    parser.add_argument("--tiny", action="store_true", help="a toy, to see that the benchmark runs")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    make = make_sensevoice if arguments.model == "sensevoice" else make_paraformer_offline
    with contextlib.redirect_stdout(sys.stderr), tempfile.TemporaryDirectory() as place:
        if arguments.model == "streaming":
            size = None if arguments.tiny else FULL
            figures, at_most = side_by_side(make_paraformer(Path(place) / "model", size), arguments)
        else:
            folder = make(Path(place) / "model", full=not arguments.tiny)
            figures, at_most = compared(folder, arguments)
        figures |= memory_over(make_sensevoice(Path(place) / "tiny"), arguments.long)
    report(f"batches_{arguments.model}", figures, at_most | {"long_rss_ratio": 1.05})


def side_by_side(folder: Path, arguments: argparse.Namespace) -> tuple[dict[str, Any], dict[str, float]]:
    """Figures and targets of the streaming model."""
    on_card = arguments.device.startswith("cuda")
    sounds = made_sounds(arguments.segments)
    figures: dict[str, Any] = {"sound_s": round(sum(map(len, sounds)) / 32_000, 1)}
    for precision in ("fp32", "bf16"):
        worker = Worker(folder, arguments.device, precision, "paraformer-streaming")
        same = worker.hear(sounds) == worker.hear_alone(sounds)  # and warms up
        taken: dict[str, list[float]] = {"together": [], "alone": []}
        for _ in range(arguments.rounds):
            taken["together"].append(measured_ms(worker.hear, sounds, on_card=on_card))
            taken["alone"].append(measured_ms(worker.hear_alone, sounds, on_card=on_card))
        figures |= {f"{precision}_{name}_ms": spread(each) for name, each in taken.items()}
        ratio = statistics.median(taken["together"]) / statistics.median(taken["alone"])
        figures[f"{precision}_together_of_alone_ratio"] = round(ratio, 3)
        figures[f"{precision}_same_text"] = int(same)
    return figures, {"fp32_together_of_alone_ratio": 1.0, "bf16_together_of_alone_ratio": 1.0}


def compared(folder: Path, arguments: argparse.Namespace) -> tuple[dict[str, Any], dict[str, float]]:
    """Figures and targets."""
    on_card = arguments.device.startswith("cuda")
    precisions = PRECISIONS["cuda" if on_card else "cpu"]
    workers = {each: Worker(folder, arguments.device, each) for each in precisions}
    contenders: dict[str, Hear] = {"automodel": theirs(folder, arguments.device)}
    contenders |= {precision: worker.hear for precision, worker in workers.items()}
    sounds = made_sounds(arguments.segments)
    texts = {name: "".join(hear(sounds)) for name, hear in contenders.items()}  # and warms up
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(arguments.rounds):
        for name, hear in contenders.items():
            taken[name].append(measured_ms(hear, sounds, on_card=on_card))
    sound_s = sum(map(len, sounds)) / 32_000
    figures: dict[str, Any] = {"sound_s": round(sound_s, 1)}
    figures |= {f"{name}_ms": spread(each) for name, each in taken.items()}
    base_ms = statistics.median(taken["automodel"])
    for precision in precisions:
        figures[f"{precision}_faster_ratio"] = round(base_ms / statistics.median(taken[precision]), 3)
        figures[f"{precision}_of_automodel_ratio"] = round(statistics.median(taken[precision]) / base_ms, 3)
    same = "".join(without_tags(texts["automodel"]).split()) == "".join(texts["fp32"].split())
    worker = workers["fp32"]
    figures |= {
        "fp32_same_text": int(same),
        "padding_share": round(1.0 - worker.sound_ms / max(1, worker.computed_ms), 4),
    }
    wanted = FASTER_ON_A_CARD if on_card else FASTER_ON_A_CPU
    return figures, {f"{precisions[1]}_of_automodel_ratio": round(1.0 / wanted, 3)}


if __name__ == "__main__":
    main()
