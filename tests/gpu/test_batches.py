"""Batches of files under a ceiling of 4 GiB of a card: flat memory, nothing lost, a dictation in between.

What is asked of a card is asked here; the same run without one proves that it does not fail for its own
mistakes on the day a card is there.
"""

from __future__ import annotations

import gc
import queue
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from recognizer import messages
from recognizer.events import ModelSpec, Priority
from recognizer.worker.batch_plan import BatchPlan, Piece
from recognizer.worker.server import Server
from tests.fakes.tiny_second_pass import make_paraformer_offline, make_sensevoice
from tests.gpu.run import has_card
from tests.recognizer.worker.test_second_pass import noise

needs_card = pytest.mark.skipif(not has_card(), reason="no CUDA card on this machine")
CEILING_BYTES = 4 << 30
MIB = 1 << 20


@pytest.fixture(autouse=True)
def no_ceiling_afterwards() -> Iterator[None]:
    """The ceiling is the process's, and other tests of cards run in it."""
    yield
    if has_card():
        import torch

        gc.collect()
        torch.cuda.empty_cache()
        torch.cuda.set_per_process_memory_fraction(1.0, "cuda:0")


@dataclass
class Ran:
    """What came of a run; peaks are of the card's allocator, one for each round of utterances."""

    device: str
    texts: dict[int, str]
    refused: list[messages.UtteranceRefused]
    peaks_bytes: list[int]
    largest_batch: int
    failures: int


class Counted(BatchPlan):
    """The plan, with what it chose and how often that did not fit."""

    def __init__(self) -> None:
        super().__init__()
        self.largest = 0
        self.failures = 0

    def choose(self, waiting: list[Piece], room_bytes: int | None) -> tuple[Piece, ...]:  # type: ignore[override]
        batch = super().choose(waiting, room_bytes)
        self.largest = max(self.largest, len(batch))
        return batch

    def ran_out_of_memory(self, padded_ms: int) -> None:
        self.failures += 1
        super().ran_out_of_memory(padded_ms)


def ceiling_fraction(device: str, ceiling_bytes: int) -> float | None:
    """For ``ModelSpec.memory_fraction``."""
    if not device.startswith("cuda"):
        return None
    import torch

    return min(1.0, ceiling_bytes / torch.cuda.mem_get_info(device)[1])


def run(folder: Path, device: str, precision: str, rounds: int, count: int, length_s: int) -> Ran:
    """``rounds`` times ``count`` utterances of at most ``length_s``, under the ceiling."""
    inbox: queue.SimpleQueue[messages.Message] = queue.SimpleQueue()
    said: list[messages.FromWorker] = []
    server = Server(inbox, said.append)
    fraction = ceiling_fraction(device, CEILING_BYTES)
    inbox.put(
        messages.Load(ModelSpec("whole", "m", str(folder), device, precision, memory_fraction=fraction))
    )
    server.turn()
    loaded = said[-1]
    assert isinstance(loaded, messages.Loaded), loaded
    assert server._batches is not None
    plan = server._batches._plan = Counted()
    sounds = [noise(16_000 * length_s * (8 - seed) // 8, seed) for seed in range(4)]
    peaks: list[int] = []
    for round_ in range(rounds):
        inbox.put(messages.CleanCache())  # as between two groups of files; starts the peak anew
        for number in range(count):
            inbox.put(messages.Begin(round_ * count + number, Priority.FILE))
            inbox.put(messages.Audio(round_ * count + number, sounds[number % 4]))
            inbox.put(messages.End(round_ * count + number))
        while not inbox.empty() or server.has_work:
            server.turn()
        inbox.put(messages.ReportMemory())
        server.turn()
        held = said[-1]
        assert isinstance(held, messages.MemoryHeld)
        peaks.append(held.peak_bytes)
    done = [each for each in said if isinstance(each, messages.UtteranceDone)]
    refused = [each for each in said if isinstance(each, messages.UtteranceRefused)]
    assert len(done) + len(refused) == rounds * count
    texts = {each.utterance_id: each.text for each in done}
    return Ran(loaded.device, texts, refused, peaks, plan.largest, plan.failures)


@needs_card
@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("make", [make_sensevoice, make_paraformer_offline])
def test_three_hours_under_four_gib(
    tmp_path: Path,
    make: Callable[..., Path],
    precision: str,
    record_property: Callable[[str, object], None],
) -> None:
    """Released size, random weights; 6 rounds of 72 utterances of 19 to 30 s are three hours."""
    ran = run(make(tmp_path / "model", full=True), "cuda:0", precision, rounds=6, count=72, length_s=30)
    record_property("peaks_mib", [peak // MIB for peak in ran.peaks_bytes])
    record_property("largest_batch", ran.largest_batch)
    assert ran.device == "cuda:0"
    assert ran.refused == []
    assert all(0 < peak <= CEILING_BYTES for peak in ran.peaks_bytes)
    settled = ran.peaks_bytes[2:]  # by then the batches have grown
    mean = sum(settled) / len(settled)
    assert max(settled) <= 1.05 * mean and min(settled) >= 0.95 * mean
    assert ran.largest_batch > 4


@needs_card
@pytest.mark.parametrize("make", [make_sensevoice, make_paraformer_offline])
def test_the_card_says_what_the_processor_says(tmp_path: Path, make: Callable[..., Path]) -> None:
    """In fp32, a few of many: another order of sums may tip a token of random weights."""
    folder = make(tmp_path / "model")
    card, host = (run(folder, device, "fp32", 1, 24, 8) for device in ("cuda:0", "cpu"))
    same = sum(card.texts[number] == host.texts[number] for number in host.texts)
    assert same >= 0.75 * len(host.texts)
    assert card.largest_batch > 1


@needs_card
def test_a_full_card_halves_the_batch(tmp_path: Path) -> None:
    """Another program, here a tensor of our own, leaves hardly any room."""
    import torch

    folder = make_sensevoice(tmp_path / "model")
    free, _ = torch.cuda.mem_get_info("cuda:0")
    hog = torch.empty(max(0, free - 700 * MIB), dtype=torch.uint8, device="cuda:0")
    try:
        ran = run(folder, "cuda:0", "fp32", rounds=2, count=60, length_s=30)
    finally:
        del hog
        torch.cuda.empty_cache()
    assert ran.refused == []
    assert len(ran.texts) == 120


def test_the_run_itself_works_without_a_card(tmp_path: Path) -> None:
    ran = run(make_sensevoice(tmp_path / "model"), "cpu", "fp32", rounds=2, count=12, length_s=4)
    assert ran.device == "cpu" and ran.refused == [] and ran.failures == 0
    assert len(ran.texts) == 24 and ran.largest_batch > 1
    assert all(ran.texts[number] == ran.texts[number % 4] != "" for number in ran.texts)
