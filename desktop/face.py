"""What the user sees and hears of a dictation: overlay, messages, short sounds. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from audio.events import Problem
from desktop.core.commands import Cue, OverlayView


class Overlay(Protocol):
    """The pill near the bottom of the screen."""

    def show_view(self, view: OverlayView) -> None: ...
    def hide_after(self, ms: int = 0) -> None: ...
    def set_motion(self, is_reduced: bool) -> None: ...


class Notifier(Protocol):
    """Messages outside a dictation."""

    def tell(self, sentence: str, remedy: str) -> None: ...
    def say(self, sentence: str) -> None: ...


class ScreenFace:
    """``is_overlay_wanted`` and ``are_sounds_wanted`` are asked each time: settings may change."""

    def __init__(
        self,
        overlay: Overlay,
        notifier: Notifier,
        play_cue: Callable[[Cue], object],
        *,
        is_overlay_wanted: Callable[[], bool],
        are_sounds_wanted: Callable[[], bool],
    ) -> None:
        self._overlay = overlay
        self._notifier = notifier
        self._play_cue = play_cue
        self._is_overlay_wanted = is_overlay_wanted
        self._are_sounds_wanted = are_sounds_wanted
        self.problem: Problem | None = None

    def show_overlay(self, view: OverlayView) -> None:
        """Show or update the pill."""
        if self._is_overlay_wanted():
            self._overlay.show_view(view)

    def hide_overlay(self, after_ms: int) -> None:
        """Take it away, in ``after_ms``."""
        self._overlay.hide_after(after_ms)

    def set_motion(self, is_reduced: bool) -> None:
        """Whether the pill comes and goes at once."""
        self._overlay.set_motion(is_reduced)

    def tell(self, problem: Problem) -> None:
        """A message with sentence and remedy; the tray shows the sentence until things go well again."""
        self.problem = problem
        self._notifier.tell(problem.sentence, problem.remedy)

    def settle(self, is_over: Callable[[Problem], bool]) -> None:
        """Take the problem out of the tray if it ``is_over``."""
        if self.problem is not None and is_over(self.problem):
            self.problem = None

    def say(self, sentence: str) -> None:
        """A message that is no problem."""
        self._notifier.say(sentence)

    def play(self, cue: Cue) -> None:
        """A short sound, if wanted. Text that lands also ends the trouble the tray shows."""
        if cue is Cue.LANDED:
            self.problem = None
        if self._are_sounds_wanted():
            self._play_cue(cue)
