"""Reading what another program offers in a selection, in all its formats."""

from __future__ import annotations

import itertools
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
BMP, PNG = "image/bmp", "image/png"
CONVERTED = frozenset(
    """application/x-qt-image PIXMAP BITMAP image/avif image/cur image/heic image/heif image/icns image/ico
    image/jfif image/jp2 image/jpeg image/jpg image/jxl image/pbm image/pgm image/ppm image/tga image/tif
    image/tiff image/wbmp image/webp image/x-bmp image/x-icns image/x-ico image/x-icon image/x-MS-bmp
    image/x-portable-anymap image/x-win-bitmap image/xbm image/xpm""".split()
)
"""Toolkits offer one picture in twenty formats and make each when asked, for seconds, while their window
stands still. Beside a PNG these are not asked for; programs that paste pictures take that, old ones a BMP."""
LONGEST_COLLECT_S = 2.0
PROPERTIES = 16
"""Answers in turn go to so many properties: one that comes too late must not be taken for the next."""


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """A broken or huge owner must not hold us up.

    ``picture_s``: to make one, on top of the rest; ``beside_s``: the same where there is more than a picture.
    """

    total_bytes: int = 64 * 1024 * 1024
    total_s: float = 2.0
    one_s: float = 0.5
    picture_s: float = 5.0
    beside_s: float = 2.0


class SelectionReader:
    """Fetches selections of other programs. Belongs to the thread of its port."""

    def __init__(self, port: XPort) -> None:
        self._port = port
        self._properties = itertools.cycle([port.atom(f"PLOSIVE_READ_{i}") for i in range(PROPERTIES)])
        self._property = next(self._properties)
        self._answer: Any = None
        self._new_value = False
        self._is_whole = True
        port.on(X.SelectionNotify, self._answered)
        port.on(X.PropertyNotify, self._property_changed)

    def read(self, selection: int, limits: ReadLimits = ReadLimits()) -> Offer | None:
        """Everything the owner offers; ``None`` when there is no owner.

        Formats over the limits are left out: better some formats than a delay.
        """
        if self._port.connection.get_selection_owner(selection) == X.NONE:
            return None
        self._is_whole = True
        targets = self._targets(selection, limits.one_s)
        pictures = [self._port.atom(name) for name in (BMP, PNG)]  # the PNG last: it takes longest
        plain = [target for target in targets if target not in pictures]
        contents = self._read_formats(selection, plain, limits.one_s, limits.total_s, limits.total_bytes)
        patience_s = limits.beside_s if contents else limits.picture_s
        left_bytes = limits.total_bytes - Offer(contents).size_bytes
        offered = [target for target in pictures if target in targets]
        contents |= self._read_formats(selection, offered, patience_s, patience_s, left_bytes)
        return Offer(contents, self._is_whole)

    def _read_formats(
        self, selection: int, targets: list[int], one_s: float, total_s: float, total_bytes: int
    ) -> dict[int, Content]:
        deadline_ms = x11.now_ms() + total_s * 1000.0
        contents: dict[int, Content] = {}
        for target in targets:
            left_s = min(one_s, (deadline_ms - x11.now_ms()) / 1000.0)
            if left_s <= 0 or total_bytes <= 0:
                self._is_whole = False
                break
            content = self._convert(selection, target, left_s, total_bytes)
            if content is not None:
                contents[target] = content
                total_bytes -= content.size_bytes
        return contents

    def text(self, selection: int) -> bytes:
        """What the owner offers as UTF-8; ``b""`` for nothing."""
        limits = ReadLimits()
        content = self._convert(selection, self._port.atom("UTF8_STRING"), limits.total_s, limits.total_bytes)
        return bytes(content.words) if content is not None and content.format == 8 else b""

    def ask(self, selection: int, target: int, timeout_s: float) -> bool:
        """Ask the owner for one format and wait for the answer; ``False`` for a refusal or none."""
        self._answer = None
        self._property = next(self._properties)
        self._port.window.delete_property(self._property)
        self._port.window.convert_selection(selection, target, self._property, X.CurrentTime)

        wanted = (selection, target)

        def is_answered() -> bool:
            return self._answer is not None and (self._answer.selection, self._answer.target) == wanted

        if not self._port.pump(timeout_s, is_answered):
            self._is_whole = False
            return False
        return bool(self._answer.property != X.NONE)

    def _targets(self, selection: int, timeout_s: float) -> list[int]:
        told = self._convert(selection, self._port.atom("TARGETS"), timeout_s, 65_536)
        if told is None or told.format != 32:
            return [self._port.atom(name) for name in GUESSES]
        targets = [int(target) for target in dict.fromkeys(told.words) if target]
        names = {target: self._port.name_of(target) for target in targets}
        ignored = set(NOT_CONTENT)
        if PNG in names.values():
            ignored |= CONVERTED
        return [target for target in targets if names[target] not in ignored]

    def _convert(self, selection: int, target: int, timeout_s: float, limit_bytes: int) -> Content | None:
        if not self.ask(selection, target, timeout_s):
            return None
        self._new_value = False
        found = self._take()
        if found is None or found.property_type != self._port.atom("INCR"):
            return found and _content(found)
        return self._collect(timeout_s, limit_bytes)

    def _collect(self, timeout_s: float, limit_bytes: int) -> Content | None:
        """The pieces of a long answer. What is too long to keep, or drips, is not read on."""
        pieces: list[Content] = []
        size_bytes = 0
        deadline_ms = x11.now_ms() + max(timeout_s, LONGEST_COLLECT_S) * 1000.0
        while size_bytes <= limit_bytes and x11.now_ms() < deadline_ms:
            if not self._port.pump(timeout_s, lambda: self._new_value):
                break
            self._new_value = False
            found = self._take()
            if found is None:
                continue
            piece = _content(found)
            if not piece.words:
                return _joined(pieces)
            size_bytes += piece.size_bytes
            pieces.append(piece)
        self._is_whole = False
        return None

    def _take(self) -> Any:
        """The value of our property; reading it to the end deletes it, which asks for the next piece."""
        found = self._port.window.get_full_property(self._property, X.AnyPropertyType, sizehint=65_536)
        self._port.window.delete_property(self._property)
        self._port.connection.flush()
        return found

    def _answered(self, event: Any) -> None:
        is_late = event.property not in (self._property, X.NONE)
        if event.requestor.id == self._port.window.id and not is_late:
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
