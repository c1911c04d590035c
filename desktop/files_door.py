"""Stands where the desk for recordings will stand: who never opens it does not pay for its imports."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from desktop.files_desk import FilesDesk


class FilesDoor:
    """``make`` is called once, when recordings are first asked for. GUI thread only."""

    def __init__(self, make: Callable[[], FilesDesk]) -> None:
        self._make = make
        self._desk: FilesDesk | None = None

    def open(self) -> None:
        """Show the window."""
        self._opened().open()

    def verb(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """``plosive files``."""
        return self._opened().verb(arguments)

    def take(self, event: object) -> bool:
        """Offer a fact; whether it was for recordings alone."""
        return self._desk is not None and self._desk.take(event)

    def stop(self) -> None:
        """End the job, if there is one."""
        if self._desk is not None:
            self._desk.stop()

    def _opened(self) -> FilesDesk:
        if self._desk is None:
            self._desk = self._make()
        return self._desk
