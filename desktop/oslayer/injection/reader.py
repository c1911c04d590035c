"""Reading what another program offers in a selection, in all its formats."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from Xlib import X

from desktop.oslayer import x11
from desktop.oslayer.injection.offer import Content, Offer
from desktop.oslayer.injection.port import XPort

# Asking for these does something (DELETE!) or tells nothing that could be given back.
NOT_CONTENT = (
    "TARGETS", "TIMESTAMP", "MULTIPLE", "SAVE_TARGETS", "DELETE", "INSERT_SELECTION", "INSERT_PROPERTY",
    "CLIENT_WINDOW", "OWNER_OS", "HOST_NAME", "USER", "PROCESS", "TASK", "NAME", "LENGTH",
    "CHARACTER_POSITION",
)  # fmt: skip
GUESSES = ("UTF8_STRING", "STRING")
"""What to ask an old program that does not tell its formats."""


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """A broken or huge owner must not hold us up."""

    total_bytes: int = 32 * 1024 * 1024
    total_s: float = 2.0
    one_s: float = 0.5


class SelectionReader:
    """Fetches selections of other programs. Belongs to the thread of its port."""

    def __init__(self, port: XPort) -> None:
        self._port = port
        self._property = port.atom("PLOSIVE_READ")
        self._answer: Any = None
        self._new_value = False
        port.on(X.SelectionNotify, self._answered)
        port.on(X.PropertyNotify, self._property_changed)

    def read(self, selection: int, limits: ReadLimits = ReadLimits()) -> Offer | None:
        """Everything the owner offers; ``None`` when there is no owner.

        Formats over the limits are left out: better some formats than a delay.
        """
        if self._port.connection.get_selection_owner(selection) == X.NONE:
            return None
        deadline_ms = x11.now_ms() + limits.total_s * 1000.0
        left_bytes = limits.total_bytes
        contents: dict[int, Content] = {}
        for target in self._targets(selection, limits.one_s):
            left_s = min(limits.one_s, (deadline_ms - x11.now_ms()) / 1000.0)
            if left_s <= 0 or left_bytes <= 0:
                break
            content = self._convert(selection, target, left_s, left_bytes)
            if content is not None:
                contents[target] = content
                left_bytes -= content.size_bytes
        return Offer(contents)

    def ask(self, selection: int, target: int, timeout_s: float) -> bool:
        """Ask the owner for one format and wait for the answer; ``False`` for a refusal or none."""
        self._answer = None
        self._port.window.delete_property(self._property)
        self._port.window.convert_selection(selection, target, self._property, X.CurrentTime)

        def is_answered() -> bool:
            return self._answer is not None and bool(self._answer.target == target)

        return self._port.pump(timeout_s, is_answered) and bool(self._answer.property != X.NONE)

    def _targets(self, selection: int, timeout_s: float) -> list[int]:
        told = self._convert(selection, self._port.atom("TARGETS"), timeout_s, 65_536)
        if told is None or told.format != 32:
            return [self._port.atom(name) for name in GUESSES]
        ignored = {self._port.atom(name) for name in NOT_CONTENT}
        return [int(target) for target in dict.fromkeys(told.words) if target and target not in ignored]

    def _convert(self, selection: int, target: int, timeout_s: float, limit_bytes: int) -> Content | None:
        if not self.ask(selection, target, timeout_s):
            return None
        self._new_value = False
        found = self._take()
        if found is None or found.property_type != self._port.atom("INCR"):
            return found and _content(found)
        return self._collect(timeout_s, limit_bytes)

    def _collect(self, timeout_s: float, limit_bytes: int) -> Content | None:
        """The pieces of a long answer; it is read to its end even when it is too long to keep."""
        pieces: list[Content] = []
        size_bytes = 0
        while self._port.pump(timeout_s, lambda: self._new_value):
            self._new_value = False
            found = self._take()
            if found is None:
                continue
            piece = _content(found)
            if not piece.words:
                return _joined(pieces) if size_bytes <= limit_bytes else None
            size_bytes += piece.size_bytes
            pieces.append(piece)
            if size_bytes > limit_bytes:
                pieces.clear()
        return None

    def _take(self) -> Any:
        """The value of our property; reading it to the end deletes it, which asks for the next piece."""
        found = self._port.window.get_full_property(self._property, X.AnyPropertyType, sizehint=65_536)
        self._port.window.delete_property(self._property)
        self._port.connection.flush()
        return found

    def _answered(self, event: Any) -> None:
        if event.requestor.id == self._port.window.id:
            self._answer = event

    def _property_changed(self, event: Any) -> None:
        is_ours = event.window.id == self._port.window.id and event.atom == self._property
        if is_ours and event.state == X.PropertyNewValue:
            self._new_value = True


def _content(found: Any) -> Content:
    words = bytes(found.value) if found.format == 8 else tuple(int(word) for word in found.value)
    return Content(int(found.property_type), int(found.format), words)


def _joined(pieces: list[Content]) -> Content | None:
    if not pieces:
        return None
    first = pieces[0]
    if first.format == 8:
        return Content(first.kind, 8, b"".join(bytes(piece.words) for piece in pieces))
    return Content(first.kind, first.format, tuple(word for piece in pieces for word in piece.words))
