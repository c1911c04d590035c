"""Trains the demonstration Paraformer from nothing: one command, resumable, deterministic by seed.

    python build/train_paraformer/train.py --work FOLDER --model FOLDER

Needs espeak-ng, flite, festival, festvox-kallpc16k, festvox-kdlpc16k and festvox-us-slt-hts. The work
folder keeps the synthesised data (about 2 GB), the checkpoint and the log; a second start goes on where
the first one stopped. The steps and their order depend on --seed only; `--device cuda` runs the same
code on a GPU.
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import math
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import batches
import export
import numpy as np
import torch
from network import Size, Trainee, Weights, exported_state
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

LOG_COLUMNS = "step minutes hours_heard rate token count word peak phone place accuracy norm".split()


def arguments_of(line: list[str] | None = None) -> argparse.Namespace:
    """The command line; the defaults made the shipped weights."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--work", type=Path, default=Path("out/train_paraformer"), help="data, checkpoint, log"
    )
    parser.add_argument("--model", type=Path, help="model folder to write (default: WORK/model)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--shards", type=int, default=100, help="of about 21 minutes each")
    parser.add_argument("--steps", type=int, default=16500)
    parser.add_argument("--decay-from", type=int, default=7000, help="step at which the rate starts to fall")
    parser.add_argument(
        "--again-from", type=int, default=12500, help="step at which the rate has fallen and rises once more"
    )
    parser.add_argument("--again-rate", type=float, default=7.5e-4, help="learning rate to rise to then")
    parser.add_argument("--flat-start", type=int, default=1500, help="steps with evenly spread phones")
    parser.add_argument("--mask-until", type=int, default=3000, help="step from which few frames are masked")
    parser.add_argument(
        "--join-until", type=int, default=56, help="groups of four shards with many long streams"
    )
    parser.add_argument("--peak-from", type=int, default=1500, help="step from which word weights get peaks")
    parser.add_argument("--align-from", type=int, default=0, help="step from which words fire in their time")
    parser.add_argument("--phones-until", type=int, default=6000, help="step from which phones weigh less")
    parser.add_argument("--rate", type=float, default=1.5e-3, help="highest learning rate")
    parser.add_argument("--seconds", type=float, default=80, help="of padded audio in a batch")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--save-every-s", type=float, default=180)
    return parser.parse_args(line)


def rate_at(step: int, arguments: argparse.Namespace) -> float:
    """Warm up, stay, fall along a cosine to a hundredth; then once more, from half the height."""
    again = arguments.again_from
    if step < again:
        warm = min(1.0, (step + 1) / 300)
        return float(arguments.rate * warm * _fallen(step, arguments.decay_from, again))
    warm = min(1.0, (step - again + 1) / 100)
    return float(arguments.again_rate * warm * _fallen(step, again, arguments.steps))


def _fallen(step: int, first: int, last: int) -> float:
    done = min(1.0, max(0.0, (step - first) / max(1, last - first)))
    return 0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * done))


def weights_at(step: int, arguments: argparse.Namespace) -> Weights:
    """First the phones lead, then the words; while the rate falls, counting them right matters most."""
    is_falling = step >= arguments.decay_from
    return Weights(
        word=5.0 if is_falling else 1.0 if step < arguments.mask_until else 3.0,
        peak=2.0 if is_falling else 0.0 if step < arguments.peak_from else 1.0,
        phone_order=0.2 if is_falling else 1.0 if step < arguments.phones_until else 0.4,
        phone_place=1.0 if step < arguments.flat_start else 0.0,
        aligned=step >= arguments.align_from,
    )


def masked_share_at(step: int, arguments: argparse.Namespace) -> float:
    """SpecAugment spreads what is learnt over all bands at first; later it costs more than it gives."""
    return 0.6 if step < arguments.mask_until else 0.15


class Average:
    """Exponential moving average of the weights; what is exported."""

    def __init__(self, trainee: Trainee) -> None:
        self.values = {name: value.detach().clone() for name, value in trainee.state_dict().items()}

    @torch.no_grad()
    def update(self, trainee: Trainee, step: int) -> None:
        keep = min(0.998, 1 - 1 / (step / 5 + 1))
        for name, value in trainee.state_dict().items():
            if value.is_floating_point():
                self.values[name].lerp_(value, 1 - keep)


@dataclasses.dataclass
class State:
    """Everything that a resumed run needs."""

    trainee: Trainee
    optimizer: torch.optim.Optimizer
    average: Average
    place: batches.Place = dataclasses.field(default_factory=batches.Place)
    step: int = 0
    seconds_heard: float = 0.0
    seconds_trained: float = 0.0

    def save(self, path: Path) -> None:
        partial = path.with_suffix(".partial")
        torch.save(
            {
                "trainee": self.trainee.state_dict(),
                "optimizer": self.optimizer.state_dict(),
                "average": self.average.values,
                "place": dataclasses.astuple(self.place),
                "counters": (self.step, self.seconds_heard, self.seconds_trained),
            },
            partial,
        )
        partial.replace(path)

    def load(self, path: Path) -> None:
        stored = torch.load(path, map_location="cpu", weights_only=True)
        self.trainee.load_state_dict(stored["trainee"])
        self.optimizer.load_state_dict(stored["optimizer"])
        self.average.values = {
            name: value.to(self.average.values[name].device) for name, value in stored["average"].items()
        }
        self.place = batches.Place(*stored["place"])
        self.step, self.seconds_heard, self.seconds_trained = stored["counters"]


