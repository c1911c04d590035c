"""The user's keys on X11: observed by XInput 2 raw events on the thread "hotkeys"."""

from __future__ import annotations

import logging
import select
import threading
from collections.abc import Callable, Mapping
from typing import Any

from Xlib import X

from audio.events import Problem
from desktop.core.events import HotkeyFailed
from desktop.oslayer import x11
from desktop.oslayer.hotkeys.base import EmitHotkey
from desktop.oslayer.hotkeys.keys import Key
from desktop.oslayer.hotkeys.x11_key import X11Key
from desktop.oslayer.hotkeys.x11_wire import RawInput, raw_input, select_raw_input
from desktop.oslayer.inbox import SelectableInbox

log = logging.getLogger(__name__)

CHECK_S = 0.15
RETRY_S = 1.0
LONGEST_SLEEP_S = 3600.0  # nothing to check while no key is down

CONNECTION_LOST = Problem(
    "hotkey-connection",
    "The connection to the X server broke: the dictation key is not heard for the moment.",
    "Plosive keeps trying to reconnect; meanwhile start and stop dictation from the tray.",
)
UNEXPECTED = Problem(
    "hotkey-unexpected",
    "Observing the dictation key failed unexpectedly.",
    'Plosive tries again; if it stays so, run "plosive doctor" and report what the log says.',
)


