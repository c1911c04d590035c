"""The thread ``gpu``: polls only while watched, answers what it is asked, survives mistakes."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from recognizer.gpu import GpuProbe
from recognizer.gpu_reading import GpuSnapshot, Moment
from recognizer.gpu_watch import GpuWatch
from tests.fakes.nvml import FakeNvml

MIB = 1 << 20
CARD = "gpu 24576 350 37 NVIDIA GeForce RTX 3090"


@pytest.fixture
def nvml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeNvml:
    fake = FakeNvml(tmp_path)
    fake.load_here(monkeypatch)
    fake.write(CARD, "count")
    return fake


@pytest.fixture
def heard() -> queue.SimpleQueue[GpuSnapshot]:
    return queue.SimpleQueue()


@pytest.fixture
def watch(nvml: FakeNvml, heard: queue.SimpleQueue[GpuSnapshot], tmp_path: Path) -> Iterator[GpuWatch]:
    running = GpuWatch(heard.put, probe=GpuProbe(pci_root=tmp_path / "no-pci"), period_s=0.02)
    yield running
    running.stop()


def test_nothing_is_asked_until_somebody_looks(
    watch: GpuWatch, nvml: FakeNvml, heard: queue.SimpleQueue[GpuSnapshot]
) -> None:
    with pytest.raises(queue.Empty):
        heard.get(timeout=0.1)
    assert nvml.calls() == 0
    watch.watch(True)
    assert [heard.get(timeout=5).moment for _ in range(3)] == [Moment.PERIODIC] * 3
    watch.watch(False)
    watch.ask(Moment.AFTER)
    while heard.get(timeout=5).moment is not Moment.AFTER:
        pass
    with pytest.raises(queue.Empty):
        heard.get(timeout=0.1)


def test_a_question_is_answered_though_nobody_watches(
    watch: GpuWatch, nvml: FakeNvml, heard: queue.SimpleQueue[GpuSnapshot]
) -> None:
    nvml.write(CARD, "proc 0 c 999901 900")
    watch.ask(Moment.BEFORE, frozenset({999901}))
    snapshot = heard.get(timeout=5)
    assert (snapshot.moment, snapshot.ours_bytes) == (Moment.BEFORE, 900 * MIB)


def test_what_is_ours_can_change(
    watch: GpuWatch, nvml: FakeNvml, heard: queue.SimpleQueue[GpuSnapshot]
) -> None:
    nvml.write(CARD, "proc 0 c 999901 900")
    watch.ask(Moment.PERIODIC)
    assert heard.get(timeout=5).ours_bytes == 0
    watch.count_as_ours(frozenset({999901}))
    watch.ask(Moment.PERIODIC)
    assert heard.get(timeout=5).ours_bytes == 900 * MIB


def test_a_mistake_becomes_a_problem_not_a_dead_thread(heard: queue.SimpleQueue[GpuSnapshot]) -> None:
    class Wrong(GpuProbe):
        def read(self, our_pids: object = (), moment: Moment = Moment.PERIODIC) -> GpuSnapshot:
            raise ZeroDivisionError

    watch = GpuWatch(heard.put, probe=Wrong())
    watch.ask(Moment.BEFORE)
    snapshot = heard.get(timeout=5)
    assert snapshot.problem is not None
    assert snapshot.problem.code == "gpu-unreadable"
    watch.ask(Moment.AFTER)
    assert heard.get(timeout=5).moment is Moment.AFTER
    watch.stop()


def test_stopping_ends_the_thread_and_lets_go_of_the_driver(
    nvml: FakeNvml, heard: queue.SimpleQueue[GpuSnapshot], tmp_path: Path
) -> None:
    probe = GpuProbe(pci_root=tmp_path / "no-pci")
    watch = GpuWatch(heard.put, probe=probe)
    watch.watch(True)
    heard.get(timeout=5)
    assert probe.is_open
    watch.stop()
    assert not probe.is_open
    assert not [thread for thread in threading.enumerate() if thread.name == "gpu"]
