"""Key down to the first kept frame, and key up to the text in the editor, with every part real.

The same desktop and voice as ``plosive demo``. The first sentence loads the model and does not count.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from figures import report, spread

from desktop.demo.show import SENTENCES, dictate, running_program
from desktop.demo.stage import open_editor
from desktop.oslayer.virtual_desktop import VirtualDesktop


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sentences", type=int, default=8)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    sentences = [SENTENCES[0]] * (options.sentences + 1)
    with (
        tempfile.TemporaryDirectory() as pictures,
        VirtualDesktop(sound=True, tray=True) as desktop,
        running_program(desktop),
    ):
        open_editor(desktop, desktop.folder / "note.txt")
        results = [dictate(desktop, each, Path(pictures), lambda _: None) for each in sentences][1:]
    latencies = [{name: ms for name, ms in each.latencies.items() if ms is not None} for each in results]
    figures = {name: spread([each[name] for each in latencies]) for name in latencies[0]}
    beyond = [each["key_up_to_landed_ms"] - each["engine_ms"] for each in latencies]
    figures["key_up_to_landed_less_engine_ms"] = spread(beyond)
    word_errors = {"word_errors": sum(each.word_errors for each in results)}
    targets = {"key_down_to_first_frame_ms": 20.0, "key_up_to_landed_less_engine_ms": 100.0}
    report("latency", figures | word_errors, targets)


if __name__ == "__main__":
    main()
