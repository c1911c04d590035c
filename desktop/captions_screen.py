"""The captions' window as the desk sees it: made when first needed. GUI thread only."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.core.captions_view import CaptionsView
from desktop.oslayer.compositor import has_compositor
from desktop.settings.captions_schema import CaptionsOptions
from desktop.ui.motion import is_motion_reduced
from desktop.ui.words import translated

if TYPE_CHECKING:
    from desktop.settings.schema import Settings
    from desktop.ui.captions_look import CaptionsLook
    from desktop.ui.captions_window import CaptionsWindow

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CaptionsWishes:
    """What the user may ask for with the window's own controls."""

    stop: Callable[[], None]
    pause: Callable[[], None]
    change: Callable[[dict[str, object]], None]


class CaptionsScreen:
    """``places_file`` remembers where the window stood on each screen."""

    def __init__(self, settings: Callable[[], Settings], wishes: CaptionsWishes, places_file: Path) -> None:
        self._settings = settings
        self._wishes = wishes
        self._places_file = places_file
        self._window: CaptionsWindow | None = None

    def show(self, view: CaptionsView) -> None:
        """Show the last lines said."""
        window = self._made()
        window.show_captions(replace(view, notice=translated(view.notice)))

    def hide(self) -> None:
        """Nothing to read."""
        if self._window is not None:
            self._window.hide_after()

    def configure(self) -> None:
        """The settings have changed."""
        if self._window is not None:
            settings = self._settings()
            self._window.apply(look_of(settings.captions))
            self._window.set_click_through(settings.captions.is_locked)
            self._window.set_motion(is_motion_reduced(settings.interface.reduced_motion))

    def _made(self) -> CaptionsWindow:
        if self._window is None:
            from desktop.ui.captions_window import CaptionsWindow

            settings, wishes = self._settings(), self._wishes
            window = self._window = CaptionsWindow(
                look_of(settings.captions),
                places=self._places(),
                reduced_motion=is_motion_reduced(settings.interface.reduced_motion),
                has_compositor=has_compositor(),
            )
            window.set_click_through(settings.captions.is_locked)
            window.closed.connect(wishes.stop)
            window.pause_requested.connect(wishes.pause)
            window.lock_requested.connect(lambda: wishes.change({"captions.is_locked": True}))
            window.lines_requested.connect(lambda lines: wishes.change({"captions.lines": lines}))
            window.moved.connect(self._remember)
        return self._window

    def _places(self) -> list[str]:
        try:
            return self._places_file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return []

    def _remember(self, places: tuple[str, ...]) -> None:
        try:
            self._places_file.touch(mode=0o600)
            self._places_file.write_text("".join(f"{place}\n" for place in places), encoding="utf-8")
        except OSError as error:  # then it is asked for again at the next start, no more
            _log.info("places of the captions' window: %s", error.strerror)


def look_of(options: CaptionsOptions) -> CaptionsLook:
    """The window's part of the settings."""
    from desktop.ui.captions_look import CaptionsLook

    return CaptionsLook(
        lines=options.lines,
        font_family=options.font_family,
        font_px=options.font_px,
        text_colour=options.text_colour,
        ground_colour=options.ground_colour,
        opacity_percent=options.opacity_percent,
        outline_px=options.outline_px,
        width_percent=options.width_percent,
    )
