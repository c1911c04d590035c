"""Owning CLIPBOARD and PRIMARY: being asked for them, answering, and knowing who took what."""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from Xlib import X, Xatom
from Xlib.error import XError
from Xlib.protocol import event as xevent
from Xlib.protocol import request

from desktop.oslayer import x11
from desktop.oslayer.injection.offer import Content, Offer
from desktop.oslayer.injection.port import XPort

PIECE_WORDS = 60_000
"""Longer contents go in pieces (INCR): a single request of X is limited to 256 KiB."""
STALE_MS = 30_000.0
REMEMBERED = 256


@dataclass(slots=True)
class Serving:
    """One answer to one request. ``taken_ms`` is set when the requestor has read it all."""

    requestor_id: int
    selection: int
    target: int
    property: int
    served_ms: float
    taken_ms: float | None = None


@dataclass(slots=True)
class _Transfer:
    """An answer on its way in pieces."""

    window: Any
    content: Content
    offset: int
    moved_ms: float


class SelectionOwner:
    """Holds offers for selections in our name and serves them to anybody who asks.

    ``servings`` are the latest answers; whoever waits for a receipt clears and watches them.
    """

    def __init__(self, port: XPort) -> None:
        self._port = port
        self._offers: dict[int, Offer] = {}
        self._since: dict[int, int] = {}
        self._transfers: dict[tuple[int, int], _Transfer] = {}
        self.servings: deque[Serving] = deque(maxlen=REMEMBERED)
        port.on(X.SelectionRequest, self._requested)
        port.on(X.SelectionClear, self._cleared)
        port.on(X.PropertyNotify, self._property_changed)

    def own(self, selection: int, offer: Offer) -> bool:
        """Become the owner; ``False`` when somebody else was quicker."""
        time = self._port.server_time()
        self._port.window.set_selection_owner(selection, time)
        self._offers[selection], self._since[selection] = offer, time
        owner = self._port.connection.get_selection_owner(selection)
        if owner == X.NONE or owner.id != self._port.window.id:
            del self._offers[selection]
        return selection in self._offers

    def disown(self, selection: int) -> None:
        """Leave the selection empty, if it is still ours."""
        if self._offers.pop(selection, None) is not None:
            # python-xlib has no method for "nobody".
            request.SetSelectionOwner(
                display=self._port.connection.display,
                window=X.NONE,
                selection=selection,
                time=self._since[selection],
            )
            self._port.connection.flush()

    def offer_of(self, selection: int) -> Offer | None:
        """What we offer, or ``None`` when the selection is not ours."""
        return self._offers.get(selection)

    @property
    def is_transferring(self) -> bool:
        """Whether somebody is still reading a long answer."""
        now = x11.now_ms()
        stale = [key for key, transfer in self._transfers.items() if now - transfer.moved_ms > STALE_MS]
        for key in stale:
            del self._transfers[key]
        return bool(self._transfers)

    def is_sending(self, serving: Serving) -> bool:
        """Whether this answer is long and still on its way; another reader may have died over its own."""
        return (serving.requestor_id, serving.property) in self._transfers

    def _cleared(self, event: Any) -> None:
        """Somebody else copied something: theirs counts from now on, unless ours is newer still."""
        if not _is_before(event.time, self._since.get(event.atom, 0)):
            self._offers.pop(event.atom, None)

    def _requested(self, event: Any) -> None:
        offer = self._offers.get(event.selection)
        since = self._since.get(event.selection, 0)
        is_old = event.time != X.CurrentTime and _is_before(event.time, since)
        answered = X.NONE
        if offer is not None and not is_old:
            # Old clients leave the property out; the rules say to use the target then.
            with contextlib.suppress(XError):  # who asked is gone: no reason to let go of the clipboard
                answered = self._answer(event, offer, event.target, event.property or event.target)
        event.requestor.send_event(
            xevent.SelectionNotify(
                time=event.time,
                requestor=event.requestor,
                selection=event.selection,
                target=event.target,
                property=answered,
            )
        )
        self._port.connection.flush()

    def _answer(self, event: Any, offer: Offer, target: int, name: int) -> int:
        """Write the answer into property ``name``; returns it, or ``NONE`` for a refusal."""
        atom = self._port.atom
        special: dict[int, Callable[[], Content]] = {
            atom("TARGETS"): lambda: Content(Xatom.ATOM, 32, self._targets(offer)),
            atom("TIMESTAMP"): lambda: Content(Xatom.INTEGER, 32, (self._since[event.selection],)),
        }
        if target == atom("MULTIPLE"):
            return self._answer_multiple(event, offer, name)
        content = special[target]() if target in special else offer.contents.get(target)
        if content is None:
            return int(X.NONE)
        # Their reading of it shows as the deletion of the property.
        event.requestor.change_attributes(event_mask=X.PropertyChangeMask)
        self.servings.append(Serving(event.requestor.id, event.selection, target, name, x11.now_ms()))
        self._write(event.requestor, name, content)
        return name

    def _targets(self, offer: Offer) -> tuple[int, ...]:
        own = (self._port.atom("TARGETS"), self._port.atom("TIMESTAMP"), self._port.atom("MULTIPLE"))
        return own + tuple(target for target in offer.contents if target not in own)

    def _answer_multiple(self, event: Any, offer: Offer, name: int) -> int:
        asked = event.requestor.get_full_property(name, X.AnyPropertyType)
        if asked is None or asked.format != 32:
            return int(X.NONE)
        pairs = list(asked.value)
        for index in range(0, len(pairs) - 1, 2):
            if self._answer(event, offer, pairs[index], pairs[index + 1]) == X.NONE:
                pairs[index + 1] = X.NONE
        event.requestor.change_property(name, self._port.atom("ATOM_PAIR"), 32, pairs)
        return name

    def _write(self, window: Any, name: int, content: Content) -> None:
        if len(content.words) <= PIECE_WORDS:
            window.change_property(name, content.kind, content.format, _plain(content.words))
            return
        self._transfers[window.id, name] = _Transfer(window, content, 0, x11.now_ms())
        window.change_property(name, self._port.atom("INCR"), 32, [content.size_bytes])

    def _property_changed(self, event: Any) -> None:
        if event.state != X.PropertyDelete:
            return
        key = (event.window.id, event.atom)
        if key in self._transfers and not self._send_piece(key):
            return
        theirs = [serving for serving in self.servings if serving.requestor_id == event.window.id]
        for serving in theirs:
            if serving.property == event.atom and serving.taken_ms is None:
                serving.taken_ms = x11.now_ms()
        if theirs and all(serving.taken_ms is not None for serving in theirs):
            event.window.change_attributes(event_mask=X.NoEventMask)  # the rest is not our business

    def _send_piece(self, key: tuple[int, int]) -> bool:
        """Write the next piece; ``True`` when the last (empty) one was just read."""
        transfer = self._transfers[key]
        content, offset = transfer.content, transfer.offset
        if offset > len(content.words):
            del self._transfers[key]
            return True
        piece = content.words[offset : offset + PIECE_WORDS]
        transfer.window.change_property(key[1], content.kind, content.format, _plain(piece))
        # An empty piece is the end; stepping past the length marks it as sent.
        transfer.offset = offset + len(piece) if piece else len(content.words) + 1
        transfer.moved_ms = x11.now_ms()
        self._port.connection.flush()
        return False


def _is_before(stamp: int, other: int) -> bool:
    """The server's clock has 32 bits and begins anew after 49.7 days."""
    return other != X.CurrentTime and 0 < (other - stamp) & 0xFFFFFFFF < 1 << 31


def _plain(words: bytes | tuple[int, ...]) -> bytes | list[int]:
    return words if isinstance(words, bytes) else list(words)
