"""One X connection with one invisible window, and everybody on the injector thread who needs its events."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from Xlib import X
from Xlib.error import XError

from desktop.oslayer import x11

Handler = Callable[[Any], None]
RECHECK_MS = 10.0


class XPort:
    """Waits for events and hands them to their handlers; so we answer others while we wait.

    Belongs to one thread. Raises ``x11.XServerError`` at construction.
    """

    def __init__(self, display_name: str | None = None) -> None:
        self.connection = x11.open_display(display_name)
        self.root = self.connection.screen().root
        self.window = self.root.create_window(
            -10, -10, 1, 1, 0, X.CopyFromParent, event_mask=X.PropertyChangeMask, override_redirect=True
        )
        self._handlers: dict[int, list[Handler]] = {}
        self._stamps_ms: list[int] = []
        self.on(X.PropertyNotify, self._stamped)

    def close(self) -> None:
        """Give the connection back, and with it everything that was offered."""
        x11.close_display(self.connection)

    def on(self, event_type: int, handler: Handler) -> None:
        """Call ``handler`` for every event of this type from now on."""
        self._handlers.setdefault(event_type, []).append(handler)

    def off(self, event_type: int, handler: Handler) -> None:
        """Undo ``on``."""
        self._handlers[event_type].remove(handler)

    def atom(self, name: str) -> int:
        """The number of a name (python-xlib remembers it)."""
        return int(self.connection.intern_atom(name))

    def name_of(self, atom: int) -> str:
        """The name behind a number; "" for a number that is none."""
        try:
            return str(self.connection.get_atom_name(atom))
        except XError:
            return ""

    def window_of(self, window_id: int) -> Any:
        """Another client's window, to send requests about."""
        return self.connection.create_resource_object("window", window_id)

    def pump(self, timeout_s: float, until: Callable[[], bool] | None = None) -> bool:
        """Handle events until ``until`` or the timeout; tells whether ``until`` came true."""
        deadline_ms = x11.now_ms() + timeout_s * 1000.0
        while True:
            self.handle_pending()
            if until is not None and until():
                return True
            left_ms = deadline_ms - x11.now_ms()
            if left_ms <= 0:
                return False
            # ``until`` may depend on time as well, not only on events.
            slice_ms = left_ms if until is None else min(left_ms, RECHECK_MS)
            x11.wait_readable(self.connection, slice_ms / 1000.0)

    def wait(self, timeout_s: float, wake_fd: int) -> None:
        """Handle events until something arrives on ``wake_fd`` or from the server."""
        x11.wait_readable(self.connection, timeout_s, wake_fd)
        self.handle_pending()

    def handle_pending(self) -> None:
        """Handle the events that are already here."""
        while self.connection.pending_events():
            event = self.connection.next_event()
            for handler in tuple(self._handlers.get(event.type, ())):
                handler(event)

    def server_time(self) -> int:
        """The server's clock in ms; owning a selection without it would be against the rules."""
        self._stamps_ms.clear()
        stamp = self.atom("PLOSIVE_TIME")
        self.window.change_property(stamp, stamp, 8, b"")
        self.pump(1.0, lambda: bool(self._stamps_ms))
        return self._stamps_ms[-1] if self._stamps_ms else int(X.CurrentTime)

    def _stamped(self, event: Any) -> None:
        if event.window.id == self.window.id and event.atom == self.atom("PLOSIVE_TIME"):
            self._stamps_ms.append(int(event.time))
