"""An inbox that ``select`` can watch beside a connection."""

from __future__ import annotations

import contextlib
import os
import queue
from typing import Generic, TypeVar

Item = TypeVar("Item")


class SelectableInbox(Generic[Item]):
    """``put`` from any thread, ``take_all`` on the owner's; readable while something is inside."""

    def __init__(self) -> None:
        self._items: queue.SimpleQueue[Item] = queue.SimpleQueue()
        self._read_fd, self._write_fd = os.pipe()
        os.set_blocking(self._read_fd, False)
        os.set_blocking(self._write_fd, False)

    def __del__(self) -> None:
        os.close(self._read_fd)
        os.close(self._write_fd)

    def fileno(self) -> int:
        """The descriptor to watch for reading."""
        return self._read_fd

    def put(self, item: Item) -> None:
        """Leave an item for the owner."""
        self._items.put(item)
        with contextlib.suppress(BlockingIOError):  # a full pipe already says "look"
            os.write(self._write_fd, b"!")

    def take_all(self) -> list[Item]:
        """Everything inside now, oldest first; possibly nothing."""
        with contextlib.suppress(BlockingIOError):
            os.read(self._read_fd, 4096)
        items = []
        with contextlib.suppress(queue.Empty):
            while True:
                items.append(self._items.get_nowait())
        return items
