"""Whether the microphone keeps running while nobody listens, so that the first word has a pre-roll."""

from __future__ import annotations

import logging
import time
from typing import Final

from audio.capture import Capture
from audio.listener_settings import ListenerSettings
from audio.source import SourceFailed

logger = logging.getLogger(__name__)

REWARM_S: Final = 5.0
"""How often a microphone that should always run, but does not, is tried again; the chosen one looked for."""


class Warmth:
    """Keeps time for one capture, as the settings of the moment say."""

    def __init__(self) -> None:
        self._until_s = 0.0
        self._next_try_s = 0.0
        self._look_back_s = 0.0

    def rest(self, capture: Capture, settings: ListenerSettings) -> None:
        """A listening is over."""
        if settings.warm == "off":
            capture.close()
        self._until_s = time.monotonic() + settings.warm_s

    def keep(self, capture: Capture, settings: ListenerSettings) -> None:
        """To be called now and then while nobody listens. Raises ``SourceFailed``: nothing runs then."""
        now_s = time.monotonic()
        if now_s >= self._look_back_s and capture.is_stand_in:
            self._look_back_s = now_s + REWARM_S
            if capture.is_chosen_back():
                capture.open()
        if settings.warm != "always":
            if capture.is_running and now_s >= self._until_s:
                capture.close()
        elif not capture.is_running and now_s >= self._next_try_s:
            self._next_try_s = now_s + REWARM_S
            try:
                capture.open()
            except SourceFailed as failure:
                logger.info("not warm: %s", failure.problem.code)
