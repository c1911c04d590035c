"""A day of the card: dictate, idle, game, pressure, out of memory, suspend, resume, dictate, crash, quit.

Real: the core's decisions and the shell that carries them out, the recognizer's thread, worker processes,
the thread that reads the driver through ``pynvml``. Scripted: the driver's figures (each living worker
holds 1.9 GiB) and the engine, whose text is the digest of the sound it got: if a single sample were lost,
the text would differ.
"""

from __future__ import annotations

import hashlib
import os
import queue
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pytest

from audio.events import Problem
from desktop.core import giving_way as gw
from desktop.core import keep_alive_commands as ka
from desktop.core.events import Origin, TimePassed
from desktop.core.gpu_care import CleanRequested, GpuCare, GpuCareSettings, LogOperation
from desktop.core.gpu_policy import CacheCareSettings
from desktop.core.keep_alive import KeepAlive, State
from desktop.model_lifecycle import LifecycleParts, ModelLifecycle
from recognizer import events as rec
from recognizer.gpu import GpuProbe
from recognizer.gpu_reading import GpuSnapshot
from recognizer.gpu_watch import GpuWatch
from recognizer.local import local_recognizer
from tests.fakes.nvml import FakeNvml

MIB = 1 << 20
WORKER_MIB = 1946
CARD = "gpu 8192 256 12 NVIDIA GeForce RTX 3070"
DESKTOP = "proc 0 g 999001 300"
MODEL = rec.ModelSpec("scripted", "day", device="cuda:0", options=(("load_ms", "200"),))
SLEEP = "sleep is allowed"
FREED = "Freed 1.9 GiB, 0 MiB of ours left."
_Found = TypeVar("_Found")


class Day:
    """The program without windows, keys and sound; writes down what happens."""

    def __init__(self, folder: Path, nvml: FakeNvml) -> None:
        self.nvml = nvml
        self.inbox: queue.SimpleQueue[object] = queue.SimpleQueue()
        self.care = GpuCare(
            GpuCareSettings(
                gw.GivingWaySettings(floor_bytes=512 * MIB, settle_s=0.1, calm_s=0.1), CacheCareSettings()
            )
        )
        self.core = KeepAlive(
            ka.KeepAliveSettings(idle_unload_s=0.0, retry_s=(0.1,)), MODEL, fit=self.care.fit
        )
        self.recognizer = local_recognizer(self.inbox.put, folder)
        self.watch = GpuWatch(self.inbox.put, probe=GpuProbe(pci_root=folder / "no-pci"), period_s=0.1)
        self.wakes: dict[str, float | None] = {}
        self.told: list[Any] = []
        parts = LifecycleParts(
            recognizer=self.recognizer,
            watch=self.watch,
            post=self.inbox.put,
            schedule=lambda at_ms: self.wakes.update(core=at_ms),
            schedule_care=lambda at_ms: self.wakes.update(care=at_ms),
            tell=self.told.append,
            say=self.told.append,
            allow_sleep=lambda: self.told.append(SLEEP),
            use_recognizer=lambda: None,
            save_fits=self.told.append,
            log_operation=self.told.append,
        )
        self.lifecycle = ModelLifecycle(self.core, self.care, parts)
        self.states: list[State] = [State.UNLOADED]
        self.finals: dict[int, str] = {}
        self.pid = 0
        self._next_id = 0

    def tell(self, event: object) -> None:
        if isinstance(event, rec.Final):
            self.finals[event.utterance_id] = event.text
        if isinstance(event, rec.Ready):
            self.pid = event.pid
        self.lifecycle.handle(event, self.now_ms())
        if self.core.state is not self.states[-1]:
            self.states.append(self.core.state)

    def until(self, is_so: Callable[[], object], what: str, deadline_s: float = 20.0) -> None:
        """Let the day go on until something is so."""
        end_s = time.monotonic() + deadline_s
        while not is_so():
            due = [at_ms / 1000.0 for at_ms in self.wakes.values() if at_ms is not None]
            assert time.monotonic() < end_s, f"never: {what}; {self.states[-4:]}, told {self.told[-3:]}"
            try:
                wait_s = max(0.0, min([end_s, *due]) - time.monotonic())
                self.tell(self.inbox.get(timeout=wait_s))
            except queue.Empty:
                self.drop_due()
                self.tell(TimePassed(self.now_ms()))

    def drop_due(self) -> None:
        """A timer fires once."""
        for whose, at_ms in self.wakes.items():
            if at_ms is not None and at_ms <= self.now_ms():
                self.wakes[whose] = None

    def stop(self) -> None:
        self.recognizer.stop()
        self.watch.stop()

    # --- what a user does -------------------------------------------------------------------------

    def now_ms(self) -> float:
        return time.monotonic() * 1000.0

    def press(self) -> int:
        self._next_id += 1
        self.tell(ka.LeaseAcquired("dictation", self.now_ms()))
        self.recognizer.begin(self._next_id)
        return self._next_id

    def speak(self, utterance_id: int, pcm: bytes) -> None:
        for start in range(0, len(pcm), 6400):
            self.recognizer.feed(utterance_id, pcm[start : start + 6400])

    def release(self, utterance_id: int, pcm: bytes) -> None:
        """Ends the utterance, waits for its text and proves that all of ``pcm`` was heard."""
        self.recognizer.end(utterance_id)
        self.until(lambda: utterance_id in self.finals, "a final text")
        digest, samples = self.finals[utterance_id].split()
        assert int(samples) == len(pcm) // 2
        assert digest == hashlib.sha256(pcm).hexdigest(), "the sound that was recognised is not what was said"
        self.tell(ka.LeaseReleased("dictation", self.now_ms()))

    def dictate(self, pcm: bytes) -> None:
        utterance_id = self.press()
        self.speak(utterance_id, pcm)
        self.release(utterance_id, pcm)

    # --- what was written down ----------------------------------------------------------------------

    def since(self) -> list[State]:
        """States since the last look."""
        found, self.states = self.states, [self.states[-1]]
        return found

    def last(self, kind: type[_Found]) -> _Found:
        return next(each for each in reversed(self.told) if isinstance(each, kind))

    def unloaded(self) -> ka.TellUnloaded:
        assert self.lifecycle.last_unload is not None
        return self.lifecycle.last_unload

    def has_told(self, kind: type) -> bool:
        return any(isinstance(each, kind) for each in self.told)

    def forget(self) -> None:
        self.told.clear()
        self.since()
        self.lifecycle.last_unload = None


