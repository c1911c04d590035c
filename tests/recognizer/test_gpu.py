"""The cards, read through the real ``pynvml`` from a scripted driver (``tests/fakes/fake_nvml.c``)."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from recognizer.gpu import GENTLE_S, RETRY_S, GpuProbe
from recognizer.gpu_reading import Moment
from tests.fakes.nvml import FakeNvml

MIB = 1 << 20
CARD = "gpu 24576 350 37 NVIDIA GeForce RTX 3090"


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def nvml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeNvml:
    fake = FakeNvml(tmp_path)
    fake.load_here(monkeypatch)
    return fake


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def probe(tmp_path: Path, clock: Clock) -> Iterator[GpuProbe]:
    """A probe on a machine whose cards never sleep."""
    found = GpuProbe(pci_root=tmp_path / "no-pci", clock=clock)
    yield found
    found.close()


def sleeper() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)


# --- figures ---------------------------------------------------------------------------------------


def test_total_used_ours_and_others(nvml: FakeNvml, probe: GpuProbe) -> None:
    nvml.write(CARD, "proc 0 c 999901 1900", "proc 0 g 999902 700", "proc 0 c 999903 100")
    snapshot = probe.read({999901}, Moment.BEFORE)
    (card,) = snapshot.readings
    assert (card.index, card.uuid, card.name) == (0, "GPU-fake-0", "NVIDIA GeForce RTX 3090")
    assert card.total_bytes == 24576 * MIB
    assert card.used_bytes == 2700 * MIB
    assert card.reserved_bytes == 350 * MIB
    assert card.free_bytes == (24576 - 350 - 2700) * MIB
    assert (card.ours_bytes, card.others_bytes) == (1900 * MIB, 800 * MIB)
    assert card.utilisation_percent == 37
    assert snapshot.moment is Moment.BEFORE
    assert snapshot.at_ms == 100_000.0
    assert snapshot.problem is None


def test_figures_change_while_the_program_runs(nvml: FakeNvml, probe: GpuProbe) -> None:
    nvml.write(CARD)
    assert probe.read().used_bytes == 0
    nvml.write(CARD, "proc 0 c 999901 500")
    assert probe.read().used_bytes == 500 * MIB


def test_several_cards(nvml: FakeNvml, probe: GpuProbe) -> None:
    nvml.write(CARD, "gpu 8192 100 5 NVIDIA T4", "proc 1 c 999901 1000")
    first, second = probe.read({999901}).readings
    assert (first.ours_bytes, second.ours_bytes) == (0, 1000 * MIB)
    assert second.name == "NVIDIA T4"
    assert probe.read({999901}).ours_bytes == 1000 * MIB


def test_processes_have_names_and_stand_once(nvml: FakeNvml, probe: GpuProbe) -> None:
    me = os.getpid()
    nvml.write(CARD, f"proc 0 c {me} 300", f"proc 0 g {me} 300", "proc 0 c 999999 10", "used 0 660")
    mine, stranger = probe.read({me}).readings[0].processes
    assert (mine.pid, mine.used_bytes, mine.is_ours) == (me, 300 * MIB, True)
    assert mine.name == Path("/proc/self/comm").read_text().strip()
    assert (stranger.name, stranger.is_ours) == ("?", False)


def test_a_worker_is_ours_before_anybody_said_so(nvml: FakeNvml, probe: GpuProbe) -> None:
    with sleeper() as worker:
        nvml.write(CARD, f"tied 0 {worker.pid} 900", "proc 0 c 1 50")
        (card,) = probe.read().readings
        assert (card.ours_bytes, card.others_bytes) == (900 * MIB, 50 * MIB)
        worker.kill()
    assert probe.read({worker.pid}).readings[0].ours_bytes == 0


def test_children_of_a_program_are_found_by_their_command(nvml: FakeNvml, probe: GpuProbe) -> None:
    with sleeper() as worker:
        nvml.write(CARD, f"children 0 {os.getpid()} input() 640", f"children 0 {os.getpid()} nobody 1")
        assert [process.pid for process in probe.read().readings[0].processes] == [worker.pid]
        worker.kill()
    assert probe.read().readings[0].processes == ()


# --- drivers that tell less ---------------------------------------------------------------------------


def test_memory_of_processes_may_be_secret(nvml: FakeNvml, probe: GpuProbe) -> None:
    """Windows WDDM: processes are listed, their memory is not."""
    nvml.write(CARD, "proc 0 c 999901 -1", "proc 0 g 999902 -1", "used 0 2350")
    (card,) = probe.read({999901}).readings
    assert card.ours_bytes is None
    assert card.others_bytes == 2000 * MIB
    assert card.processes[0].used_bytes is None
    assert probe.read().readings[0].ours_bytes == 0, "none of ours is on it"


def test_the_whole_process_table_may_be_secret(nvml: FakeNvml, probe: GpuProbe) -> None:
    nvml.write(CARD, "proc 0 c 999901 100", "secret")
    snapshot = probe.read({999901})
    assert snapshot.readings[0].ours_bytes is None
    assert snapshot.readings[0].processes == ()
    assert snapshot.ours_bytes is None
    assert snapshot.problem is None, "the gauge still works"


def test_an_old_driver_is_asked_the_old_way(nvml: FakeNvml, probe: GpuProbe) -> None:
    nvml.write(CARD, "proc 0 c 999901 1000", "old")
    (card,) = probe.read({999901}).readings
    assert card.used_bytes == 1350 * MIB, "the driver's own share cannot be told apart"
    assert card.reserved_bytes == 0
    assert card.ours_bytes == 1000 * MIB


def test_mig_instances_stand_for_the_card(nvml: FakeNvml, probe: GpuProbe) -> None:
    nvml.write("gpu 81920 500 0 NVIDIA H100", "mig 0 10240 3000", "mig 0 20480 0")
    first, second = probe.read().readings
    assert (first.uuid, first.name) == ("MIG-fake-0-0", "NVIDIA H100 MIG 1")
    assert (first.total_bytes, first.used_bytes) == (10240 * MIB, 3000 * MIB)
    assert second.uuid == "MIG-fake-0-1"
    assert first.utilisation_percent is None


# --- trouble ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        (9, "gpu-driver-not-loaded"),
        (18, "gpu-driver-changed"),
        (4, "gpu-no-permission"),
        (999, "gpu-unreadable"),
    ],
)
def test_opening_fails_with_a_sentence_told_once(
    nvml: FakeNvml, probe: GpuProbe, clock: Clock, code: int, problem: str
) -> None:
    nvml.write(f"init_error {code}")
    snapshot = probe.read()
    assert snapshot.readings == ()
    assert snapshot.problem is not None
    assert snapshot.problem.code == problem
    assert snapshot.problem.remedy
    for _ in range(3):
        clock.now_s += RETRY_S
        assert probe.read().problem is None
    assert probe.trouble is not None, "doctor can still ask"


def test_no_driver_is_no_trouble(nvml: FakeNvml, probe: GpuProbe) -> None:
    nvml.write("init_error 12")
    assert probe.read().problem is None
    assert probe.trouble is None
    assert not probe.is_open


def test_a_machine_without_the_library() -> None:
    """In a process of its own, where no fake was ever loaded."""
    script = (
        "from recognizer.gpu import GpuProbe; p = GpuProbe(); s = p.read(); p.close();"
        "print(len(s.readings), s.problem, p.is_open)"
    )
    environment = {**os.environ, "LD_LIBRARY_PATH": "/nonexistent"}
    if list(Path("/usr/lib").glob("*/libnvidia-ml.so.1")):
        pytest.skip("this machine has a real driver")
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment, capture_output=True, text=True, timeout=30
    )
    assert done.stdout.split() == ["0", "None", "False"], done.stderr


def test_opening_is_tried_again_later(nvml: FakeNvml, probe: GpuProbe, clock: Clock) -> None:
    nvml.write("init_error 9")
    probe.read()
    nvml.write(CARD)
    assert probe.read().readings == (), "not every second"
    clock.now_s += RETRY_S
    assert len(probe.read().readings) == 1
    assert probe.trouble is None


def test_a_card_that_falls_off_the_bus_leaves_the_other(nvml: FakeNvml, probe: GpuProbe) -> None:
    nvml.write(CARD, "gpu 8192 100 5 NVIDIA T4")
    assert len(probe.read().readings) == 2
    nvml.write(CARD, "gpu 8192 100 5 NVIDIA T4", "lost 0")
    snapshot = probe.read()
    assert [card.name for card in snapshot.readings] == ["NVIDIA T4"]
    assert snapshot.problem is not None
    assert snapshot.problem.code == "gpu-lost"
    assert probe.read().problem is None
    nvml.write(CARD, "gpu 8192 100 5 NVIDIA T4")
    assert len(probe.read().readings) == 2
    nvml.write(CARD, "gpu 8192 100 5 NVIDIA T4", "lost 1")
    assert probe.read().problem is not None, "new trouble is news"


@pytest.mark.parametrize(
    ("code", "problem"), [(15, "gpu-lost"), (18, "gpu-driver-changed"), (999, "gpu-unreadable")]
)
def test_everything_fails_in_the_middle_and_comes_back(
    nvml: FakeNvml, probe: GpuProbe, clock: Clock, code: int, problem: str
) -> None:
    """18 is what a driver update under a running program looks like."""
    nvml.write(CARD)
    probe.read()
    nvml.write(CARD, f"error {code}")
    snapshot = probe.read()
    assert snapshot.readings == ()
    assert snapshot.problem is not None
    assert snapshot.problem.code == problem
    assert not probe.is_open
    nvml.write(CARD)
    clock.now_s += RETRY_S
    assert len(probe.read().readings) == 1


def test_no_cards_is_a_driver_without_a_card(nvml: FakeNvml, probe: GpuProbe) -> None:
    nvml.write()
    assert probe.read() == probe.read()
    assert probe.read().readings == ()


# --- sleep ----------------------------------------------------------------------------------------------


def pci_card(root: Path, bus: int, *, status: str, control: str = "auto") -> Path:
    folder = root / f"0000:{bus:02x}:00.0"
    (folder / "power").mkdir(parents=True)
    (folder / "vendor").write_text("0x10de\n")
    (folder / "class").write_text("0x030000\n")
    (folder / "power" / "control").write_text(f"{control}\n")
    (folder / "power" / "runtime_status").write_text(f"{status}\n")
    return folder


def sets(folder: Path, status: str) -> None:
    (folder / "power" / "runtime_status").write_text(f"{status}\n")


def test_a_sleeping_card_is_not_touched(nvml: FakeNvml, tmp_path: Path, clock: Clock) -> None:
    folder = pci_card(tmp_path / "pci", 0, status="suspended")
    driver = tmp_path / "driver" / "0000:00:00.0"
    driver.mkdir(parents=True)
    (driver / "information").write_text("Model: \t\t NVIDIA GeForce RTX 4060 Laptop GPU\nIRQ: 1\n")
    nvml.write(CARD, "count")
    probe = GpuProbe(pci_root=tmp_path / "pci", driver_root=tmp_path / "driver", clock=clock)
    (card,) = probe.read().readings
    assert card.is_asleep
    assert card.name == "NVIDIA GeForce RTX 4060 Laptop GPU"
    assert nvml.calls() == 0
    sets(folder, "active")
    (card,) = probe.read({999901}).readings
    assert not card.is_asleep
    assert card.total_bytes == 24576 * MIB
    sets(folder, "suspended")
    touched = nvml.calls()
    (card,) = probe.read({999901}).readings
    assert card.is_asleep
    assert card.total_bytes == 24576 * MIB, "the last known figures"
    assert not probe.is_open
    sets(folder, "suspending")
    probe.read()
    assert nvml.calls() <= touched + 1, "nothing but closing"


def test_a_card_that_could_sleep_is_left_alone_for_a_while(
    nvml: FakeNvml, tmp_path: Path, clock: Clock
) -> None:
    pci_card(tmp_path / "pci", 0, status="active")
    nvml.write(CARD, "proc 0 g 999902 100")
    probe = GpuProbe(pci_root=tmp_path / "pci", driver_root=tmp_path, clock=clock)
    assert probe.read().used_bytes == 100 * MIB
    nvml.write(CARD, "proc 0 g 999902 200")
    clock.now_s += 1.0
    assert probe.read().used_bytes == 100 * MIB
    assert not probe.is_open, "an open driver keeps it awake"
    assert probe.read((), Moment.AFTER).used_bytes == 200 * MIB, "a proof is worth the watts"
    nvml.write(CARD, "proc 0 g 999902 300")
    clock.now_s += GENTLE_S
    assert probe.read().used_bytes == 300 * MIB
    nvml.write(CARD, "proc 0 c 999901 400")
    assert probe.read({999901}).used_bytes == 400 * MIB, "our worker keeps it awake anyway"
    probe.close()


@pytest.mark.parametrize(
    ("control", "power"),
    [("on", ""), ("auto", "Runtime D3 status: Disabled by default"), ("auto", "Not supported")],
)
def test_a_card_that_cannot_sleep_is_asked_every_time(
    nvml: FakeNvml, tmp_path: Path, clock: Clock, control: str, power: str
) -> None:
    pci_card(tmp_path / "pci", 0, status="active", control=control)
    if power:
        (tmp_path / "driver" / "0000:00:00.0").mkdir(parents=True)
        (tmp_path / "driver" / "0000:00:00.0" / "power").write_text(f"{power}\nVideo Memory: Active\n")
    nvml.write(CARD)
    probe = GpuProbe(pci_root=tmp_path / "pci", driver_root=tmp_path / "driver", clock=clock)
    probe.read()
    nvml.write(CARD, "proc 0 g 999902 200")
    assert probe.read().used_bytes == 200 * MIB
    probe.close()


def test_a_card_may_sleep_once_the_power_plug_is_pulled(nvml: FakeNvml, tmp_path: Path, clock: Clock) -> None:
    """Power managers keep the card awake on mains only, and the program may have been started there."""
    folder = pci_card(tmp_path / "pci", 0, status="active", control="on")
    nvml.write(CARD, "count")
    probe = GpuProbe(pci_root=tmp_path / "pci", driver_root=tmp_path / "driver", clock=clock)
    assert not probe.read().readings[0].is_asleep and probe.is_open
    (folder / "power" / "control").write_text("auto\n")
    assert not probe.read().readings[0].is_asleep
    assert not probe.is_open, "it is not kept awake"
    sets(folder, "suspended")
    calls = nvml.calls()
    assert probe.read().readings[0].is_asleep
    assert nvml.calls() == calls, "it is not woken"


def test_one_of_two_cards_sleeps(nvml: FakeNvml, tmp_path: Path, clock: Clock) -> None:
    first = pci_card(tmp_path / "pci", 0, status="suspended")
    pci_card(tmp_path / "pci", 1, status="active", control="on")
    nvml.write(CARD, "gpu 8192 100 5 NVIDIA T4")
    probe = GpuProbe(pci_root=tmp_path / "pci", driver_root=tmp_path, clock=clock)
    sleeper, awake = probe.read().readings
    assert (sleeper.is_asleep, sleeper.total_bytes) == (True, 0)
    assert (awake.is_asleep, awake.name) == (False, "NVIDIA T4")
    sets(first, "active")
    assert [card.total_bytes for card in probe.read({999901}).readings] == [24576 * MIB, 8192 * MIB]
    sets(first, "suspended")
    sleeper, awake = probe.read({999901}).readings
    assert (sleeper.is_asleep, sleeper.total_bytes) == (True, 24576 * MIB), "the last known figures"
    assert not awake.is_asleep
    probe.close()
