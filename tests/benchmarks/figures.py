"""How every benchmark tells its figures: a table for people, ``--json`` for programs.

    python3 build/dev.py bench NAME [--json]

A figure's name ends in its unit. A target is a limit that the project set itself; a benchmark tells
whether it was kept but does not fail by it, because a busy machine is no bug.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import sys
from collections.abc import Mapping, Sequence
from typing import Any


def spread(values: Sequence[float]) -> dict[str, float]:
    """Median, the value that 95 of 100 stay below, and the largest."""
    ordered = sorted(values)
    p95 = ordered[min(len(ordered) - 1, round(0.95 * len(ordered)))]
    return {"p50": round(statistics.median(ordered), 3), "p95": round(p95, 3), "max": round(ordered[-1], 3)}


def report(name: str, figures: Mapping[str, Any], at_most: Mapping[str, float]) -> None:
    """Print the figures; ``at_most`` holds targets for some of them (for a spread, of its median)."""
    kept = {key: value_of(figures[key]) <= limit for key, limit in at_most.items()}
    load = round(os.getloadavg()[0], 1)
    machine = {"cores": os.cpu_count(), "load": load, "python": platform.python_version()}
    whole = {"benchmark": name, "figures": figures, "at_most": at_most, "kept": kept, "machine": machine}
    if "--json" in sys.argv:
        print(json.dumps(whole, indent=2, ensure_ascii=False))
        return
    print(f"{name}  ({machine['cores']} cores, load {load}, Python {machine['python']})")
    for key, value in figures.items():
        parts = value if isinstance(value, dict) else {"": value}
        text = "  ".join(f"{part} {number}".strip() for part, number in parts.items())
        verdict = f"   (at most {at_most[key]}: {'kept' if kept[key] else 'MISSED'})" if key in kept else ""
        print(f"  {key:34} {text}{verdict}")


def value_of(figure: Any) -> float:
    """The number that a target is held against."""
    return float(figure["p50"] if isinstance(figure, dict) else figure)