def sound(seed: int, seconds: float = 1.5) -> bytes:
    return hashlib.shake_128(bytes([seed])).digest(int(seconds * 32_000) & ~1)


def driver_says(nvml: FakeNvml, *more: str, on_card: bool = True) -> None:
    """Every living worker of ours holds 1.9 GiB, unless it runs on the CPU."""
    workers = [f"children 0 {os.getpid()} recognizer.worker {WORKER_MIB}"] if on_card else []
    nvml.write(CARD, DESKTOP, *workers, *more)


@pytest.fixture
def day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Day]:
    nvml = FakeNvml(tmp_path)
    nvml.load_here(monkeypatch)
    driver_says(nvml)
    started = Day(tmp_path, nvml)
    yield started
    started.stop()


def test_a_day(day: Day, tmp_path: Path) -> None:
    morning(day)
    idle(day)
    standby(day)
    game(day)
    pressure(day)
    out_of_memory(day, tmp_path)
    night(day)
    crash(day)
    evening(day)


def morning(day: Day) -> None:
    """Speaking begins before there is a model; it is loaded meanwhile and catches up."""
    day.dictate(sound(1))
    assert day.since() == [State.UNLOADED, State.STARTING, State.LOADING, State.BUSY, State.READY]
    day.until(lambda: used_by_us(day) == WORKER_MIB * MIB, "the gauge shows our share")
    assert day.last(LogOperation).what == "load"


def idle(day: Day) -> None:
    day.forget()
    settings = replace(day.core.settings, idle_unload_s=0.3)
    day.tell(ka.SettingsChanged(settings, day.now_ms()))
    day.until(lambda: day.lifecycle.last_unload, "an idle unload with its proof")
    assert day.since() == [State.READY, State.IDLE, State.UNLOADING, State.UNLOADED]
    told = day.unloaded()
    assert (told.sentence, told.origin) == (FREED, Origin.TIMER)
    assert told.freed_bytes == WORKER_MIB * MIB
    assert told.after_bytes == 300 * MIB
    assert day.last(LogOperation) == LogOperation(
        "unload", "timer", (300 + WORKER_MIB) * MIB, 300 * MIB, FREED
    )
    assert not alive(day.pid)
    day.tell(ka.SettingsChanged(replace(settings, idle_unload_s=0.0), day.now_ms()))


def standby(day: Day) -> None:
    """A prepared process waits beside "unloaded", counted as ours; the next load uses it up."""
    driver_says(day.nvml, on_card=False)
    settings = day.core.settings
    day.tell(ka.SettingsChanged(replace(settings, standby=True), day.now_ms()))
    day.until(lambda: day.core.standby is not None and day.core.standby.pid is not None, "a standby worker")
    assert day.core.standby is not None
    prepared = day.core.standby.pid
    assert day.core.state is State.UNLOADED
    assert day.core.our_pids == {prepared}
    assert used_by_us(day) == 0
    day.tell(ka.SettingsChanged(settings, day.now_ms()))
    assert day.core.standby is None
    day.tell(ka.SettingsChanged(replace(settings, standby=True), day.now_ms()))
    day.until(lambda: day.core.standby is not None and day.core.standby.pid is not None, "another one")
    assert day.core.standby is not None
    prepared = day.core.standby.pid
    day.dictate(sound(8))
    assert day.pid == prepared, "the very process that waited"
    assert day.core.standby is None
    day.tell(ka.SettingsChanged(settings, day.now_ms()))
    driver_says(day.nvml)


