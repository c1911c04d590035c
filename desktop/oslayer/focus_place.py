"""Where on the desk the focused window is, so that what is shown about it is on the same screen."""

from __future__ import annotations

from typing import Any

from desktop.oslayer import x11
from desktop.oslayer.focus import focused_window


class FocusPlace:
    """Has a connection of its own, made when first asked; belongs to one thread. About 1 ms a question."""

    def __init__(self, display_name: str | None = None) -> None:
        self._display_name = display_name
        self._connection: Any = None
        self._is_hopeless = False

    def middle(self) -> tuple[int, int] | None:
        """The middle of the focused window in pixels of the X screen; ``None`` where it cannot be known."""
        if self._is_hopeless:
            return None
        try:
            if self._connection is None:
                self._connection = x11.open_display(self._display_name)
            return middle_of_focus(self._connection)
        except x11.XServerError:
            self._is_hopeless = True  # no X server: it will not come later either
        except x11.CONNECTION_ERRORS:
            self._connection = None
        return None


def middle_of_focus(connection: Any) -> tuple[int, int] | None:
    """The same, over an open connection. Raises the connection's errors."""
    target = focused_window(connection)
    if target is None:
        return None
    window = connection.create_resource_object("window", target.window_id)
    size = window.get_geometry()
    corner = window.translate_coords(connection.screen().root, 0, 0)
    # The answer's sign is that of the way from the root to the window.
    return -corner.x + size.width // 2, -corner.y + size.height // 2
