"""The suite for a machine with a card: one command, no test framework.

    python3 tests/gpu/run.py [--size full] [--precision fp32 bf16] [--out results.json]

Needs torch with CUDA, funasr with its light dependencies, and nvidia-ml-py. Prints figures as JSON; the
exit code tells whether every promise was kept. ``--device cpu`` tries the suite itself without a card.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from recognizer.events import ModelSpec  # noqa: E402 - the suite runs from a bare checkout
from tests.gpu.card_run import CardRun, make_model  # noqa: E402


def has_card() -> bool:
    """Whether torch can use a CUDA card here."""
    try:
        import torch
    except ImportError:
        return False
    return bool(torch.cuda.is_available())


def run(size: str, precisions: list[str], device: str) -> tuple[dict[str, Any], list[str]]:
    """Figures by precision, and what was not kept."""
    results: dict[str, Any] = {}
    failures: list[str] = []
    with tempfile.TemporaryDirectory(prefix="plosive-gpu-") as name:
        folder = make_model(Path(name) / f"paraformer-{size}", size)
        for precision in precisions:
            model = ModelSpec("paraformer-streaming", folder.name, str(folder), device, precision)
            life = CardRun(model, Path(name))
            life.whole_life()
            life.check(life.figures["runs_on"].startswith(device.partition(":")[0]), "runs elsewhere")
            results[precision] = life.figures
            failures += [f"{precision}: {failure}" for failure in life.failures]
    return results, failures


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", choices=["tiny", "full"], default="full")
    parser.add_argument("--precision", nargs="+", default=["fp32", "bf16"])
    parser.add_argument("--device", default="cuda:0")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.device != "cpu" and not has_card():
        print("No CUDA card can be used here; --device cpu tries the suite itself.", file=sys.stderr)
        return 2
    results, failures = run(options.size, options.precision, options.device)
    machine = {"python": platform.python_version(), "system": platform.platform()}
    whole = {
        "suite": "gpu",
        "size": options.size,
        "results": results,
        "failures": failures,
        "machine": machine,
    }
    text = json.dumps(whole, indent=2)
    print(text)
    if options.out:
        options.out.write_text(text + "\n", encoding="utf-8")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
