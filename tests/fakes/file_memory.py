"""Runs one job of ``plosive transcribe`` and tells what it cost: memory of program and worker, time.

The sound is made while it is read: a FIFO would be a pipe for the program, so it is standard input.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import threading
import time
import wave
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
import psutil

from tests.fakes.voice import RATE_HZ, silence, voice

ROOT = Path(__file__).resolve().parents[2]
LOOK_EVERY_S = 0.1
PART_S = 60


@dataclass(frozen=True)
class Cost:
    """The largest resident memory of each process; ``lines`` are those of the result.

    Standard input is decoded by the program itself, a file by a process of its own.
    """

    program_bytes: int
    worker_bytes: int
    took_s: float
    lines: list[dict[str, Any]]
    decoder_bytes: int = 0


def minute_of_speech() -> np.ndarray:
    """Speech with pauses of all kinds, one minute."""
    parts: list[np.ndarray] = []
    rng = np.random.default_rng(5)
    seed = 0
    while sum(part.size for part in parts) < PART_S * RATE_HZ:
        seed += 1
        parts += [voice(int(rng.uniform(2000, 9000)), seed), silence(int(rng.uniform(400, 2500)))]
    return np.concatenate(parts)[: PART_S * RATE_HZ].astype("<i2")


def write_minutes(file: IO[bytes], minutes: int) -> None:
    """A WAV of unknown length, minute by minute, as programs that stream write it."""
    minute = minute_of_speech().tobytes()
    with wave.open(_Unseekable(file), "wb") as head:  # type: ignore[arg-type]
        head.setnchannels(1)
        head.setsampwidth(2)
        head.setframerate(RATE_HZ)
        head.setnframes(minutes * PART_S * RATE_HZ)
        for _ in range(minutes):
            head.writeframesraw(minute)


class _Unseekable:
    """So that ``wave`` does not try to correct the head."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def write(self, data: bytes) -> int:
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()


def cost_of(home: Path, minutes: int, command: list[str], environment: dict[str, str]) -> Cost:
    """What a recording of so many minutes costs on standard input; the result is JSON on standard output."""
    out = home / f"{minutes}.json"
    started_s = time.monotonic()
    with out.open("wb") as result:
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=result, env=environment)
        assert process.stdin is not None
        feeder = threading.Thread(target=_feed, args=(process.stdin, minutes), daemon=True)
        feeder.start()
        program, worker, _ = _peaks(process)
    assert process.returncode == 0, process.returncode
    told = json.loads(out.read_text(encoding="utf-8"))
    return Cost(program, worker, time.monotonic() - started_s, told["lines"])


def cost_of_file(home: Path, minutes: int, command: list[str], environment: dict[str, str]) -> Cost:
    """The same of a file; it is heard more slowly than it is decoded, as by a real recogniser."""
    recording, out = home / f"{minutes}.wav", home / "file-out"
    with recording.open("wb") as file:
        write_minutes(file, minutes)
    (home / "script.json").write_text('{"end_ms": 300}')
    started_s = time.monotonic()
    process = subprocess.Popen([*command[:-3], str(recording), *command[-2:], "--out", out], env=environment)
    program, worker, decoder = _peaks(process)
    (home / "script.json").write_text("{}")
    recording.unlink()
    assert process.returncode == 0, process.returncode
    lines = json.loads((out / f"{minutes}.json").read_text(encoding="utf-8"))["lines"]
    return Cost(program, worker, time.monotonic() - started_s, lines, decoder)


def _feed(pipe: IO[bytes], minutes: int) -> None:
    try:
        write_minutes(pipe, minutes)
        pipe.close()
    except BrokenPipeError:
        pass  # the program ended; its exit code tells


def _peaks(process: subprocess.Popen[bytes]) -> tuple[int, int, int]:
    """Of the program, of the worker, of the decoder."""
    program, children = 0, {False: 0, True: 0}
    while process.poll() is None:
        program = max(program, peak_bytes(process.pid))
        with contextlib.suppress(psutil.Error):  # it may end meanwhile
            for child in psutil.Process(process.pid).children():
                is_decoder = "desktop.files.sound_child" in child.cmdline()
                children[is_decoder] = max(children[is_decoder], peak_bytes(child.pid))
        time.sleep(LOOK_EVERY_S)
    return program, children[False], children[True]


def peak_bytes(pid: int) -> int:
    """The largest resident memory the process ever had; 0 if it is gone."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM")), 0)


def scripted_command(home: Path) -> tuple[list[str], dict[str, str]]:
    """The program with the test instrument, in folders of its own, reading standard input."""
    folders = {f"XDG_{name}_HOME": str(home / name) for name in ("CONFIG", "DATA", "STATE", "CACHE")}
    (home / "run").mkdir(mode=0o700, parents=True, exist_ok=True)
    (home / "script.json").write_text("{}")
    own = {"XDG_RUNTIME_DIR": str(home / "run"), "SCRIPTED_MODEL": str(home / "script.json")}
    environment = os.environ | folders | own | {"PYTHONPATH": str(ROOT)}
    program = [sys.executable, str(ROOT / "tests" / "fakes" / "files_program.py")]
    return [*program, "transcribe", "-", "--format", "json"], environment
