"""What it costs to take a recording apart before any recogniser hears it: JSON with ``--json``.

    python -m tests.benchmarks.bench_segments --json [--minutes 60]

Decoding and cutting in processor time for an hour of sound, each format, from a conversation of three parts
speech and two parts silence, made here; and the peak memory of a long recording against that of ten minutes.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
import wave
from functools import cache
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from audio.file_segments import FileGate, rules_for, segments_of  # noqa: E402
from audio.media_source import open_media  # noqa: E402
from audio.silero import SileroModel  # noqa: E402
from tests.benchmarks.figures import report  # noqa: E402
from tests.fakes.media import ENCODERS, record, resampled  # noqa: E402
from tests.fakes.voice import silence, voice  # noqa: E402

SHORT_MINUTES = 10
FORMATS = (".wav", ".flac", ".mp3", ".m4a", ".opus", ".mkv")
MEMORY = r"""
import re, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from audio.file_segments import FileGate, rules_for, segments_of
from audio.media_source import open_media
source = open_media(sys.argv[1])
for segment in segments_of(source, FileGate(), rules_for(source.duration_ms, 45, 45, 45)):
    pass
# ru_maxrss would be that of the process which started this one, were it larger
print(re.search(r"VmHWM:\s+(\d+)", Path("/proc/self/status").read_text())[1])
"""


@cache
def minute() -> np.ndarray:
    """Speech and pauses; int16 at 16 kHz."""
    return np.concatenate([part for seed in range(4) for part in (voice(9_000, seed + 1), silence(6_000))])


def conversation(minutes: int) -> np.ndarray:
    """That minute again and again."""
    return np.tile(minute(), minutes)


def write(path: Path, minutes: int) -> Path:
    """A WAV of that length."""
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 16_000, 0, "NONE", ""))
        file.writeframes(conversation(minutes).tobytes())
    return path


def cpu_s(path: Path, model: SileroModel | None) -> float:
    """Processor time to decode, and to cut if there is a model."""
    begun_s = time.process_time()
    source = open_media(path)
    if model is None:
        while not source.has_ended:
            source.read(1.0)
    else:
        for _ in segments_of(source, FileGate(None, lambda: model), rules_for(source.duration_ms)):
            pass
    source.close()
    return time.process_time() - begun_s


def peak_mib(path: Path) -> float:
    """Of a fresh process that cuts the whole recording."""
    command = [sys.executable, "-c", MEMORY, str(path), str(ROOT)]
    return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout) / 1024


def main() -> None:
    """Measure and report."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--minutes", type=int, default=30)
    minutes = arguments.parse_args().minutes
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder, sound = Path(name), conversation(2)
        for ending in FORMATS:
            codec, rate_hz = ENCODERS[ending]
            path = record(folder / f"talk{ending}", resampled(sound, rate_hz), rate_hz, codec)
            figures[f"decode{ending}_hours_per_cpu_s"] = round(2 / 60 / cpu_s(path, None), 3)
        model = SileroModel()
        figures["cut_wav_hours_per_cpu_s"] = round(2 / 60 / cpu_s(folder / "talk.wav", model), 3)
        short, long = write(folder / "short.wav", SHORT_MINUTES), write(folder / "long.wav", minutes)
        figures["long_minutes"] = minutes
        figures["peak_short_mib"] = round(peak_mib(short), 1)
        figures["peak_long_mib"] = round(peak_mib(long), 1)
        figures["peak_long_to_short"] = round(figures["peak_long_mib"] / figures["peak_short_mib"], 3)
    report("segments", figures, {"peak_long_to_short": 1.1})


if __name__ == "__main__":
    main()
