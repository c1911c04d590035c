"""What happens around us and touches the card: sleep, lock, games, full screen, listed programs.

Each has a thread of its own that waits without polling (the list of programs: every few seconds, and
not at all while it is empty). Facts of ``keep_alive_commands`` and ``giving_way`` go to ``post``.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from desktop.oslayer.processes import ListedPrograms
from desktop.oslayer.session import DesktopSession

if TYPE_CHECKING:
    from desktop.oslayer.fullscreen import FullScreenWatch


class _Watch(Protocol):
    def stop(self, timeout_s: float = 2.0) -> None: ...


class Surroundings:
    """Starts what makes sense in ``session``; a machine that lacks one of these is simply not told."""

    def __init__(
        self,
        post: Callable[[object], None],
        session: DesktopSession,
        listed: tuple[str, ...] = (),
        may_fill_screen: tuple[str, ...] = (),
    ) -> None:
        self._listed = ListedPrograms(post, listed)
        self._screen: FullScreenWatch | None = None
        self._watches: list[_Watch] = [self._listed]
        self._allow_sleep: Callable[[], None] = lambda: None
        if sys.platform.startswith("linux"):  # elsewhere these facts come other ways, not built yet
            with contextlib.suppress(ImportError):
                self._listen_to_buses(post)
        if session.x_display:
            with contextlib.suppress(ImportError):
                self._watch_screen(post, session.x_display, may_fill_screen)

    def look_for(self, listed: tuple[str, ...]) -> None:
        """The user's list of programs changed."""
        self._listed.look_for(listed)

    def let_fill_screen(self, window_classes: tuple[str, ...]) -> None:
        """The user's list of programs that fill the screen without needing the card changed."""
        if self._screen is not None:
            self._screen.ignore(_ignored(window_classes))

    def allow_sleep(self) -> None:
        """Nothing of ours is on the card any more."""
        self._allow_sleep()

    def stop(self, timeout_s: float = 2.0) -> None:
        """End every thread."""
        for watch in self._watches:
            watch.stop(timeout_s)

    def _listen_to_buses(self, post: Callable[[object], None]) -> None:
        from desktop.oslayer.gamemode import GameModeWatch
        from desktop.oslayer.sleep import SleepWatch

        sleep = SleepWatch(post)
        self._allow_sleep = sleep.allow_sleep
        self._watches += [sleep, GameModeWatch(post)]

    def _watch_screen(
        self, post: Callable[[object], None], display_name: str, may_fill_screen: tuple[str, ...]
    ) -> None:
        from desktop.oslayer.fullscreen import FullScreenWatch

        self._screen = FullScreenWatch(post, display_name=display_name, ignored=_ignored(may_fill_screen))
        self._watches.append(self._screen)


def _ignored(window_classes: tuple[str, ...]) -> frozenset[str]:
    """What may fill the screen: the known ones and the user's."""
    from desktop.oslayer.fullscreen import IGNORED_CLASSES

    return IGNORED_CLASSES | {each.lower() for each in window_classes}
