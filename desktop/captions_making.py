"""Live captions put together from the program's parts, and connected with its menu and command line."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from audio.events import Problem
from desktop.captions_desk import CaptionsDesk, CaptionsParts
from desktop.captions_screen import CaptionsScreen, CaptionsWishes
from desktop.core.timed_text import Bookmark, TimedText
from desktop.history.meetings import MeetingWriter
from desktop.oslayer.paths import AppPaths
from desktop.recent import RecentDictations
from desktop.runtime import Runtime
from desktop.settings.schema import Settings
from desktop.ui.captions_menu import CaptionsMenu, CaptionsRow

UNKNOWN_ACTION: Final = Problem(
    "captions-action",
    "That cannot be done with captions.",
    "plosive captions --help tells what can.",
)


class KeptMeetings:
    """Meetings into the history, unless the user wants none remembered."""

    def __init__(self, runtime: Runtime, recent: RecentDictations, is_wanted: Callable[[], bool]) -> None:
        self._runtime = runtime
        self._is_wanted = is_wanted
        self.writer = MeetingWriter(lambda: recent.writer)
        self._kept: set[str] = set()

    def begin(self, key: str, started: datetime, recording: Path | None) -> None:
        """A meeting begins."""
        if not self._is_wanted():
            return
        self._kept.add(key)
        ready = self._runtime.lifecycle.ready
        model = ready.model.name if ready else self._runtime.model.name
        device = ready.device if ready else ""
        self.writer.begin(key, "", started.isoformat(), model, device, str(recording or ""))

    def add_line(self, key: str, number: int, line: TimedText) -> None:
        """Something was said."""
        if key in self._kept:
            self.writer.add_line(key, line, number)

    def add_bookmark(self, key: str, bookmark: Bookmark) -> None:
        """A moment to find again."""
        if key in self._kept:
            self.writer.add_bookmark(key, bookmark)

    def end(self, key: str, duration_ms: int) -> None:
        """Everything is in."""
        if key in self._kept:
            self._kept.discard(key)
            self.writer.end(key, datetime.now(UTC).isoformat())


class LiveCaptions:
    """Captions with their window, menu and verbs. GUI thread only."""

    def __init__(
        self,
        runtime: Runtime,
        paths: AppPaths,
        recent: RecentDictations,
        menu: CaptionsMenu,
        settings: Callable[[], Settings],
        change: Callable[[dict[str, object]], None],
        tell: Callable[[Problem], None],
        notify: Callable[[str], None],
        changed: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._change = change
        self._menu = menu
        self._changed = changed
        self._screen = CaptionsScreen(
            settings,
            CaptionsWishes(self.end, self.pause, change),
            paths.state / "captions-places",
        )
        self.meetings = KeptMeetings(runtime, recent, lambda: settings().history.enabled)
        parts = CaptionsParts(
            recognizer=runtime.recognizer,
            keeper=runtime.lifecycle,
            screen=self._screen,
            memory=self.meetings,
            post=runtime.bridge.post,
            next_utterance_id=runtime.next_utterance_id,
            tell=tell,
            say=notify,
            outputs=(),
            changed=self._show_state,
            recordings=paths.data / "meetings",
        )
        self.desk = CaptionsDesk(parts, settings)
        self._connect()

    def _connect(self) -> None:
        menu, desk = self._menu, self.desk
        menu.toggled_captions.connect(desk.toggle)
        menu.pause_requested.connect(desk.pause)
        menu.bookmark_requested.connect(desk.bookmark)
        menu.lock_requested.connect(self.lock)
        self._show_menu()

    @property
    def is_listening(self) -> bool:
        """The microphone or the computer's sound is being captioned."""
        return self.desk.session.is_on and not self.desk.session.is_paused

    def take(self, event: object) -> None:
        """One fact of the program."""
        self.desk.take(event)

    def configure(self) -> None:
        """The settings have changed."""
        self.desk.configure()
        self._screen.configure()
        self._show_menu()

    def stop(self) -> None:
        """The program ends."""
        self.desk.quit()

    def end(self) -> None:
        """The meeting is over."""
        self.desk.stop()

    def pause(self) -> None:
        """Hear nothing, or go on."""
        self.desk.pause()

    def lock(self) -> None:
        """Let clicks through the window, or no longer."""
        self._change({"captions.is_locked": not self._settings().captions.is_locked})

    def verb(self, args: dict[str, Any]) -> dict[str, Any] | Problem:
        """``plosive captions ACTION``."""
        acts: dict[str, Callable[[], None]] = {
            "start": self.desk.start,
            "stop": self.desk.stop,
            "toggle": self.desk.toggle,
            "pause": self.desk.pause,
            "lock": self.lock,
            "bookmark": lambda: self.desk.bookmark(str(args.get("note") or "")[:500]),
            "status": lambda: None,
        }
        act = acts.get(str(args.get("action")))
        if act is None:
            return UNKNOWN_ACTION
        act()
        return self.desk.status() | {"is_locked": self._settings().captions.is_locked}

    def _show_state(self) -> None:
        self._show_menu()
        self._changed()

    def _show_menu(self) -> None:
        session = self.desk.session
        self._menu.show_state(
            CaptionsRow(session.is_on, session.is_paused, self._settings().captions.is_locked)
        )
