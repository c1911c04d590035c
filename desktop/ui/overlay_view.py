"""What the pill says for an ``OverlayView``, in words and figures. No Qt."""

from __future__ import annotations

from typing import Final

from desktop.core.commands import OverlayView, Phase
from desktop.ui.words import say

QUIET_DBFS: Final = -54.0
LOUD_DBFS: Final = -12.0
ELAPSED_AFTER_MS: Final = 10_000.0
LOADING_AFTER_MS: Final = 300.0


def level_of(dbfs: float) -> float:
    """0–1 for the bars: a quiet room is 0, loud speech is 1."""
    return min(1.0, max(0.0, (dbfs - QUIET_DBFS) / (LOUD_DBFS - QUIET_DBFS)))


def placeholder(view: OverlayView) -> str:
    """Said while there is no text yet."""
    is_loading = view.loading_ms is not None and view.loading_ms >= LOADING_AFTER_MS
    seconds = (view.loading_ms or 0.0) / 1000.0
    match view.phase:
        case Phase.LISTENING:
            return say("overlay.loading", seconds=seconds) if is_loading else say("overlay.listening")
        case Phase.RECOGNISING if is_loading:
            return say("overlay.recognising-loading", seconds=seconds)
    return say(f"overlay.{view.phase.value}")


def elapsed(view: OverlayView) -> str:
    """``0:12``, from ten seconds on and only while listening."""
    if view.phase is not Phase.LISTENING or view.elapsed_ms < ELAPSED_AFTER_MS:
        return ""
    minutes, seconds = divmod(int(view.elapsed_ms / 1000.0), 60)
    return f"{minutes}:{seconds:02}"
