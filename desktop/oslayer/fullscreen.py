"""Whether a program fills the screen: ``_NET_WM_STATE_FULLSCREEN`` on the active window of an X server.

Events only, no polling. Also games under XWayland are seen, because Wayland compositors keep
``_NET_ACTIVE_WINDOW`` for X programs; native Wayland windows cannot be observed by anyone.

Not every full screen is a game. Our own windows, the desktop itself and programs on the list of
``ignored`` classes do not count; by default these are video players, browsers, presentations, meetings
and remote desktops: people dictate or read captions beside them.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from typing import Any, Final

from Xlib import X, Xatom
from Xlib.error import XError

from desktop.core.giving_way import FullScreenEnded, FullScreenStarted
from desktop.oslayer import x11
from desktop.oslayer.inbox import SelectableInbox

IGNORED_CLASSES: Final = frozenset(
    (
        *"""mpv vlc totem org.gnome.totem celluloid io.github.celluloid_player.celluloid smplayer kodi haruna
        firefox firefox-esr navigator librewolf
        chromium chromium-browser google-chrome brave-browser microsoft-edge vivaldi-stable opera epiphany
        libreoffice soffice libreoffice-impress evince org.gnome.evince okular pdfpc impressive zathura
        zoom teams skype obs webex
        org.remmina.remmina xfreerdp virt-viewer remote-viewer vncviewer virtualboxvm""".split(),
        "virtualbox machine",
    )
)
_LOOKED_AT: Final = ("_NET_ACTIVE_WINDOW", "_NET_WM_STATE", "_NET_WM_WINDOW_TYPE", "_NET_WM_PID")
_RETRY_S: Final = 10.0
_WAIT_S: Final = 3600.0
_log = logging.getLogger(__name__)

FullScreenFact = FullScreenStarted | FullScreenEnded


class FullScreenWatch:
    """The thread ``full-screen``; ``post`` receives each change on it. Without an X server: nothing."""

    def __init__(
        self,
        post: Callable[[FullScreenFact], None],
        *,
        display_name: str | None = None,
        ignored: frozenset[str] = IGNORED_CLASSES,
        own_pid: int | None = None,
    ) -> None:
        self._post = post
        self._display_name = display_name
        self._ignored = ignored
        self._own_pid = os.getpid() if own_pid is None else own_pid
        self._told: str | None = None
        self._inbox: SelectableInbox[frozenset[str] | None] = SelectableInbox()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="full-screen", daemon=True)
        self._thread.start()

    def ignore(self, classes: frozenset[str]) -> None:
        """The user's list of programs that may fill the screen changed."""
        self._inbox.put(classes)

    def stop(self, timeout_s: float = 2.0) -> None:
        """End the thread."""
        self._stopping.set()
        self._inbox.put(None)
        self._thread.join(timeout_s)

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._watch()
            except (x11.XServerError, *x11.CONNECTION_ERRORS) as error:
                _log.info("full screen: %s", type(error).__name__)
            except Exception:  # noqa: BLE001 - the watching ends, the program does not
                _log.exception("full screen: unexpected")
                return
            finally:
                self._tell(None)
            self._stopping.wait(_RETRY_S)

    def _watch(self) -> None:
        connection = x11.open_display(self._display_name)
        try:
            screen = _Screen(connection)
            is_due = True
            while not self._stopping.is_set():
                if is_due:
                    self._tell(screen.full_name(self._ignored, self._own_pid))
                x11.wait_readable(connection, _WAIT_S, self._inbox.fileno())
                is_due = screen.drain()
                for classes in filter(None, self._inbox.take_all()):
                    self._ignored, is_due = classes, True
        finally:
            x11.close_display(connection)

    def _tell(self, name: str | None) -> None:
        if name == self._told:
            return
        self._told = name
        self._post(FullScreenEnded() if name is None else FullScreenStarted(name))


class _Screen:
    """The root window and the active window, watched for changed properties."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._root = connection.screen().root
        self._atom = connection.intern_atom
        self._looked_at = frozenset(map(self._atom, _LOOKED_AT)) | {int(Xatom.WM_CLASS)}
        self._root.change_attributes(event_mask=X.PropertyChangeMask)

    def drain(self) -> bool:
        """Whether anything changed that we look at. Titles change all the time, windows are dragged about."""
        is_due = False
        while self._connection.pending_events():
            event = self._connection.next_event()
            is_gone = event.type == X.DestroyNotify
            is_due |= is_gone or (event.type == X.PropertyNotify and event.atom in self._looked_at)
        return is_due

    def full_name(self, ignored: frozenset[str], own_pid: int) -> str | None:
        """Class of the active window if it fills the screen and counts; else ``None``."""
        try:
            return self._look(ignored, own_pid)
        except XError:  # the window was closed meanwhile; the next active one is an event
            return None

    def _look(self, ignored: frozenset[str], own_pid: int) -> str | None:
        found = self._numbers(self._root, "_NET_ACTIVE_WINDOW")
        if not found or not found[0]:
            return None
        window = self._connection.create_resource_object("window", found[0])
        # Each time: a new window may bear the number of one that is gone, and would be unwatched.
        # Its end is an event of its own: a window manager that hangs or is gone tells of no other window.
        window.change_attributes(event_mask=X.PropertyChangeMask | X.StructureNotifyMask)
        if self._atom("_NET_WM_STATE_FULLSCREEN") not in self._numbers(window, "_NET_WM_STATE"):
            return None
        is_desktop = self._atom("_NET_WM_WINDOW_TYPE_DESKTOP") in self._numbers(window, "_NET_WM_WINDOW_TYPE")
        if is_desktop or own_pid in self._numbers(window, "_NET_WM_PID"):
            return None
        names = self._class_names(window)
        return None if ignored & {name.lower() for name in names} else (names[-1] if names else "")

    def _numbers(self, window: Any, name: str) -> tuple[int, ...]:
        found = window.get_property(self._atom(name), X.AnyPropertyType, 0, 64)
        return tuple(found.value) if found is not None and found.format == 32 else ()

    def _class_names(self, window: Any) -> list[str]:
        found = window.get_property(Xatom.WM_CLASS, X.AnyPropertyType, 0, 256)
        text = bytes(found.value) if found is not None and found.format == 8 else b""
        return [part.decode("utf-8", "replace") for part in text.split(b"\0") if part]
