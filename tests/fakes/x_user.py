"""A user at the keyboard and mouse of a virtual desktop, by XTest and keycodes only.

(``xdotool key Control_R`` would press two keys.)
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from Xlib import XK, X
from Xlib.ext import xtest

from desktop.core.events import TargetWindow
from desktop.oslayer import x11
from desktop.oslayer.focus import FocusReader
from desktop.oslayer.virtual_desktop import VirtualDesktop

XK.load_keysym_group("xkb")  # ISO_Next_Group


def wait_until(is_true: Callable[[], Any], what: str, within_s: float = 10.0) -> Any:
    """The first true value of ``is_true``; fails with ``what`` when there is none in time."""
    deadline_s = time.monotonic() + within_s
    while not (value := is_true()):
        if time.monotonic() > deadline_s:
            raise AssertionError(f"never happened: {what}")
        time.sleep(0.01)
    return value


class XUser:
    """Presses, releases, clicks, copies and looks. Close it before the desktop goes down."""

    def __init__(self, desktop: VirtualDesktop) -> None:
        self.desktop = desktop
        self.connection = x11.open_display(desktop.display)
        self.focus = FocusReader(desktop.display)

    def close(self) -> None:
        """Let everything go and disconnect."""
        for code in x11.held_codes(self.connection):
            self._fake(X.KeyRelease, code)
        x11.close_display(self.connection)
        self.focus.close()

    def press(self, *names: str) -> None:
        """Push keys down, told by keysym name; they stay down."""
        for name in names:
            self._fake(X.KeyPress, self._code(name))

    def release(self, *names: str) -> None:
        """Let keys go."""
        for name in names:
            self._fake(X.KeyRelease, self._code(name))

    def tap(self, *names: str) -> None:
        """Push down in order, let go in reverse order."""
        self.press(*names)
        self.release(*reversed(names))

    def grab_keyboard(self) -> None:
        """Take all keys, as an open menu does."""
        self.connection.screen().root.grab_keyboard(False, X.GrabModeAsync, X.GrabModeAsync, X.CurrentTime)
        self.connection.sync()

    def ungrab_keyboard(self) -> None:
        """Give the keys back."""
        self.connection.ungrab_keyboard(X.CurrentTime)
        self.connection.sync()

    def press_button(self, number: int) -> None:
        """Push a mouse button down."""
        self._fake(X.ButtonPress, number)

    def release_button(self, number: int) -> None:
        """Let a mouse button go."""
        self._fake(X.ButtonRelease, number)

    def use_layout(self, layout: str, *options: str) -> None:
        """Switch the keyboard layout; ``us,ru`` begins with the first."""
        self.desktop.run(["setxkbmap", "-option", "", "-layout", layout, *options])

    def forget_key(self, name: str) -> None:
        """Take a key off the keyboard; ``use_layout`` brings it back."""
        self.connection.change_keyboard_mapping(self._code(name), [(X.NoSymbol,) * 4])
        self.connection.sync()

    def focused(self, wm_class: str, within_s: float = 20.0) -> TargetWindow:
        """The focused window, once one of this class has the focus and keeps it."""

        def settled() -> TargetWindow | None:
            first = self.focus.read()
            if first is None or wm_class not in first.wm_class:
                return None
            time.sleep(0.05)
            return first if self.focus.read() == first else None

        found: TargetWindow = wait_until(settled, f"{wm_class} gets the focus", within_s)
        return found

    def activate(self, window_id: int) -> None:
        """Bring a window to the front, as a click in the task bar does."""
        self.desktop.run(["xdotool", "windowactivate", "--sync", str(window_id)])

    def copy(self, data: bytes, selection: str = "clipboard", target: str = "UTF8_STRING") -> None:
        """Put something on the clipboard by another program."""
        before = self._owner(selection)
        self.desktop.run(
            ["sh", "-c", f"exec xclip -in -selection {selection} -t '{target}' >/dev/null 2>&1"], input=data
        )
        # xclip leaves for the background before it has it.
        wait_until(lambda: self._owner(selection) not in (before, X.NONE), "the clipboard changes hands")

    def pasted(self, selection: str = "clipboard", target: str = "UTF8_STRING") -> bytes:
        """What another program would get from the clipboard; ``b""`` when it is empty."""
        command = f"xclip -out -selection {selection} -t '{target}' 2>/dev/null || true"
        return self.desktop.run_bytes(["sh", "-c", command])

    def offered(self, selection: str = "clipboard") -> set[str]:
        """The formats on the clipboard, without those that every owner has."""
        own = {"TARGETS", "TIMESTAMP", "MULTIPLE", "SAVE_TARGETS"}
        return set(self.pasted(selection, "TARGETS").decode().split()) - own

    def title(self, window_id: int) -> str:
        """The title of a window."""
        window = self.connection.create_resource_object("window", window_id)
        found = window.get_full_property(self.connection.intern_atom("_NET_WM_NAME"), X.AnyPropertyType)
        return "" if found is None else bytes(found.value).decode("utf-8", "replace")

    def _owner(self, selection: str) -> int:
        owner = self.connection.get_selection_owner(self.connection.intern_atom(selection.upper()))
        return int(getattr(owner, "id", owner))

    def _code(self, name: str) -> int:
        keysym = XK.string_to_keysym(name)
        codes = x11.codes_of(x11.keyboard_rows(self.connection), (keysym,))
        assert codes, f"no key {name}"
        return min(codes)

    def _fake(self, kind: int, detail: int) -> None:
        xtest.fake_input(self.connection, kind, detail)
        self.connection.sync()
