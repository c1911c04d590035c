"""The sound server's own interface (PulseAudio, or PipeWire standing in for it), through pulsectl."""

from __future__ import annotations

import logging
import select
import sys
from typing import Any, Final

logger = logging.getLogger(__name__)

ANSWER_S: Final = 2.0
"""A sound server that has not answered by then is taken for dead."""


def _poll(wanted: list[Any], timeout_s: float) -> int:
    """libpulse's wait, with an end to it: a frozen sound server must not freeze us."""
    poll = select.poll()
    by_fd = {}
    for one in wanted:
        one.revents = 0
        by_fd[one.fd] = one
        poll.register(one.fd, one.events)
    is_endless = timeout_s < 0 or timeout_s > ANSWER_S
    happened = poll.poll((ANSWER_S if is_endless else timeout_s) * 1000)
    if is_endless and not happened:
        raise TimeoutError("the sound server does not answer")
    for fd, events in happened:
        by_fd[fd].revents = events
    return len(happened)


def _note_poll_error(_kind: type[BaseException], error: BaseException, _trace: Any) -> None:
    logger.warning("%s", error)


def connect_pulse(client_name: str) -> Any | None:
    """A connection to PulseAudio or PipeWire's stand-in for it; ``None`` where none answers."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        import pulsectl
    except (ImportError, OSError):
        return None
    pulse = pulsectl.Pulse(client_name, connect=False)
    pulse.set_poll_func(_poll, _note_poll_error)
    try:
        pulse.connect(autospawn=False)  # its timeout argument always waits to the end of it
    except Exception as error:  # noqa: BLE001 (pulsectl has many names for a server that is not there)
        logger.debug("no sound server: %s", error)  # asked again every 2 s: who asks tells
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
