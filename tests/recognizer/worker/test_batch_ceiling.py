"""Real memory that runs out, not an exception that a test throws: an address space with a ceiling."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from recognizer.child import worker_environment
from tests.fakes.tiny_second_pass import make_sensevoice

ROOT = Path(__file__).resolve().parents[3]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has such a ceiling")
def test_batches_shrink_under_a_ceiling_and_nothing_is_lost(tmp_path: Path) -> None:
    folder = make_sensevoice(tmp_path / "sv")
    script = Path(__file__).with_name("ceiling_run.py")
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", str(script), str(folder), "96", "120"],
        env=worker_environment(),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
    )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout.splitlines()[-1])
    assert found["failures"] >= 1, "the ceiling was never reached, so this proves nothing"
    assert found["largest_batch"] > 3
    assert found["answered"] and found["all_say_the_same"] and found["refused"] == 0
