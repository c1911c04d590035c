"""The sound server's own interface (PulseAudio, or PipeWire standing in for it), through pulsectl."""

from __future__ import annotations

import sys
from typing import Any


def connect_pulse(client_name: str) -> Any | None:
    """A connection to PulseAudio or PipeWire's stand-in for it; ``None`` where none answers."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        import pulsectl
    except (ImportError, OSError):
        return None
    pulse = pulsectl.Pulse(client_name, connect=False)
    try:
        pulse.connect(autospawn=False)  # its timeout argument always waits to the end of it
    except pulsectl.PulseError:
        pulse.close()
        return None
    return pulse


class PulseEvents:
    """Waits for the sound server to tell that something of the given kinds changed."""

    def __init__(self, pulse: Any, *kinds: str) -> None:
        import pulsectl

        self._pulse = pulse
        self._stop_loop = pulsectl.PulseLoopStop
        self._has_changed = False
        pulse.event_mask_set(*kinds)
        pulse.event_callback_set(self._on_event)

    def wait(self, timeout_s: float) -> bool:
        """True when something changed. Raises pulsectl's ``PulseDisconnected`` when the server is gone."""
        if not self._has_changed:  # it may have been told while another question was answered
            self._pulse.event_listen(timeout=timeout_s)
        has_changed, self._has_changed = self._has_changed, False
        return has_changed

    def _on_event(self, _event: Any) -> None:
        self._has_changed = True
        raise self._stop_loop
