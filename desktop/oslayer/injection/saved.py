"""What the user had copied before us: saved in all formats, given back afterwards."""

from __future__ import annotations

from typing import Any

from Xlib import X, Xatom

from desktop.oslayer.injection.offer import Offer, text_offer
from desktop.oslayer.injection.owner import SelectionOwner
from desktop.oslayer.injection.port import XPort
from desktop.oslayer.injection.reader import SelectionReader

ANY_CHANGE = 7  # XFixes: selection set, owner's window destroyed, owner gone


class SavedSelections:
    """CLIPBOARD and PRIMARY together: lent for a paste, then given back.

    As long as nobody copies anything, saving again costs nothing: XFixes tells when it is stale.
    """

    def __init__(self, port: XPort, owner: SelectionOwner, reader: SelectionReader) -> None:
        self._port, self._owner, self._reader = port, owner, reader
        self.selections = (port.atom("CLIPBOARD"), int(Xatom.PRIMARY))
        self._saved: dict[int, Offer | None] = {}
        self._before: dict[int, Offer | None] = {}  # what was saved when the text was lent
        self._lent: Offer | None = None
        self._lent_on: tuple[int, ...] = ()
        self._lent_text = b""
        self._is_watched = bool(port.connection.has_extension("XFIXES"))
        if self._is_watched:
            self._watch()

    def save(self) -> None:
        """Read what is there now, unless it is known already or is our own."""
        self.restore()
        self._port.connection.sync()
        self._port.handle_pending()  # what was copied until now
        for selection in self.selections:
            own = self._owner.offer_of(selection)
            if own is not None:
                self._saved[selection] = own
            elif selection not in self._saved or not self._is_watched:
                self._saved[selection] = self._reader.read(selection)

    @property
    def is_lost(self) -> bool:
        """Whether nothing of what was on CLIPBOARD could be saved, though there was something."""
        saved = self._before.get(self.selections[0])
        return saved is not None and not saved.contents and not saved.is_whole

    def is_lent(self) -> bool:
        """Whether the lent text is still offered in our name, wherever it was."""
        return all(self._owner.offer_of(selection) is self._lent for selection in self._lent_on)

    def is_gone(self) -> bool:
        """Whether it is nowhere any more."""
        return not any(self._owner.offer_of(selection) is self._lent for selection in self._lent_on)

    def is_copied(self) -> bool:
        """Whether a clipboard tool took the text over: whoever pastes now gets it from there."""
        others = [each for each in self._lent_on if self._owner.offer_of(each) is not self._lent]
        return all(self._offers_lent_text(each) for each in others)

    def lend(self, text: str, *, with_primary: bool = True) -> bool:
        """Offer ``text`` instead. ``False`` when another program insists on owning the selections."""
        self._lent = text_offer(text, self._port.atom)
        self._lent_text = text.encode("utf-8", "replace")
        self._before = dict(self._saved)
        self._lent_on = self.selections if with_primary else self.selections[:1]
        owned = [self._owner.own(selection, self._lent) for selection in self._lent_on]
        return all(owned)

    def keep(self) -> None:
        """Leave the lent text where it is: the user will paste it."""
        self._lent = None
        self._before = {}
        self._saved.clear()

    def restore(self) -> None:
        """Give back what was saved, except where the user has copied something new meanwhile."""
        lent, self._lent = self._lent, None
        saved, self._before = self._before, {}
        if lent is None:
            return
        for selection in self.selections:
            if self._owner.offer_of(selection) is not lent and not self._is_tools_copy(selection):
                continue
            before = saved.get(selection)
            if before is None or not before.contents:
                self._owner.disown(selection)
            else:
                # Owning it anew tells programs that cache the clipboard.
                self._owner.own(selection, before)

    def _is_tools_copy(self, selection: int) -> bool:
        """On CLIPBOARD only: on PRIMARY the same text may be the user's, selected where it landed."""
        return selection == self.selections[0] and self._offers_lent_text(selection)

    def _offers_lent_text(self, selection: int) -> bool:
        """Whether its owner does, whoever that is. Some tools trim what they copy."""
        return self._reader.text(selection).strip() == self._lent_text.strip()

    def _watch(self) -> None:
        connection = self._port.connection
        connection.xfixes_query_version()
        for selection in self.selections:
            connection.xfixes_select_selection_input(self._port.window, selection, ANY_CHANGE)
        self._port.on(connection.query_extension("XFIXES").first_event, self._changed)

    def _changed(self, event: Any) -> None:
        owner_id = getattr(event.owner, "id", event.owner)
        if owner_id != self._port.window.id:
            self._saved.pop(event.selection, None)

    def hand_over(self, timeout_s: float) -> None:
        """Before leaving: ask the clipboard manager, if one runs, to keep what we hold."""
        self.restore()
        clipboard, manager = self._port.atom("CLIPBOARD"), self._port.atom("CLIPBOARD_MANAGER")
        connection = self._port.connection
        if self._owner.offer_of(clipboard) is None or connection.get_selection_owner(manager) == X.NONE:
            return
        self._reader.ask(manager, self._port.atom("SAVE_TARGETS"), timeout_s)
