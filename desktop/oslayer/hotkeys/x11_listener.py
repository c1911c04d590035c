"""The dictation key on X11: observed by XInput 2 raw events on the thread "hotkeys"."""

from __future__ import annotations

import logging
import select
import threading
from collections.abc import Callable
from typing import Any

from Xlib import X

from audio.events import Problem
from desktop.core.events import HotkeyFailed, KeyEvent
from desktop.oslayer import x11
from desktop.oslayer.hotkeys import x11_swallow
from desktop.oslayer.hotkeys.base import EmitHotkey
from desktop.oslayer.hotkeys.chord import Chord
from desktop.oslayer.hotkeys.keys import Key
from desktop.oslayer.hotkeys.x11_codes import NO_CODES, chord_codes
from desktop.oslayer.hotkeys.x11_wire import RawInput, raw_input, select_raw_input
from desktop.oslayer.inbox import SelectableInbox
from desktop.oslayer.session import BackendReport, DesktopSession, SessionKind

log = logging.getLogger(__name__)

CHECK_S = 0.15
RETRY_S = 1.0
LONGEST_SLEEP_S = 3600.0  # nothing to check while the key is up

CONNECTION_LOST = Problem(
    "hotkey-connection",
    "The connection to the X server broke: the dictation key is not heard for the moment.",
    "Plosive keeps trying to reconnect; meanwhile start and stop dictation from the tray.",
)


def report(session: DesktopSession) -> BackendReport:
    """What ``doctor`` says about this way of observing the key."""
    is_compatible = session.kind is SessionKind.X11
    remedy = "" if is_compatible else "Observing keys needs an X11 session."
    is_installed = is_compatible and _has_raw_input(session)
    return BackendReport("X11 keys (XInput 2)", is_compatible, is_installed, remedy)


def _has_raw_input(session: DesktopSession) -> bool:
    try:
        connection = x11.open_display(session.display)
    except x11.XServerError:
        return False
    try:
        select_raw_input(connection)
    except x11.XServerError:
        return False
    finally:
        x11.close_display(connection)
    return True


UNEXPECTED = Problem(
    "hotkey-unexpected",
    "Observing the dictation key failed unexpectedly.",
    'Plosive tries again; if it stays so, run "plosive doctor" and report what the log says.',
)


class X11HotkeyListener:
    """Implements ``HotkeyListener``. ``is_swallowed`` keeps the key from other programs."""

    def __init__(
        self, key: Key, emit: EmitHotkey, *, display_name: str | None = None, is_swallowed: bool = False
    ) -> None:
        self._key = key
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
        self._chord = Chord(key.name, NO_CODES)
        self._codes = NO_CODES

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
        """Observe another key from now on."""
        self._inbox.put(lambda: self._set_key(key))

    def watch_cancel(self, is_watched: bool) -> None:
        """Observe Escape, or stop doing so."""
        self._inbox.put(lambda: self._watch_cancel(is_watched))

    # --- on the thread ------------------------------------------------------------------------

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
            self._tell(self._chord.let_go(x11.now_ms()))
            self._disconnect()
            self._pause()

    def _tell_failure(self, problem: Problem, is_told: bool) -> bool:
        if not is_told:
            self._emit(HotkeyFailed(problem))
        return True

    def _tell(self, facts: list[KeyEvent]) -> None:
        for fact in facts:
            self._emit(fact)

    def _connect(self) -> None:
        self._connection = x11.open_display(self._display_name)
        self._opcode = select_raw_input(self._connection)
        self._resolve()

    def _disconnect(self) -> None:
        if self._connection is not None:
            x11.close_display(self._connection)
            self._connection, self._codes = None, NO_CODES

    def _pause(self) -> None:
        """Wait before the next attempt, but answer ``stop`` at once."""
        deadline_ms = x11.now_ms() + RETRY_S * 1000.0
        while not self._is_stopping and (left_ms := deadline_ms - x11.now_ms()) > 0:
            select.select([self._inbox], [], [], left_ms / 1000.0)
            self._run_inbox()

    def _observe(self) -> None:
        while not self._is_stopping:
            wait_s = CHECK_S if self._chord.is_held else LONGEST_SLEEP_S
            x11.wait_readable(self._connection, wait_s, self._inbox.fileno())
            self._handle_pending()
            self._run_inbox()
            if self._chord.is_held:
                self._check()

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
        if raw.is_down and (foreign := self._chord.foreign_modifiers()):
            self._chord.forget(foreign - x11.held_codes(self._connection))
        steps = {
            (False, True): self._chord.key_down,
            (False, False): self._chord.key_up,
            (True, True): self._chord.button_down,
            (True, False): self._chord.button_up,
        }
        self._tell(steps[raw.is_button, raw.is_down](raw.detail, at_ms))

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
        if self._chord.is_missed(*self._truth()):
            self._handle_pending()
            self._tell(self._chord.check(*self._truth()))

    def _truth(self) -> tuple[frozenset[int], bool, float]:
        button = self._codes.button
        is_button_down = button is not None and x11.is_button_held(self._connection, button)
        return x11.held_codes(self._connection), is_button_down, x11.now_ms()

    def _resolve(self) -> None:
        """Translate the key into keycodes of the present keyboard layout."""
        codes = chord_codes(self._key, x11.keyboard_rows(self._connection))
        if codes == self._codes:
            return  # the layout changed, but not for this key: it may be held right now
        self._forget_codes()
        self._codes = codes
        self._chord = Chord(self._key.name, codes)
        self._chord.is_cancel_watched = self._is_cancel_watched
        problem = self._unavailable() or self._swallow()
        if problem is not None:
            self._emit(HotkeyFailed(problem))

    def _forget_codes(self) -> None:
        self._tell(self._chord.let_go(x11.now_ms()))
        if self._is_swallowed:
            x11_swallow.release(self._connection, self._codes)
        self._codes = NO_CODES

    def _swallow(self) -> Problem | None:
        return x11_swallow.swallow(self._connection, self._key, self._codes) if self._is_swallowed else None

    def _unavailable(self) -> Problem | None:
        if self._codes.main or self._codes.button is not None:
            return None
        sentence = f"This keyboard has no key named {self._key.name}."
        return Problem("hotkey-missing", sentence, "Choose another dictation key in the settings.")

    def _run_inbox(self) -> None:
        for step in self._inbox.take_all():
            step()

    def _stop(self) -> None:
        self._is_stopping = True

    def _set_key(self, key: Key) -> None:
        self._key = key
        if self._connection is not None:
            self._forget_codes()
            self._resolve()

    def _watch_cancel(self, is_watched: bool) -> None:
        self._is_cancel_watched = is_watched
        self._chord.is_cancel_watched = is_watched
