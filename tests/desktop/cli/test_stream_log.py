"""What an outsider computes from the events of ``plosive stream``."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Of one utterance: speech until 2000 ms, hangover 600, two partials that differ in one word, a final."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    sys.modules.pop("figures", None)
    from stream_log import figures_of

    def record(kind: str, wall_ms: float, audio_ms: int, text: str = "", **more: Any) -> dict[str, Any]:
        told = {"committed": text if kind == "final" else "", "tentative": "" if kind == "final" else text}
        return {"kind": kind, "wall_ms": wall_ms, "audio_ms": audio_ms, "utterance_id": 1, **told, **more}

    spoken = [["we", 200, 400], ["meet", 400, 800], ["at", 800, 900], ["nine", 900, 1300]]
    records = [
        {"kind": "ready", "utterance_id": None, "hangover_ms": 600},
        record("speech_started", 400.0, 0),
        record("partial", 750.0, 700, "we"),
        record("partial", 1000.0, 950, "we meat at"),
        record("partial", 1400.0, 1350, "we meet at"),
        record("speech_ended", 2605.0, 2600, reason="silence"),
        record("final", 2755.0, 2600, "We meet at nine.", words=spoken, engine_ms=120.0),
    ]
    path = tmp_path / "events.jsonl"
    path.write_text("\n".join(map(json.dumps, records)), encoding="utf-8")
    yield figures_of(path)
    sys.modules.pop("figures", None)


def test_delays(figures: dict[str, Any]) -> None:
    assert figures["first_text_ms"]["p50"] == 350.0
    assert figures["onset_text_ms"]["p50"] == 750.0
    assert figures["commit_wait_ms"]["p50"] == 35.0


def test_steadiness(figures: dict[str, Any]) -> None:
    assert (figures["words"], figures["utterances"]) == (4, 1)
    assert figures["upwr"] == 0.25, "one word of four"
    assert figures["erasure"] == 0.5, "and the one after it"
    assert (figures["calm_upwr"], figures["final_changes"]) == (0.0, 0.0)
