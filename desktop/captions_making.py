"""Live captions put together from the program's parts, and connected with its menu and command line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from audio.events import Problem
from desktop.captions_desk import CaptionsDesk
from desktop.captions_outputs import CaptionsOutputs
from desktop.captions_parts import CaptionsParts
from desktop.captions_screen import CaptionsScreen, CaptionsWishes
from desktop.core.captions_facts import CaptionsFact
from desktop.core.events import ShortcutPressed
from desktop.meetings_desk import MeetingsDesk
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
NOTHING_TO_MARK: Final = Problem(
    "captions-off",
    "Captions are off, so nothing was marked.",
    "Begin them: plosive captions start",
)


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
        copy: Callable[[str], None],
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
        self._outputs = CaptionsOutputs(
            settings, runtime.bridge.post, tell, paths.state / "live-output-token"
        )
        self.meetings = MeetingsDesk(
            runtime, recent, paths.data / "meetings", lambda: settings().history.enabled, copy,
            paths.state / "meetings-export.json",
        )  # fmt: skip
        parts = CaptionsParts(
            recognizer=runtime.recognizer,
            keeper=runtime.lifecycle,
            screen=self._screen,
            memory=self.meetings,
            post=runtime.bridge.post,
            next_utterance_id=runtime.next_utterance_id,
            tell=tell,
            say=notify,
            outputs=(self._outputs.publish,),
            changed=self._show_state,
            recordings=self.meetings.folder,
        )
        self.desk = CaptionsDesk(parts, settings)
        self._connect()

    def _connect(self) -> None:
        menu, desk = self._menu, self.desk
        menu.toggled_captions.connect(desk.toggle)
        menu.pause_requested.connect(desk.pause)
        menu.bookmark_requested.connect(desk.bookmark)
        menu.lock_requested.connect(self.lock)
        menu.meetings_requested.connect(self.meetings.open)
        self._show_menu()

    @property
    def is_listening(self) -> bool:
        """The microphone or the computer's sound is being captioned."""
        return self.desk.session.is_on and not self.desk.session.is_paused

    def take(self, event: object) -> bool:
        """One fact of the program; whether it was for captions alone."""
        if self.meetings.take(event) or self._outputs.take(event):
            return True
        if isinstance(event, ShortcutPressed) and (act := self._shortcut_acts().get(event.name)):
            act()
            return True
        self.desk.take(event)
        return isinstance(event, CaptionsFact)

    def configure(self) -> None:
        """The settings have changed."""
        self.desk.configure()
        self._screen.configure()
        self._outputs.follow(is_captioning=self.desk.session.is_on)
        self._show_menu()

    def _shortcut_acts(self) -> dict[str, Callable[[], None]]:
        return {
            "captions": self.desk.toggle,
            "captions-pause": self.desk.pause,
            "captions-bookmark": self.desk.bookmark,
            "captions-lock": self.lock,
        }

    def start(self) -> None:
        """The program runs: whoever wants to read captions may connect."""
        self._outputs.follow(is_captioning=False)

    def stop(self) -> None:
        """The program ends."""
        self.desk.quit()
        self.meetings.stop()
        self._outputs.stop()

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
            "meetings": self.meetings.open,
            "status": lambda: None,
        }
        act = acts.get(str(args.get("action")))
        if act is None:
            return UNKNOWN_ACTION
        if act is acts["bookmark"] and not self.desk.session.is_on:
            return NOTHING_TO_MARK
        act()
        told = self.desk.status() | {"is_locked": self._settings().captions.is_locked}
        return told | {"live_output": self._outputs.status()}

    def _show_state(self) -> None:
        self._show_menu()
        self._outputs.follow(is_captioning=self.desk.session.is_on)
        self._changed()

    def _show_menu(self) -> None:
        session = self.desk.session
        self._menu.show_state(
            CaptionsRow(session.is_on, session.is_paused, self._settings().captions.is_locked)
        )
