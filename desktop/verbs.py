"""What the command line may ask of the running program. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from desktop.controller import Controller, monotonic_ms
from desktop.core import events as ev
from desktop.oslayer.single_instance import UNKNOWN_VERB, Request, Response

Act = Callable[[dict[str, Any]], dict[str, Any] | None]


class Verbs:
    """Answers requests: the dictation verbs itself, the others by ``acts`` of the composition root."""

    def __init__(self, controller: Controller, acts: dict[str, Act]) -> None:
        self._controller = controller
        self._acts: dict[str, Act] = {
            "press": lambda _args: self._press(),
            "release": lambda _args: self._release(),
            "toggle": lambda _args: controller.toggle(ev.Origin.COMMAND_LINE),
            "cancel": lambda _args: self._cancel(),
            **acts,
        }

    def answer(self, request: Request) -> Response:
        """Carry out one request."""
        act = self._acts.get(request.verb)
        if act is None:
            return Response(problem=UNKNOWN_VERB)
        return Response(act(request.args) or {})

    def _press(self) -> None:
        if self._controller.session.listening is None:
            self._controller.start(ev.Origin.COMMAND_LINE)

    def _release(self) -> None:
        self._controller.receive(ev.StopRequested(ev.Origin.COMMAND_LINE, monotonic_ms()))

    def _cancel(self) -> None:
        self._controller.receive(ev.CancelRequested(ev.Origin.COMMAND_LINE, monotonic_ms()))
