"""Text into other programs' windows on X11: the thread "injector" with its own connection.

A password field cannot be told from any other field on X11; text goes there as well.
"""

from __future__ import annotations

import contextlib
import logging
import select
import threading
from collections import deque
from collections.abc import Callable

from desktop.core.events import TargetWindow
from desktop.oslayer import x11
from desktop.oslayer.hotkeys.keys import Key
from desktop.oslayer.inbox import SelectableInbox
from desktop.oslayer.injection import problems
from desktop.oslayer.injection.base import DEFAULT_RULES, EmitInjection, InjectionEvent, InjectionRules
from desktop.oslayer.injection.x11_desk import Insertion, X11Desk

log = logging.getLogger(__name__)

LONGEST_SLEEP_S = 3600.0


class X11Injector:
    """Implements ``TextInjector``."""

    def __init__(
        self, emit: EmitInjection, *, hotkey: Key | None = None, display_name: str | None = None
    ) -> None:
        self._emit = emit
        self._display_name = display_name
        self._inbox: SelectableInbox[Callable[[], None]] = SelectableInbox()
        self._is_given_up = threading.Event()
        self._thread = threading.Thread(target=self._run, name="injector", daemon=True)
        # From here on everything belongs to the thread.
        self._hotkey = hotkey
        self._steps: deque[Callable[[], None]] = deque()
        self._is_stopping = False
        self._desk: X11Desk | None = None

    def start(self) -> None:
        """Begin; connecting happens on the thread."""
        self._thread.start()

    def stop(self, timeout_s: float = 2.0) -> None:
        """Stop and wait for the thread."""
        if self._thread.is_alive():
            self._is_given_up.set()
            self._inbox.put(self._stop)
            self._thread.join(timeout_s)

    def set_hotkey(self, key: Key) -> None:
        """Never insert while this key is held."""
        self._inbox.put(lambda: self._set_hotkey(key))

    def prepare(self) -> None:
        """Save what the clipboard holds now, so that ``insert`` need not."""
        self._inbox.put(self._prepare)

    def insert(
        self,
        dictation_id: int,
        text: str,
        target: TargetWindow | None,
        rules: InjectionRules = DEFAULT_RULES,
    ) -> None:
        """Put ``text`` into ``target`` if it still has the focus, else onto the clipboard."""
        request = Insertion(dictation_id, text, target, rules, x11.now_ms())
        self._inbox.put(lambda: self._insert(request))

    # --- on the thread ------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._is_stopping:
            try:
                self._serve()
            except x11.CONNECTION_ERRORS:
                self._drop_desk()
            except Exception:  # what leaves a thread must not end it silently
                log.exception("serving the clipboard failed")
                self._drop_desk()
        self._leave()

    def _serve(self) -> None:
        """Answer programs that paste, until there is something to do; then do it."""
        if self._steps:
            pass  # left over from a failure: each insertion is owed an answer
        elif self._desk is None:
            select.select([self._inbox], [], [], LONGEST_SLEEP_S)
        else:
            left_ms = self._desk.restore_at_ms - x11.now_ms()
            self._desk.port.wait(min(LONGEST_SLEEP_S, left_ms / 1000.0), self._inbox.fileno())
        self._steps.extend(self._inbox.take_all())
        while self._steps:
            self._steps.popleft()()
        if self._desk is not None and x11.now_ms() >= self._desk.restore_at_ms:
            self._desk.restore()

    def _stop(self) -> None:
        self._is_stopping = True

    def _set_hotkey(self, key: Key) -> None:
        self._hotkey = key

    def _prepare(self) -> None:
        try:
            self._connected().save()
        except x11.XServerError:
            return  # the answer to the insertion will say so

    def _insert(self, request: Insertion) -> None:
        self._emit(self._answer(request))
        if self._desk is not None:
            self._desk.settle()

    def _answer(self, request: Insertion) -> InjectionEvent:
        try:
            return self._connected().insert(request, self._hotkey)
        except x11.XServerError as error:
            return request.refused(error.problem, False)
        except x11.CONNECTION_ERRORS:
            self._drop_desk()
            return request.refused(problems.X_CONNECTION, False)
        except Exception:
            log.exception("inserting failed")
            self._drop_desk()
            return request.refused(problems.UNEXPECTED, False)

    def _connected(self) -> X11Desk:
        if self._desk is None:
            self._desk = X11Desk(self._display_name, self._is_given_up.is_set)
        return self._desk

    def _leave(self) -> None:
        if self._desk is not None:
            with contextlib.suppress(*x11.CONNECTION_ERRORS):
                self._desk.close()

    def _drop_desk(self) -> None:
        if self._desk is not None:
            self._desk.port.close()
            self._desk = None
