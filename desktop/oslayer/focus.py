"""Which window has the focus: the one that the text is for."""

from __future__ import annotations

from typing import Any

from Xlib import X, Xatom

from desktop.core.events import TargetWindow
from desktop.oslayer import x11
from desktop.oslayer.terminals import is_terminal


class FocusReader:
    """Asks the X server for the focused window, in well under 2 ms. Belongs to one thread.

    Raises ``x11.XServerError`` at construction when there is no X server.
    """

    def __init__(self, display_name: str | None = None) -> None:
        self._connection = x11.open_display(display_name)

    def read(self) -> TargetWindow | None:
        """The focused window now; ``None`` when nothing has the focus or the server is gone."""
        try:
            return focused_window(self._connection)
        except x11.CONNECTION_ERRORS:
            return None

    def close(self) -> None:
        """Give the connection back."""
        x11.close_display(self._connection)


def focused_window(connection: Any) -> TargetWindow | None:
    """The window with the input focus and the top-level window around it.

    ``None`` when nothing has the focus. Raises the connection's errors.
    """
    focus = connection.get_input_focus().focus
    if isinstance(focus, int):  # None or PointerRoot: no window in particular
        return None
    top = _top_level(connection, focus)
    names = _property_bytes(top, Xatom.WM_CLASS).split(b"\0")
    wm_class = ".".join(part.decode("utf-8", "replace") for part in names if part)
    pids = _property_numbers(top, connection.intern_atom("_NET_WM_PID"))
    return TargetWindow(top.id, focus.id, pids[0] if pids else None, wm_class, is_terminal(wm_class))


def _top_level(connection: Any, focus: Any) -> Any:
    """The managed window that contains ``focus``; the active one only if it is of that program.

    Toolkits may keep the focus on a helper window outside the window the user sees.
    """
    wm_state = connection.intern_atom("WM_STATE")
    window = focus
    for _ in range(20):
        if _property_numbers(window, wm_state):
            return window
        tree = window.query_tree()
        if isinstance(tree.parent, int) or tree.parent.id == tree.root.id:
            break
        window = tree.parent
    root = connection.screen().root
    active = _property_numbers(root, connection.intern_atom("_NET_ACTIVE_WINDOW"))
    if active and active[0] and x11.client_of(connection, active[0]) == x11.client_of(connection, focus.id):
        return connection.create_resource_object("window", active[0])
    return focus


def _property_numbers(window: Any, atom: int) -> tuple[int, ...]:
    found = window.get_property(atom, X.AnyPropertyType, 0, 8)
    return tuple(found.value) if found is not None and found.format == 32 else ()


def _property_bytes(window: Any, atom: int) -> bytes:
    found = window.get_property(atom, X.AnyPropertyType, 0, 256)
    return bytes(found.value) if found is not None and found.format == 8 else b""
