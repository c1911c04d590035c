"""Live captions: delay, steadiness, silence on noise, and a meeting of eight hours at many times its pace.

    python3 build/dev.py bench captions [--json] [--hours 8] [--skip-long]

Speech: English clips of ``../shared/audio`` with 2.5 s of quiet between them, so that each finds the engine
idle, or, where they are absent, sentences spoken by flite. ``plosive stream`` hears them at the pace of a
microphone, once with each model; every figure of the first part comes from its event log (``stream_log.py``
says what they mean). Noise: the clips of ``../shared/audio/noise``, through the same command; words in finals
are counted.

The long run plays the same speech again and again into everything between sound and window (voice gate,
segmenter, the thread of captions, their core, a real worker with the scripted engine), as fast as it goes:
a minute or more for each hour. Delay is from the end of an utterance until the core has taken its text; the
last hour is compared with the first hour of a fresh meeting heard at the same time, in turns. Memory is that
of this process.

Targets are the issue's. ``first_text_ms`` is held against the engine's chunk + 150 ms; ``commit_wait_ms`` is
what is left of the wait for committed text without hangover and the engine's own time.
"""

from __future__ import annotations

import argparse
import csv
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import soundfile
from figures import report
from stream_log import figures_of, read_log, words

ROOT = Path(__file__).resolve().parents[2]
SHARED_AUDIO = ROOT.parent / "shared" / "audio"
RATE_HZ: Final = 16_000
PAUSE_S: Final = 2.5
MOST_SPEECH_S: Final = 60.0
CHUNK_MS: Final = {"pocketsphinx": 200, "paraformer-demo": 600}
SENTENCES = (
    "The quick brown fox jumps over the lazy dog.",
    "Please send the report to the manager before friday.",
    "We will meet at the station at nine in the morning.",
    "I would like to order two cups of coffee.",
)
Samples = np.ndarray


def human_clips() -> Iterator[Samples]:
    """Native English of 2 to 6 s."""
    if not SHARED_AUDIO.is_dir():
        return
    with (SHARED_AUDIO / "MANIFEST.tsv").open(encoding="utf-8") as manifest:
        for row in csv.DictReader(manifest, delimiter="\t"):
            if row["file"].startswith("en/") and row["transcript"] and 2.0 < float(row["duration_s"]) < 6.0:
                yield soundfile.read(SHARED_AUDIO / row["file"], dtype="int16")[0]


def spoken_clips(folder: Path) -> Iterator[Samples]:
    """Synthesised speech."""
    for sentence in SENTENCES if shutil.which("flite") else ():
        path = folder / "sentence.wav"
        subprocess.run(["flite", "-voice", "rms", "-t", sentence, "-o", str(path)], check=True)
        yield soundfile.read(path, dtype="int16")[0]


def noise_clips() -> Iterator[Samples]:
    """What is no speech."""
    for path in sorted((SHARED_AUDIO / "noise").glob("*.flac")):
        yield soundfile.read(path, dtype="int16")[0]


def in_a_row(clips: Iterator[Samples], most_s: float) -> Samples:
    """With room noise between them."""
    chance = np.random.default_rng(1)
    parts: list[Samples] = []
    for clip in clips:
        quiet = chance.integers(-12, 13, int(PAUSE_S * RATE_HZ)).astype("<i2")
        parts += [quiet, clip]
        if sum(map(len, parts)) > most_s * RATE_HZ:
            break
    return np.concatenate([*parts, np.zeros(RATE_HZ, "<i2")]) if parts else np.zeros(0, "<i2")


def stream(sound: Samples, model: str, folder: Path, pace: str) -> Path:
    """The event log of ``plosive stream``."""
    wav, log = folder / "sound.wav", folder / f"{model}.jsonl"
    soundfile.write(wav, sound, RATE_HZ, subtype="PCM_16")
    homes = {f"XDG_{kind}_HOME": str(folder / kind) for kind in ("CONFIG", "DATA", "STATE", "CACHE")}
    command = [
        sys.executable,
        "-m",
        "desktop",
        "stream",
        str(wav),
        pace,
        "--model",
        model,
        "--events",
        str(log),
    ]
    subprocess.run(command, check=True, cwd=ROOT, env=os.environ | homes, timeout=1_200)
    return log


def live_figures(sound: Samples, folder: Path) -> dict[str, Any]:
    """Delay and steadiness with each model."""
    figures: dict[str, Any] = {}
    for model in CHUNK_MS:
        told = figures_of(stream(sound, model, folder, "--realtime"))
        figures |= {f"{model}_{name}": value for name, value in told.items()}
    return figures


def noise_figures(folder: Path) -> dict[str, Any]:
    """Words heard where there are none."""
    sound = in_a_row(noise_clips(), 1_000.0)
    if not len(sound):
        return {}
    _, utterances = read_log(stream(sound, "pocketsphinx", folder, "--fast"))
    heard = [word for one in utterances for word in words(one[-1]["committed"])]
    return {
        "noise_s": round(len(sound) / RATE_HZ),
        "noise_utterances": len(utterances),
        "noise_words": len(heard),
    }


def targets() -> dict[str, float]:
    """Of the issue."""
    limits: dict[str, float] = {"noise_words": 0, "long_delay_growth_ratio": 1.1}
    for model, chunk_ms in CHUNK_MS.items():
        limits[f"{model}_first_text_ms"] = chunk_ms + 150
        limits[f"{model}_commit_wait_ms"] = 300
        limits[f"{model}_upwr"] = 0.10
        limits[f"{model}_calm_upwr"] = 0
        limits[f"{model}_erasure"] = 0.2
    return limits


def main() -> None:
    """Measure and tell."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--skip-long", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="plosive-bench-") as name:
        folder = Path(name)
        speech = in_a_row(human_clips(), MOST_SPEECH_S)
        if not len(speech):
            speech = in_a_row(spoken_clips(folder), MOST_SPEECH_S)
        figures = live_figures(speech, folder) | noise_figures(folder)
        if not asked.skip_long:
            from long_meeting import long_figures

            figures |= long_figures(speech, asked.hours, folder)
    report("captions", figures, {name: limit for name, limit in targets().items() if name in figures})


if __name__ == "__main__":
    main()
