"""Recordings written down: memory against length, speed, word times, many files in a row.

    python3 build/dev.py bench files [--json] [--long-min 180] [--files 1000] [--model NAME|DIR]

Memory: the real command with the test instrument as its model, sound on standard input, so that decoding,
cutting and keeping are measured without a model's own memory; ``file_…``: the same from a file, which a
process of its own decodes, heard by a slow instrument, all processes together. Speed and word times: the
real command with ``--model`` (pocketsphinx) on the clips with gold times in
``../shared/audio/refs/word_times``, where they are. Many files: one run over a folder of one-second files;
growth of memory from the first tenth to the end.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from figures import report, spread

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.fakes.file_memory import cost_of, cost_of_file, scripted_command  # noqa: E402 (the folder above comes first)
from tests.fakes.voice import silence, voice, write_wav  # noqa: E402

MIB = 1 << 20
SHORT_MIN = 10
SHARED = ROOT.parent / "shared" / "audio"
TARGETS = {
    "program_rss_long_of_short": 1.1,
    "worker_rss_long_of_short": 1.1,
    "file_rss_long_of_short": 1.1,
    "word_times_off_ms": 100.0,
    "program_rss_growth_many_files": 1.05,
    "worker_rss_growth_many_files": 1.05,
}


def memory_by_length(home: Path, long_min: int) -> dict[str, Any]:
    """Largest resident memory for a long recording against ten minutes."""
    command, environment = scripted_command(home)
    short, long = (cost_of(home, minutes, command, environment) for minutes in (SHORT_MIN, long_min))
    files = [cost_of_file(home, minutes, command, environment) for minutes in (SHORT_MIN, long_min)]
    sums = [each.program_bytes + each.worker_bytes + each.decoder_bytes for each in files]
    return {
        "file_rss_short_mib": round(sums[0] / MIB, 1),
        "file_rss_long_of_short": round(sums[1] / sums[0], 3),
        "long_min": long_min,
        "program_rss_short_mib": round(short.program_bytes / MIB, 1),
        "program_rss_long_mib": round(long.program_bytes / MIB, 1),
        "program_rss_long_of_short": round(long.program_bytes / short.program_bytes, 3),
        "worker_rss_long_of_short": round(long.worker_bytes / short.worker_bytes, 3),
        "decoding_and_cutting_times_real_time": round(long_min * 60 / long.took_s, 1),
    }


def many_files(home: Path, count: int) -> dict[str, Any]:
    """Resident memory of program and worker while ``count`` files are done in a row."""
    folder = home / "many"
    folder.mkdir()
    sound = np.concatenate([silence(200), voice(600, 1), silence(200)])
    for number in range(count):
        write_wav(folder / f"{number:04}.wav", np.roll(sound, number))
    command, environment = scripted_command(home)
    command = [*command[:-3], str(folder), "--format", "txt", "--out", str(home / "many-out")]
    started_s = time.monotonic()
    process = subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL)
    seen: list[tuple[int, int, int]] = []
    while process.poll() is None:
        done = len(list((home / "many-out").glob("*.txt"))) if (home / "many-out").exists() else 0
        seen.append((done, *resident(process.pid)))
        time.sleep(0.3)
    took_s = time.monotonic() - started_s
    early = [each for each in seen if count // 10 <= each[0] <= count // 5]
    late = [each for each in seen if each[0] >= count * 9 // 10 and each[2]]
    return {
        "many_files": count,
        "many_files_exit_code": process.returncode,
        "many_files_written": len(list((home / "many-out").glob("*.txt"))),
        "many_files_per_s": round(count / took_s, 2),
        "program_rss_growth_many_files": growth([each[1] for each in early], [each[1] for each in late]),
        "worker_rss_growth_many_files": growth([each[2] for each in early], [each[2] for each in late]),
    }


def growth(early: list[int], late: list[int]) -> float:
    """The late median against the early one; NaN where one of them was never seen."""
    return round(float(np.median(late) / np.median(early)), 3) if early and late else float("nan")


def resident(pid: int) -> tuple[int, int]:
    """Resident memory now, of the program with its decoder, and of the worker."""
    try:
        program = psutil.Process(pid)
        children = {child.pid: child.memory_info().rss for child in program.children()}
        workers = [each.pid for each in program.children() if "recognizer.worker" in " ".join(each.cmdline())]
        worker = max([children.pop(each, 0) for each in workers], default=0)
        return program.memory_info().rss + sum(children.values()), worker
    except psutil.Error:
        return 0, 0


def clips() -> list[tuple[Path, Path]]:
    """Recordings with gold word times: (sound, times)."""
    found = []
    for times in sorted((SHARED / "refs" / "word_times").glob("*.tsv")):
        sounds = sorted(SHARED.glob(f"*/{times.stem}.flac"))
        found += [(sounds[0], times)] if sounds else []
    return found


def word_times(home: Path, model: str) -> dict[str, Any]:
    """How far starts and ends of rightly recognised words are from gold, and how fast it was."""
    pairs = clips()
    if not pairs:
        return {"word_times": "no clips beside this checkout"}
    _, environment = scripted_command(home)
    out = home / "words"
    command = [sys.executable, "-m", "desktop", "transcribe", *(str(sound) for sound, _ in pairs)]
    started_s = time.monotonic()
    options = ["--format", "json", "--out", str(out), "--model", model]
    subprocess.run([*command, *options], env=environment, check=True, cwd=ROOT, stderr=subprocess.DEVNULL)
    took_s = time.monotonic() - started_s
    off: list[float] = []
    gold_words = heard_ms = 0
    for sound, times in pairs:
        told = json.loads((out / f"{sound.stem}.json").read_text(encoding="utf-8"))
        gold = [line.split("\t") for line in times.read_text().splitlines() if line.strip()]
        words = [word for line in told["lines"] for word in line["words"]]
        gold_words += len(gold)
        heard_ms += told["duration_ms"]
        off += differences(words, [(float(a) * 1000, float(b) * 1000, text) for a, b, text in gold])
    return {
        "gold_words": gold_words,
        "gold_words_matched": len(off) // 2,
        "word_times_off_ms": spread(off) if off else {"p50": float("nan"), "p95": 0.0, "max": 0.0},
        "word_times_within_100_ms_percent": round(100 * np.mean(np.array(off) <= 100), 1) if off else 0.0,
        "engine_times_real_time": round(heard_ms / 1000 / took_s, 2),
    }


def differences(words: list[dict[str, Any]], gold: list[tuple[float, float, str]]) -> list[float]:
    """Absolute differences of starts and ends, for words that are the same in the same order."""
    said = [word["text"].lower().strip(".,!?;:") for word in words]
    matcher = SequenceMatcher(None, said, [text.lower() for _, _, text in gold], autojunk=False)
    off = []
    for block in matcher.get_matching_blocks():
        for at in range(block.size):
            word, (start_ms, end_ms, _) = words[block.a + at], gold[block.b + at]
            off += [abs(word["start_ms"] - start_ms), abs(word["end_ms"] - end_ms)]
    return off


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--long-min", type=int, default=180)
    parser.add_argument("--files", type=int, default=1000)
    parser.add_argument("--model", default="pocketsphinx")
    options = parser.parse_args()
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory(prefix="plosive-bench-") as name:
        home = Path(name)
        figures |= word_times(home, options.model)
        figures |= many_files(home, options.files)
        figures |= memory_by_length(home, options.long_min)
    report("files", figures, {key: limit for key, limit in TARGETS.items() if key in figures})
    return 0


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "ignore")
    raise SystemExit(main())
