"""Asking a window whether it still listens (_NET_WM_PING).

Keys and the ping reach the program in order. When it answers the ping it has seen the paste keys
too: if it did not ask for the text by then, it ignores pasting. When it does not answer, it is
busy and may still paste later, so nothing else must be sent.
"""

from __future__ import annotations

from typing import Any

from Xlib import X, Xatom
from Xlib.error import XError
from Xlib.protocol import event as xevent

from desktop.oslayer.injection.port import XPort


class Ping:
    """One ping, sent at construction if the window understands it. Use as a context manager."""

    def __init__(self, port: XPort, window_id: int) -> None:
        self._port = port
        self._window_id = window_id
        self._stamp = 0
        self.is_answered = False
        self.is_understood = self._understands()

    def __enter__(self) -> Ping:
        if self.is_understood:
            self._port.on(X.ClientMessage, self._received)
            # Answers go to the root window: GTK tells those who watch its children, Qt those who watch it.
            mask = X.SubstructureNotifyMask | X.StructureNotifyMask
            self._port.root.change_attributes(event_mask=mask)
            self._stamp = self._port.server_time()
            self._send()
        return self

    def __exit__(self, *_: object) -> None:
        if self.is_understood:
            self._port.off(X.ClientMessage, self._received)
            self._port.root.change_attributes(event_mask=X.NoEventMask)

    def _understands(self) -> bool:
        window = self._port.window_of(self._window_id)
        try:
            protocols = window.get_property(self._port.atom("WM_PROTOCOLS"), Xatom.ATOM, 0, 32)
        except XError:  # it was closed meanwhile
            return False
        return protocols is not None and self._port.atom("_NET_WM_PING") in tuple(protocols.value)

    def _send(self) -> None:
        window = self._port.window_of(self._window_id)
        data = [self._port.atom("_NET_WM_PING"), self._stamp, self._window_id, 0, 0]
        window.send_event(
            xevent.ClientMessage(window=window, client_type=self._port.atom("WM_PROTOCOLS"), data=(32, data))
        )
        self._port.connection.flush()

    def _received(self, event: Any) -> None:
        if event.client_type != self._port.atom("WM_PROTOCOLS") or event.data[0] != 32:
            return
        kind, stamp, window_id = tuple(event.data[1])[:3]
        if kind == self._port.atom("_NET_WM_PING") and stamp == self._stamp and window_id == self._window_id:
            self.is_answered = True
