"""What was done to the card's memory: when, what, by whom, before and after. Pure, bounded."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Final

from desktop.core.events import Origin
from desktop.core.unload_proof import memory_text

MAX_ENTRIES: Final = 500


@dataclass(frozen=True, slots=True)
class Operation:
    """``at_s`` is seconds since 1970. ``what``: load | unload | clean | fall back | give way | come back …

    ``before_bytes`` and ``after_bytes`` are used memory, ``None`` where unknown; for a cleaning they are
    what the worker's allocator had reserved. ``note`` is a sentence for people, never the user's words.
    """

    at_s: float
    what: str
    by: Origin
    before_bytes: int | None = None
    after_bytes: int | None = None
    note: str = ""

    def line(self) -> str:
        """One JSON object without a line break, as it stands in the file."""
        return json.dumps(asdict(self), ensure_ascii=False)

    def sentence(self) -> str:
        """``2026-11-21 09:30:12  unload  by timer  2.1 GiB → 0 MiB  Freed …``, in local time."""
        when = datetime.fromtimestamp(self.at_s, UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S")
        sizes = [self.before_bytes, self.after_bytes]
        known = [memory_text(size) if size is not None else "?" for size in sizes]
        change = f"  {known[0]} → {known[1]}" if sizes != [None, None] else ""
        return f"{when}  {self.what}  by {self.by}{change}  {self.note}".rstrip()


def parse_line(line: str) -> Operation | None:
    """The operation in one line of the file; ``None`` if it is damaged (a half line after a crash)."""
    try:
        said = json.loads(line)
        known = {each.name for each in fields(Operation)}
        kept = {name: value for name, value in said.items() if name in known}
        operation = Operation(**{**kept, "by": Origin(kept["by"]), "at_s": float(kept["at_s"])})
        operation.sentence()
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, OSError):
        return None
    sizes = (operation.before_bytes, operation.after_bytes)
    is_sound = all(size is None or isinstance(size, int) for size in sizes)
    return operation if is_sound and isinstance(operation.what, str) else None


class OperationLog:
    """The latest entries, oldest first; the shell writes each new ``line`` to a file."""

    def __init__(self, limit: int = MAX_ENTRIES) -> None:
        self._entries: deque[Operation] = deque(maxlen=limit)

    @property
    def entries(self) -> tuple[Operation, ...]:
        """What a window shows."""
        return tuple(self._entries)

    def add(self, operation: Operation) -> None:
        """Remember it; the oldest is forgotten when there are too many."""
        self._entries.append(operation)

    def read(self, text: str) -> None:
        """Take over what a file holds, damaged lines left out."""
        self._entries.extend(filter(None, map(parse_line, text.splitlines())))
