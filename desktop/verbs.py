"""What the command line may ask of the running program. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from audio.events import Problem
from desktop.controller import Controller, monotonic_ms
from desktop.core import events as ev
from desktop.core.keep_alive import State
from desktop.model_lifecycle import ModelLifecycle
from desktop.oslayer.single_instance import UNKNOWN_VERB, Reply, Request, Response
from desktop.ui.words import say
from recognizer.events import ModelSpec

Act = Callable[[], dict[str, Any] | Problem | None]
ORIGIN = ev.Origin.COMMAND_LINE
NOTHING_KEPT = Problem(
    "retry-nothing",
    "No failed dictation is kept, so there is nothing to try again.",
    "Those that succeeded: plosive history list",
)


@dataclass(frozen=True, slots=True)
class VerbParts:
    """What the verbs move. ``acts`` are those that only the composition root can carry out."""

    controller: Controller
    lifecycle: ModelLifecycle
    model: Callable[[], ModelSpec]
    acts: dict[str, Act]
    captions: Callable[[dict[str, Any]], dict[str, Any] | Problem]
    files: Callable[[dict[str, Any]], dict[str, Any]]


class Verbs:
    """Answers requests; an unload is answered when the memory is back."""

    def __init__(self, parts: VerbParts) -> None:
        self._parts = parts
        self._unload_askers: list[Reply] = []
        controller, lifecycle = parts.controller, parts.lifecycle
        self._acts: dict[str, Act] = {
            "press": self._press,
            "release": lambda: controller.receive(ev.StopRequested(ORIGIN, monotonic_ms())),
            "toggle": lambda: controller.toggle(ORIGIN),
            "cancel": lambda: controller.receive(ev.CancelRequested(ORIGIN, monotonic_ms())),
            "load": lambda: lifecycle.request_load(parts.model(), ORIGIN, monotonic_ms()),
            "clean-cache": lambda: lifecycle.clean_cache(ORIGIN, monotonic_ms()),
            **parts.acts,
        }

    def take(self, request: Request, reply: Reply) -> None:
        """Carry out one request; ``reply`` is called once, now or when it is done."""
        if request.verb == "unload":
            self._unload(request.args, reply)
            return
        if request.verb == "captions":
            told = self._parts.captions(request.args)
            reply(Response(problem=told) if isinstance(told, Problem) else Response(told))
            return
        if request.verb == "files":
            reply(Response(self._parts.files(request.args)))
            return
        act = self._acts.get(request.verb)
        answer = UNKNOWN_VERB if act is None else act()
        reply(Response(problem=answer) if isinstance(answer, Problem) else Response(answer or {}))

    def unloaded(self, sentence: str) -> None:
        """What came of an unload, or why there was none: for those who asked for it."""
        askers, self._unload_askers = self._unload_askers, []
        for reply in askers:
            reply(Response({"sentence": sentence}))

    def _press(self) -> None:
        if self._parts.controller.session.listening is None:
            self._parts.controller.start(ORIGIN)

    def _unload(self, args: dict[str, Any], reply: Reply) -> None:
        stay, wait = bool(args.get("stay")), bool(args.get("wait"))
        lifecycle = self._parts.lifecycle
        self._unload_askers.append(reply)
        lifecycle.request_unload(ORIGIN, monotonic_ms(), stay=stay, wait=wait)
        if lifecycle.keep_alive.state is State.UNLOADED and reply in self._unload_askers:
            self._unload_askers.remove(reply)
            reply(Response({"sentence": say("status.kept-unloaded" if stay else "status.unloaded")}))
