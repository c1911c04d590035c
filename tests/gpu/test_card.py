"""The life of a worker: on a card where there is one, and the suite itself on the CPU everywhere."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.gpu.run import ROOT, has_card, run


def test_a_worker_leaves_nothing_on_the_card() -> None:
    """Loaded, busy, cleaned, unloaded, in standby and back: proven by the driver."""
    if not has_card():
        pytest.skip("no CUDA card on this machine")
    figures, failures = run("tiny", ["fp32", "bf16"], "cuda:0")
    assert failures == []
    assert figures["fp32"]["loaded_cold_mib"] > 0


def test_the_suite_itself_runs_without_a_card() -> None:
    """So that it does not fail for its own mistakes on the day a card is there."""
    figures, failures = run("tiny", ["fp32"], "cpu")
    kept = [failure for failure in failures if "300 ms" not in failure]  # timings are for quiet machines
    assert kept == []
    assert figures["fp32"]["runs_on"] == "cpu"
    assert figures["fp32"]["first_partial_standby_ms"] > 0


def test_without_a_card_it_says_so() -> None:
    if has_card():
        pytest.skip("there is a card")
    command = [sys.executable, str(ROOT / "tests" / "gpu" / "run.py")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert done.returncode == 2
    assert "No CUDA card" in done.stderr