def begin(arguments: argparse.Namespace) -> State:
    """A fresh state, or the one of the checkpoint."""
    torch.manual_seed(arguments.seed)
    trainee = Trainee(Size()).to(arguments.device).train()
    optimizer = torch.optim.AdamW(
        trainee.parameters(), lr=arguments.rate, betas=(0.9, 0.98), weight_decay=0.01
    )
    state = State(trainee, optimizer, Average(trainee))
    checkpoint = arguments.work / "checkpoint.pt"
    if checkpoint.exists():
        state.load(checkpoint)
    return state


def start_synthesis(arguments: argparse.Namespace) -> subprocess.Popen[bytes]:
    """Make the missing shards in a process of its own; training takes each as soon as it is there."""
    command = [
        sys.executable,
        str(Path(__file__).with_name("shards.py")),
        "--data",
        str(arguments.work / "data"),
    ]
    command += ["--seed", str(arguments.seed), "--to", str(arguments.shards)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL)


def learn(state: State, batch: batches.Batch, arguments: argparse.Namespace) -> dict[str, float]:
    """One step of the optimizer; returns the losses. A step with a broken gradient changes nothing."""
    rate = rate_at(state.step, arguments)
    for group in state.optimizer.param_groups:
        group["lr"] = rate
    weights = weights_at(state.step, arguments)
    with torch.autocast(torch.device(arguments.device).type, torch.bfloat16):
        loss, report = state.trainee(batch, weights)
    state.optimizer.zero_grad()
    loss.backward()
    norm = float(torch.nn.utils.clip_grad_norm_(state.trainee.parameters(), 5.0))
    if math.isfinite(norm):
        state.optimizer.step()
    state.step += 1
    state.average.update(state.trainee, state.step)
    return {**report, "rate": rate, "norm": norm}


class Log:
    """A line of means every 50 steps, appended to curve.csv."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reports: list[dict[str, float]] = []
        if not path.exists():
            path.write_text(",".join(LOG_COLUMNS) + "\n", "utf-8")

    def add(self, report: dict[str, float], state: State) -> dict[str, float] | None:
        """Collect; the means when a line was written."""
        self._reports.append(report)
        if state.step % 50:
            return None
        line = {name: float(np.mean([one[name] for one in self._reports])) for name in self._reports[0]}
        self._reports.clear()
        line |= {
            "step": state.step,
            "minutes": state.seconds_trained / 60,
            "hours_heard": state.seconds_heard / 3600,
        }
        with self._path.open("a", encoding="utf-8", newline="") as file:
            csv.writer(file).writerow([f"{line[name]:.5g}" for name in LOG_COLUMNS])
        return line


def save_all(state: State, arguments: argparse.Namespace, normalisation: batches.Normalisation) -> None:
    """Checkpoint and exported model."""
    state.save(arguments.work / "checkpoint.pt")
    folder = arguments.model or arguments.work / "model"
    export.write(folder, Size(), exported_state(state.average.values), normalisation)


def progress_bar() -> Progress:
    """Step, bar, remaining time and the newest losses."""
    columns: list[Any] = [TextColumn("{task.completed}/{task.total}"), BarColumn(), TimeRemainingColumn()]
    return Progress(*columns, TextColumn("{task.description}"), refresh_per_second=1)


def run(arguments: argparse.Namespace, is_coming: Callable[[], bool] = lambda: True) -> None:
    """Train to the last step. ``is_coming``: whether missing data is still being made."""
    state = begin(arguments)
    plan = batches.Plan(
        arguments.work / "data",
        arguments.shards,
        arguments.seed,
        arguments.seconds,
        arguments.join_until,
        is_coming,
    )
    normalisation = plan.normalisation()
    log = Log(arguments.work / "curve.csv")
    device = torch.device(arguments.device)
    saved = time.monotonic()
    with progress_bar() as bar:
        task = bar.add_task("", total=arguments.steps, completed=state.step)
        for place, bucket in plan.buckets_from(state.place):
            if state.step >= arguments.steps:
                break
            began = time.monotonic()
            rng = np.random.default_rng([arguments.seed, 7, state.step])
            masked = masked_share_at(state.step, arguments)
            batch = batches.make(bucket, normalisation, rng, masked)
            report = learn(state, batch.to(device), arguments)
            state.place = place
            state.seconds_heard += batch.seconds
            state.seconds_trained += time.monotonic() - began
            line = log.add(report, state)
            if line:
                text = " ".join(f"{name} {line[name]:.3f}" for name in ("token", "word", "phone", "accuracy"))
                bar.update(task, completed=state.step, description=text)
            if time.monotonic() - saved > arguments.save_every_s:
                save_all(state, arguments, normalisation)
                saved = time.monotonic()
    save_all(state, arguments, normalisation)


def main() -> None:
    arguments = arguments_of()
    torch.set_num_threads(arguments.threads)
    torch.set_flush_denormal(True)  # CPU only; elsewhere without effect
    (arguments.work / "data").mkdir(parents=True, exist_ok=True)
    synthesis = start_synthesis(arguments)
    try:
        run(arguments, lambda: synthesis.poll() is None)
    finally:
        synthesis.terminate()
        synthesis.wait()


if __name__ == "__main__":
    main()