class X11HotkeyListener:
    """Implements ``HotkeyListener``. ``is_swallowed`` keeps the keys from other programs."""

    def __init__(
        self, key: Key, emit: EmitHotkey, *, display_name: str | None = None, is_swallowed: bool = False
    ) -> None:
        self._emit = emit
        self._display_name = display_name
        self._is_swallowed = is_swallowed
        self._inbox: SelectableInbox[Callable[[], None]] = SelectableInbox()
        self._thread = threading.Thread(target=self._run, name="hotkeys", daemon=True)
        # From here on everything belongs to the thread.
        self._is_stopping = False
        self._is_cancel_watched = False
        self._connection: Any = None
        self._opcode = 0
        self._main = X11Key(key, emit)
        self._shortcuts: dict[str, X11Key] = {}

    def start(self) -> None:
        """Begin to observe; failures are told as ``HotkeyFailed``."""
        self._thread.start()

    def stop(self, timeout_s: float = 2.0) -> None:
        """Stop observing. A held key is told as released before the thread ends."""
        if not self._thread.is_alive():
            return
        self._inbox.put(self._stop)
        self._thread.join(timeout_s)

    def set_key(self, key: Key) -> None:
        """Observe another dictation key from now on."""
        self._inbox.put(lambda: self._set_key(key))

    def set_shortcuts(self, shortcuts: Mapping[str, Key]) -> None:
        """Observe these besides, each by the name of what it stands for."""
        wanted = dict(shortcuts)
        self._inbox.put(lambda: self._set_shortcuts(wanted))

    def set_swallowed(self, is_swallowed: bool) -> None:
        """Keep the keys from other programs from now on, or no longer."""
        self._inbox.put(lambda: self._set_swallowed(is_swallowed))

    def watch_cancel(self, is_watched: bool) -> None:
        """Observe Escape, or stop doing so."""
        self._inbox.put(lambda: self._watch_cancel(is_watched))

    # --- on the thread ------------------------------------------------------------------------

    @property
    def _keys(self) -> list[X11Key]:
        return [self._main, *self._shortcuts.values()]

    def _run(self) -> None:
        is_told = False
        while not self._is_stopping:
            try:
                self._connect()
                is_told = False
                self._observe()
            except x11.XServerError as error:
                is_told = self._tell_failure(error.problem, is_told)
            except x11.CONNECTION_ERRORS:
                is_told = self._tell_failure(CONNECTION_LOST, is_told)
            except Exception:  # what leaves a thread must become an event
                log.exception("observing keys failed")
                is_told = self._tell_failure(UNEXPECTED, is_told)
            self._disconnect()
            self._pause()

    def _tell_failure(self, problem: Problem, is_told: bool) -> bool:
        if not is_told:
            self._emit(HotkeyFailed(problem))
        return True

    def _connect(self) -> None:
        self._connection = x11.open_display(self._display_name)
        self._opcode = select_raw_input(self._connection)
        self._resolve()

    def _disconnect(self) -> None:
        for key in self._keys:
            key.disconnected()
        if self._connection is not None:
            x11.close_display(self._connection)
            self._connection = None

    def _pause(self) -> None:
        """Wait before the next attempt, but answer ``stop`` at once."""
        deadline_ms = x11.now_ms() + RETRY_S * 1000.0
        while not self._is_stopping and (left_ms := deadline_ms - x11.now_ms()) > 0:
            select.select([self._inbox], [], [], left_ms / 1000.0)
            self._run_inbox()

    def _observe(self) -> None:
        while not self._is_stopping:
            wait_s = CHECK_S if self._is_any_held else LONGEST_SLEEP_S
            x11.wait_readable(self._connection, wait_s, self._inbox.fileno())
            self._handle_pending()
            self._run_inbox()
            if self._is_any_held:
                self._check()

    @property
    def _is_any_held(self) -> bool:
        return any(key.is_held for key in self._keys)

    def _handle_pending(self) -> None:
        while self._connection.pending_events():
            self._handle(self._connection.next_event())

    def _handle(self, event: Any) -> None:
        if event.type == X.MappingNotify:
            self._resolve()
            return
        raw = raw_input(event, self._opcode) or self._grabbed_release(event)
        if raw is None:
            return
        at_ms = x11.now_ms()
        for key in self._keys:
            key.take(raw, at_ms, self._connection)

    def _grabbed_release(self, event: Any) -> RawInput | None:
        """The server keeps the raw release of a key from the program that has grabbed it."""
        is_button = event.type == X.ButtonRelease
        if not self._is_swallowed or not (is_button or event.type == X.KeyRelease):
            return None
        if not is_button and event.detail in x11.held_codes(self._connection):
            return None  # auto-repeat: the key is still down
        return RawInput(event.detail, is_button, is_down=False)

    def _check(self) -> None:
        """Find a missed release. Its report may just be on its way, hence a second look."""
        if any(key.is_missed(self._connection) for key in self._keys):
            self._handle_pending()
            for key in self._keys:
                key.check(self._connection)

    def _resolve(self) -> None:
        """Translate the keys into keycodes of the present keyboard layout."""
        rows = x11.keyboard_rows(self._connection)
        for key in self._keys:
            is_watched = self._is_cancel_watched and key is self._main
            key.resolve(self._connection, rows, is_swallowed=self._is_swallowed, is_cancel_watched=is_watched)

    def _run_inbox(self) -> None:
        for step in self._inbox.take_all():
            step()

    def _stop(self) -> None:
        self._is_stopping = True

    def _set_key(self, key: Key) -> None:
        if key == self._main.key:
            return  # it may be held right now
        self._drop(self._main)
        self._main = X11Key(key, self._emit)
        self._resolve_new()

    def _set_shortcuts(self, wanted: Mapping[str, Key]) -> None:
        for name, key in list(self._shortcuts.items()):
            if wanted.get(name) != key.key:
                self._drop(self._shortcuts.pop(name))
        for name in wanted.keys() - self._shortcuts.keys():
            self._shortcuts[name] = X11Key(wanted[name], self._emit, name)
        self._resolve_new()

    def _set_swallowed(self, is_swallowed: bool) -> None:
        if is_swallowed is self._is_swallowed:
            return
        self._is_swallowed = is_swallowed
        for key in self._keys if self._connection is not None else ():
            key.swallow(self._connection) if is_swallowed else key.give_back(self._connection)

    def _drop(self, key: X11Key) -> None:
        if self._connection is not None:
            key.forget_codes(self._connection)

    def _resolve_new(self) -> None:
        if self._connection is not None:
            self._resolve()

    def _watch_cancel(self, is_watched: bool) -> None:
        self._is_cancel_watched = is_watched
        self._main.watch_cancel(is_watched)
