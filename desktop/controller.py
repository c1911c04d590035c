"""Carries out what the core wishes, and tells it what came of it. GUI thread only.

The controller decides nothing: facts go to the gesture, the session and the model keeper; their
commands go to the part that owns the thing. It holds no Qt object, so that a test can drive it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from audio.events import Problem
from desktop.core import commands as cmd
from desktop.core import events as ev
from desktop.core.gesture import GestureSettings, HotkeyGesture, Intent
from desktop.core.session import DictationSession, SessionSettings
from recognizer.base import Recognizer


def monotonic_ms() -> float:
    """The clock of every ``now_ms`` in the core."""
    return time.monotonic() * 1000.0


class Ears(Protocol):
    """What the controller asks of ``audio.listener.Listener``."""

    def begin(self, listening_id: int) -> None: ...
    def end(self, listening_id: int) -> None: ...
    def cancel(self, listening_id: int) -> None: ...


class Hands(Protocol):
    """What the controller asks of the injector; ``insert`` is answered by ``TextLanded`` or ``TextRefused``.

    ``prepare`` saves what the clipboard holds while the user still speaks.
    """

    def prepare(self) -> None: ...
    def insert(self, dictation_id: int, text: str, target: ev.TargetWindow | None) -> None: ...


class Face(Protocol):
    """What the user sees and hears of a dictation."""

    def show_overlay(self, view: cmd.OverlayView) -> None: ...
    def hide_overlay(self, after_ms: int) -> None: ...
    def tell(self, problem: Problem) -> None: ...
    def play(self, cue: cmd.Cue) -> None: ...


class Memory(Protocol):
    """What is remembered of dictations: history and kept recordings."""

    def save(self, record: cmd.DictationRecord) -> None: ...
    def drop_audio(self, path: Path) -> None: ...
    def keep_audio(self, path: Path, problem: Problem) -> None: ...


class ModelKeeper(Protocol):
    """The life cycle of the model (leases, loading, idle unload, giving way)."""

    def acquire(self, holder: str, now_ms: float) -> None: ...
    def release(self, holder: str, now_ms: float) -> None: ...
    def handle(self, event: object, now_ms: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything the controller moves. ``replay`` recognises a recording as a dictation."""

    ears: Ears
    recognizer: Recognizer
    hands: Hands
    face: Face
    memory: Memory
    keeper: ModelKeeper
    focused_window: Callable[[], ev.TargetWindow | None]
    watch_cancel_key: Callable[[bool], None]
    replay: Callable[[int, Path], None]
    run_timer: Callable[[bool], None]


class Controller:
    """Facts in through ``receive``; see the module's docstring."""

    def __init__(
        self,
        parts: Parts,
        gesture: GestureSettings | None = None,
        session: SessionSettings | None = None,
        clock_ms: Callable[[], float] = monotonic_ms,
    ) -> None:
        self._parts = parts
        self._clock_ms = clock_ms
        self._is_timer_running = False
        self.gesture = HotkeyGesture(gesture or GestureSettings())
        self.session = DictationSession(session or SessionSettings())
        self.last_record: cmd.DictationRecord | None = None

    def configure(self, gesture: GestureSettings, session: SessionSettings) -> None:
        """Use other settings from now on; a key that is held goes on being held."""
        self.gesture.configure(gesture)
        self.session.settings = session

    def receive(self, event: object) -> None:
        """Take one fact from the bridge."""
        now_ms = self._clock_ms()
        was_listening = self.session.listening is not None
        match event:
            case ev.KeyPressed() | ev.KeyReleased() | ev.OtherKeyPressed() | ev.CancelKeyPressed():
                self._act_on(self.gesture.handle(event), event.at_ms)
            case ev.TimePassed():
                self._act_on(self.gesture.handle(event), event.now_ms)
            case ev.HotkeyFailed():
                self._parts.face.tell(event.problem)
            case ev.StopRequested() | ev.CancelRequested():
                self.gesture.ended_elsewhere()
        self._carry_out(self.session.handle(event, now_ms))
        self._parts.keeper.handle(event, now_ms)
        if was_listening and self.session.listening is None:
            self.gesture.ended_elsewhere()
        elif isinstance(event, ev.StartRequested) and not was_listening:
            self.gesture.started_elsewhere()
        self._run_timer()

    def toggle(self, origin: ev.Origin) -> None:
        """Start dictating, or finish: the tray's one entry and ``plosive toggle``."""
        if self.session.listening:
            self.receive(ev.StopRequested(origin, self._clock_ms()))
        else:
            self.start(origin)

    def start(self, origin: ev.Origin) -> None:
        """Start dictating into the window that has the focus now."""
        now_ms = self._clock_ms()
        self.receive(ev.StartRequested(origin, now_ms, self._parts.focused_window()))

    def _act_on(self, intents: Iterable[Intent], at_ms: float) -> None:
        """``at_ms`` is when the key really moved: latencies count from there."""
        for intent in intents:
            self._carry_out(self.session.handle(self._request(intent, at_ms), self._clock_ms()))

    def _request(self, intent: Intent, at_ms: float) -> object:
        match intent:
            case Intent.START:
                return ev.StartRequested(ev.Origin.HOTKEY, at_ms, self._parts.focused_window())
            case Intent.STOP:
                return ev.StopRequested(ev.Origin.HOTKEY, at_ms)
            case Intent.CANCEL:
                return ev.CancelRequested(ev.Origin.HOTKEY, at_ms)
            case Intent.LOCK:
                return ev.DictationLocked(at_ms)

    def _run_timer(self) -> None:
        wanted = self.gesture.wants_time or self.session.wants_time
        if wanted is not self._is_timer_running:
            self._is_timer_running = wanted
            self._parts.run_timer(wanted)

    def _carry_out(self, commands: Iterable[cmd.Command]) -> None:
        for command in commands:
            self._dictate(command)
            self._present(command)

    def _dictate(self, command: cmd.Command) -> None:
        parts = self._parts
        match command:
            case cmd.StartListening():
                parts.ears.begin(command.dictation_id)
                parts.hands.prepare()
            case cmd.StopListening():
                parts.ears.end(command.dictation_id)
            case cmd.CancelListening():
                parts.ears.cancel(command.dictation_id)
            case cmd.ReplayAudio():
                parts.replay(command.dictation_id, Path(command.journal_path))
            case cmd.CancelUtterances():
                for utterance_id in command.utterance_ids:
                    parts.recognizer.cancel(utterance_id)
            case cmd.AcquireLease():
                parts.keeper.acquire(command.holder, command.now_ms)
            case cmd.ReleaseLease():
                parts.keeper.release(command.holder, command.now_ms)
            case cmd.InsertText():
                parts.hands.insert(command.dictation_id, command.text, command.target)
            case cmd.WatchCancelKey():
                parts.watch_cancel_key(command.is_watched)

    def _present(self, command: cmd.Command) -> None:
        parts = self._parts
        match command:
            case cmd.ShowOverlay():
                parts.face.show_overlay(command.view)
            case cmd.HideOverlay():
                parts.face.hide_overlay(command.after_ms)
            case cmd.SaveDictation():
                self.last_record = command.record
                parts.memory.save(command.record)
            case cmd.DropAudio():
                parts.memory.drop_audio(Path(command.journal_path))
            case cmd.KeepAudio():
                parts.memory.keep_audio(Path(command.journal_path), command.problem)
            case cmd.TellProblem():
                parts.face.tell(command.problem)
            case cmd.PlayCue():
                parts.face.play(command.cue)
