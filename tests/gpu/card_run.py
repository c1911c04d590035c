"""One worker's life on a card, measured: load, recognise, unload, standby, and what the driver says at each.

Used by ``tests/gpu/run.py`` (which judges) and ``tests/benchmarks/bench_gpu.py`` (which reports). Needs only
torch, funasr with its light dependencies, and pynvml. On a machine without a card ``device="cpu"`` runs the
same life; then the figures of memory are ``None``.
"""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from recognizer import events as rec
from recognizer.gpu import GpuProbe
from recognizer.gpu_reading import GpuSnapshot, Moment
from recognizer.local import local_recognizer

ROOT = Path(__file__).resolve().parents[2]
MIB = 1 << 20
SPEECH_S = 10
_Event = TypeVar("_Event")

MAKE_MODEL = """
import sys
from pathlib import Path
from tests.fakes.tiny_paraformer import FULL, make_paraformer
make_paraformer(Path(sys.argv[1]), FULL if sys.argv[2] == "full" else None, firing=1.0)
"""


def make_model(folder: Path, size: str) -> Path:
    """A streaming Paraformer with random weights; in a process of its own, so that this one stays small."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", MAKE_MODEL, str(folder), size]
    subprocess.run(command, check=True, cwd=ROOT, env=environment, timeout=300)
    return folder


def forget_cached(folder: Path) -> None:
    """Let the system drop these files from memory: the next load reads them from the disk."""
    for path in folder.iterdir():
        descriptor = os.open(path, os.O_RDONLY)
        os.fsync(descriptor)
        if hasattr(os, "posix_fadvise"):
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)


def noise(seconds: float) -> bytes:
    """Sound with some shape, the same each time."""
    import numpy as np

    random = np.random.default_rng(7)
    samples = random.normal(0.0, 3000.0, int(seconds * 16_000))
    swell = 0.5 + 0.5 * np.sin(np.arange(samples.size) / 16_000 * 2 * np.pi * 3)
    return (samples * swell).astype("<i2").tobytes()


@dataclass
class CardRun:
    """``figures`` fills as the steps run; ``check`` collects what was not as promised."""

    model: rec.ModelSpec
    log_dir: Path
    figures: dict[str, Any] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._events: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._driver = local_recognizer(self._events.put, self.log_dir)
        self._probe = GpuProbe()
        self._pids: set[int] = set()
        self._next_id = 0

    def whole_life(self) -> None:
        """Every step, in the order of a day."""
        try:
            self.before()
            self.first_words("cold", is_cold=True)
            self.recognise()
            self.clean()
            self.unload("ready")
            self.first_words("cached")
            self.unload("again")
            self.standby()
            self.first_words("standby")
            self.unload("last")
        finally:
            self._driver.stop()
            self._probe.close()

    # --- steps ----------------------------------------------------------------------------------

    def before(self) -> None:
        self._before = self.read()
        self.figures["card"] = self._before.readings[0].name if self._before.readings else None
        self.figures["device_before_mib"] = self._device_mib(self._before)

    def first_words(self, name: str, *, is_cold: bool = False) -> None:
        """From "load" with 3 s of speech already said to the first text, as when a key is pressed."""
        if is_cold and self.model.path:
            forget_cached(Path(self.model.path))
        started_s = time.perf_counter()
        utterance_id = self._say(noise(3.0), ends=False)
        self._driver.load(self.model)
        ready = self.wait(rec.Ready)
        self._pids.add(ready.pid)
        self.figures[f"load_{name}_ms"] = round(ready.load_ms, 1)
        self.figures["runs_on"] = ready.device
        self.wait(rec.Partial)
        self.figures[f"first_partial_{name}_ms"] = round((time.perf_counter() - started_s) * 1000.0, 1)
        self._driver.end(utterance_id)
        self.wait(rec.Final)
        self.figures[f"loaded_{name}_mib"] = self._ours_mib(self.read())

    def recognise(self) -> None:
        """Ten seconds as fast as it goes, watching the driver meanwhile."""
        self._say(noise(SPEECH_S), ends=True)
        started_s, peak_mib = time.perf_counter(), 0
        while (found := self._next(0.02)) is None or not isinstance(found, rec.Final):
            peak_mib = max(peak_mib, self._ours_mib(self.read()) or 0)
            assert time.perf_counter() - started_s < 300, "no text within five minutes"
        took_s = time.perf_counter() - started_s
        self.figures["real_time_factor"] = round(took_s / SPEECH_S, 4)
        self.figures["busy_peak_mib"] = peak_mib or None

    def clean(self) -> None:
        self._driver.clean_cache()
        cleaned = self.wait(rec.CacheCleaned)
        self.figures["allocated_mib"] = cleaned.after.allocated_bytes // MIB
        self.figures["reserved_before_clean_mib"] = cleaned.before.reserved_bytes // MIB
        self.figures["reserved_after_clean_mib"] = cleaned.after.reserved_bytes // MIB
        self.figures["clean_ms"] = round(cleaned.took_ms, 2)
        self.figures["worker_rss_mib"] = cleaned.after.host_rss_bytes // MIB

    def unload(self, name: str) -> None:
        started_s = time.perf_counter()
        self._driver.unload()
        exited = self.wait(rec.WorkerExited)
        self.figures[f"unload_{name}_ms"] = round((time.perf_counter() - started_s) * 1000.0, 1)
        self.check(exited.how == "asked", f"the worker was {exited.how}, not asked")
        self.check(self.figures[f"unload_{name}_ms"] <= 300.0, "unload takes more than 300 ms")
        after, looks = self.read(), 0
        while after.ours_bytes and looks < 10:
            time.sleep(0.1)
            after, looks = self.read(), looks + 1
        self.figures[f"after_{name}_looks"] = looks
        self.figures[f"after_{name}_ours_mib"] = self._ours_mib(after)
        self.figures[f"after_{name}_device_mib"] = self._device_mib(after)
        self.check(not after.ours_bytes, f"{after.ours_bytes} bytes of ours are left on the card")
        if after.readings and self._before.readings:
            more = after.used_bytes - self._before.used_bytes
            self.check(more <= 8 * MIB, f"the card holds {more} bytes more than before")

    def standby(self) -> None:
        started_s = time.perf_counter()
        self._driver.standby(self.model)
        ready = self.wait(rec.StandbyReady)
        self._pids.add(ready.pid)
        self.figures["standby_prepare_ms"] = round((time.perf_counter() - started_s) * 1000.0, 1)
        self.figures["standby_host_rss_mib"] = ready.host_rss_bytes // MIB
        snapshot = self.read()
        self.figures["standby_ours_mib"] = self._ours_mib(snapshot)
        self.check(not snapshot.ours_bytes, "standby holds memory of the card")

    # --- helpers --------------------------------------------------------------------------------

    def check(self, is_kept: bool, failure: str) -> None:
        if not is_kept:
            self.failures.append(failure)

    def read(self) -> GpuSnapshot:
        return self._probe.read(self._pids, Moment.AFTER)

    def wait(self, kind: type[_Event], timeout_s: float = 180.0) -> _Event:
        deadline_s = time.perf_counter() + timeout_s
        while (left_s := deadline_s - time.perf_counter()) > 0:
            found = self._next(left_s)
            if isinstance(found, kind):
                return found
            problem = getattr(found, "problem", None)
            assert not isinstance(found, rec.LoadFailed | rec.UtteranceFailed), problem
        raise AssertionError(f"no {kind.__name__} within {timeout_s} s")

    def _next(self, timeout_s: float) -> Any:
        try:
            return self._events.get(timeout=timeout_s)
        except queue.Empty:
            return None

    def _say(self, pcm: bytes, *, ends: bool) -> int:
        self._next_id += 1
        self._driver.begin(self._next_id)
        for start in range(0, len(pcm), 6400):
            self._driver.feed(self._next_id, pcm[start : start + 6400])
        if ends:
            self._driver.end(self._next_id)
        return self._next_id

    @staticmethod
    def _ours_mib(snapshot: GpuSnapshot) -> int | None:
        ours_bytes = snapshot.ours_bytes if snapshot.readings else None
        return None if ours_bytes is None else ours_bytes // MIB

    @staticmethod
    def _device_mib(snapshot: GpuSnapshot) -> int | None:
        return snapshot.used_bytes // MIB if snapshot.readings else None