def game(day: Day) -> None:
    """The card is given back for the game, the key works on the CPU meanwhile, and then all is as before."""
    day.dictate(sound(2))
    held = day.press()
    day.forget()
    day.tell(gw.GameModeStarted())
    assert day.core.state is State.BUSY, "never while the key is held"
    day.speak(held, sound(3))
    day.release(held, sound(3))
    day.until(lambda: day.lifecycle.last_unload, "the card is left to the game")
    assert day.since() == [State.BUSY, State.UNLOADING, State.UNLOADED]
    assert day.unloaded().sentence == f"GameMode: f{FREED[1:]}"
    driver_says(day.nvml, "proc 0 g 999002 5000", on_card=False)
    day.dictate(sound(4))
    assert day.core.device == "cpu"
    assert used_by_us(day) == 0
    day.tell(gw.GameModeEnded())
    driver_says(day.nvml)
    day.until(lambda: day.core.device == "cuda:0" and day.core.state is State.READY, "back on the card")
    assert {entry.what for entry in day.told if isinstance(entry, LogOperation)} >= {"give-way", "come-back"}


def pressure(day: Day) -> None:
    """Another program fills the card; we leave, and come back when it is gone."""
    day.until(lambda: used_by_us(day) == WORKER_MIB * MIB, "the gauge shows our share")
    day.forget()
    driver_says(day.nvml, "proc 0 c 999003 5300")
    day.until(lambda: day.lifecycle.last_unload, "the card is left to who needs it")
    assert "only 390 MiB free" in day.unloaded().sentence
    assert day.since() == [State.READY, State.UNLOADING, State.UNLOADED]
    driver_says(day.nvml)
    day.until(lambda: day.core.state is State.READY, "back on the card")


def out_of_memory(day: Day, folder: Path) -> None:
    """In mid-speech the card has no room: a smaller precision goes on, and no sample is lost."""
    options = (("oom_at_ms", "600"), ("once", str(folder / "oom")))
    full = replace(MODEL, name="big", options=options)
    day.tell(ka.ModelRequested(full, Origin.TRAY, day.now_ms()))
    day.until(lambda: day.core.state is State.READY and day.core.model == full, "the big model")
    day.forget()
    day.dictate(sound(5, 2.5))
    (fit,) = day.last(tuple)
    assert (fit.uuid, fit.asked) == ("GPU-fake-0", full)
    assert fit.fitted == replace(full, precision="bf16")
    assert day.last(Problem).code == "gpu-out-of-memory"
    assert day.care.fit(full) == fit.fitted, "remembered for this card"


def night(day: Day) -> None:
    """The computer sleeps while the key is held: nothing of ours survives, and no sample is lost."""
    day.tell(ka.ModelRequested(MODEL, Origin.TRAY, day.now_ms()))
    held = day.press()
    day.until(lambda: day.core.state is State.BUSY and day.core.model == MODEL, "loaded")
    day.forget()
    first, second = sound(6)[:32_000], sound(6)[32_000:]
    day.speak(held, first)
    day.tell(ka.Suspending(day.now_ms()))
    day.until(lambda: SLEEP in day.told, "sleep is allowed")
    assert not alive(day.pid)
    assert day.since() == [State.BUSY, State.UNLOADING, State.UNLOADED]
    day.tell(ka.Resumed(day.now_ms()))
    day.speak(held, second)
    day.release(held, sound(6))
    assert day.since()[:2] == [State.UNLOADED, State.STARTING]


def crash(day: Day) -> None:
    """kill -9 in mid-speech: the next worker hears everything again."""
    held = day.press()
    day.until(lambda: day.core.state is State.BUSY, "loaded")
    day.speak(held, sound(7)[:16_000])
    killed = day.pid
    os.kill(killed, signal.SIGKILL)
    day.until(lambda: day.core.state is State.STARTING, "the next worker")
    day.speak(held, sound(7)[16_000:])
    day.release(held, sound(7))
    assert day.pid != killed


def evening(day: Day) -> None:
    """A last cleaning by hand, unload before gaming, quit."""
    day.forget()
    day.tell(CleanRequested(Origin.TRAY, day.now_ms()))
    day.until(lambda: day.has_told(LogOperation), "a cleaning in the log")
    assert day.last(LogOperation).by == "user"
    day.tell(ka.UnloadRequested(Origin.COMMAND_LINE, day.now_ms(), stay=True))
    day.until(lambda: day.lifecycle.last_unload, "unloaded")
    assert day.unloaded().sentence == FREED
    assert day.core.stays_unloaded
    day.tell(ka.Quitting(day.now_ms()))
    assert day.core.state is State.UNLOADED


def used_by_us(day: Day) -> int | None:
    """What the driver says right now."""
    probe = GpuProbe(pci_root=Path("/nonexistent"))
    snapshot: GpuSnapshot = probe.read(day.core.our_pids)
    probe.close()
    return snapshot.ours_bytes


def alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()
