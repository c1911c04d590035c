"""A Qt process for tests of ``desktop.ui``: builds parts, runs the Python lines of stdin, prints what it saw.

Each line of stdin is run in the GUI thread; ``tell(**facts)`` prints one JSON line. Signals of the tray
are told as ``{"signal": name, "value": …}``.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from typing import Any

from PySide6.QtCore import QSocketNotifier
from PySide6.QtWidgets import QApplication

SIGNALS = (
    "start_requested stop_requested unload_requested load_requested model_chosen microphone_chosen "
    "copy_requested retry_requested gauge_requested history_requested settings_requested quit_requested "
    "unload_before_gaming clean_cache_requested models_requested"
).split()


def tell(**facts: Any) -> None:
    """Print one JSON line."""
    print(json.dumps(facts, default=str, ensure_ascii=False), flush=True)


def tell_signals(thing: Any, names: list[str]) -> None:
    """Tell every emission of these signals."""
    for name in names:
        getattr(thing, name).connect(lambda *values, name=name: tell(signal=name, value=list(values)))


def main() -> None:
    app = QApplication(sys.argv)
    app.setQuitOnLastWindowClosed(False)
    names: dict[str, Any] = {"app": app, "tell": tell, "tell_signals": tell_signals, "SIGNALS": SIGNALS}
    pending = bytearray()

    def read() -> None:
        data = os.read(0, 65536)
        if not data:
            app.quit()
        pending.extend(data)
        while b"\n" in pending:
            line, _, rest = bytes(pending).partition(b"\n")
            pending[:] = rest
            try:
                exec(json.loads(line), names)  # what the test itself sent
            except Exception:  # noqa: BLE001 - whatever the test did wrong is told to it
                tell(error=traceback.format_exc())

    notifier = QSocketNotifier(0, QSocketNotifier.Type.Read)
    notifier.activated.connect(read)
    tell(is_up=True)
    app.exec()


main()
