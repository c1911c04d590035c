"""Sound, recognizer, keys, clipboard and the core: made, connected and taken down again. No window."""

from __future__ import annotations

import itertools
import logging
import os
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from audio.listener import Listener, ListenerSettings
from desktop import wiring
from desktop.bridge import Alarm, Bridge, Ticker
from desktop.card_file import load_fits, save_fits
from desktop.controller import Controller, Face, Parts, monotonic_ms
from desktop.core import events as ev
from desktop.core import keep_alive_commands as ka
from desktop.core.gpu_care import GpuCare, LogOperation
from desktop.core.keep_alive import KeepAlive
from desktop.gpu_log import GpuLog, GpuOperation, utc_now
from desktop.hands import Hands, NoHotkey, NoInjector
from desktop.kept_audio import recording_segmenter
from desktop.memory import Memory
from desktop.model_lifecycle import LifecycleParts, ModelLifecycle
from desktop.oslayer import hotkeys, injection
from desktop.oslayer.paths import AppPaths
from desktop.oslayer.session import DesktopSession, SessionKind, detect_session
from desktop.oslayer.surroundings import Surroundings
from desktop.relay import AudioRelay, Replay
from desktop.settings.schema import Settings
from recognizer.chosen import ChosenRecognizer
from recognizer.events import ModelSpec
from recognizer.gpu_reading import GpuSnapshot, Moment
from recognizer.gpu_watch import GpuWatch

TICK_MS = 100
_log = logging.getLogger(__name__)


class Runtime:
    """The running parts, with the core between them.

    Made on the GUI thread, which owns it; ``stop`` ends every thread and process. ``take`` is offered
    each fact first and tells whether it was for the windows; ``changed`` is called after each one.
    """

    def __init__(
        self,
        paths: AppPaths,
        settings: Settings,
        model: ModelSpec,
        face: Face,
        memory: Memory,
        say: Callable[[str], None],
        changed: Callable[[], None],
        take: Callable[[object], bool],
    ) -> None:
        self.settings = settings
        self.server = wiring.server(settings)
        self.model = self.server.as_model() if self.server else model
        self._paths = paths
        self._changed = changed
        self._take = take
        self._session = detect_session()
        self.next_utterance_id = itertools.count(1).__next__
        self.bridge = Bridge(self._receive)
        post = self.bridge.post
        self.recognizer = ChosenRecognizer(post, paths.logs, self.server)
        self.listener = Listener(
            self.listener_settings(),
            AudioRelay(self.recognizer, post),
            next_utterance_id=self.next_utterance_id,
        )
        self.gpu_watch = GpuWatch(post)
        self.gpu_log = GpuLog(paths.gpu_log)
        self._surroundings: Surroundings | None = None
        self.lifecycle = self._make_lifecycle(face, say)
        key = hotkeys.parse_key(settings.hotkey.key)
        self.hotkeys = hotkeys.create_listener(
            self._session, key, post, is_swallowed=settings.hotkey.swallow
        ) or NoHotkey(post)
        self.injector = injection.create_injector(self._session, post, hotkey=key) or NoInjector(post)
        self._set_shortcuts(key)
        self._read_focus = focus_reader(self._session)
        self._ticker = Ticker(TICK_MS, self._pass_time)
        self.controller = self._make_controller(face, memory)

    def start(self) -> None:
        """Begin to observe the key and prepare the microphone."""
        self.hotkeys.start()
        self.injector.start()
        self.listener.start()
        self.listener.arm()
        self.gpu_watch.ask(Moment.PERIODIC)  # once: is there a card at all?
        if self.settings.model.load_at_start:
            self.lifecycle.request_load(self.model, ev.Origin.SYSTEM, monotonic_ms())

    def stop(self) -> None:
        """End everything; blocks until threads and worker are gone (a few seconds at most)."""
        self._ticker.run(False)
        self.hotkeys.stop()
        self.listener.stop()
        self.lifecycle.handle(ka.Quitting(monotonic_ms()), monotonic_ms())
        self.recognizer.stop()
        self.injector.stop()
        if self._surroundings:
            self._surroundings.stop()
        self.gpu_watch.stop()

    def listener_settings(self) -> ListenerSettings:
        """How to listen, by the settings of now."""
        return wiring.listener_settings(self.settings, self._paths.recordings)

    def configure(self, settings: Settings, model: ModelSpec) -> None:
        """Use other settings from now on."""
        self.settings = settings
        self.server = wiring.server(settings)
        if self.server is not None:
            self.recognizer.configure(self.server)
        self.model = model = self.server.as_model() if self.server else model
        now_ms = monotonic_ms()
        self.listener.configure(self.listener_settings())
        self.controller.configure(wiring.gesture_settings(settings), wiring.session_settings(settings))
        care = wiring.gpu_care_settings(settings)
        self.lifecycle.configure(wiring.keep_alive_settings(settings), care, now_ms)
        self.lifecycle.handle(ka.ModelChosen(model, now_ms), now_ms)
        self._watch_surroundings()
        if self._surroundings:
            self._surroundings.look_for(settings.gpu.give_way_processes)
            self._surroundings.let_fill_screen(settings.gpu.full_screen_allowed)
        key = hotkeys.parse_key(settings.hotkey.key)
        self.hotkeys.set_swallowed(settings.hotkey.swallow)
        self.hotkeys.set_key(key)
        self._set_shortcuts(key)
        self.injector.set_hotkey(key)

    def _set_shortcuts(self, dictation: hotkeys.Key) -> None:
        found, problems = hotkeys.read_shortcuts(wiring.shortcuts(self.settings), dictation)
        self.hotkeys.set_shortcuts(found)
        for problem in problems:
            self.bridge.post(ev.HotkeyFailed(problem))

    # --- making the parts --------------------------------------------------------------------

    def _make_lifecycle(self, face: Face, say: Callable[[str], None]) -> ModelLifecycle:
        fits = load_fits(self._paths.card_fits)
        is_restricted = "CUDA_VISIBLE_DEVICES" in os.environ
        care = GpuCare(wiring.gpu_care_settings(self.settings), fits, is_restricted=is_restricted)
        keep_alive = KeepAlive(wiring.keep_alive_settings(self.settings), self.model, fit=care.fit)
        parts = LifecycleParts(
            recognizer=self.recognizer,
            watch=self.gpu_watch,
            post=self.bridge.post,
            schedule=self._alarm(),
            schedule_care=self._alarm(),
            tell=face.tell,
            say=say,
            allow_sleep=self._allow_sleep,
            use_recognizer=lambda: self.recognizer.use(self.server),
            save_fits=lambda fits: save_fits(self._paths.card_fits, fits),
            log_operation=self._log_operation,
        )
        return ModelLifecycle(keep_alive, care, parts)

    def _make_controller(self, face: Face, memory: Memory) -> Controller:
        parts = Parts(
            ears=self.listener,
            recognizer=self.recognizer,
            hands=Hands(self.injector, lambda: wiring.injection_rules(self.settings)),
            face=face,
            memory=memory,
            keeper=self.lifecycle,
            focused_window=self._read_focus,
            watch_cancel_key=self.hotkeys.watch_cancel,
            replay=self._replay,
            run_timer=self._ticker.run,
        )
        gesture, session = wiring.gesture_settings(self.settings), wiring.session_settings(self.settings)
        return Controller(parts, gesture, session)

    def _alarm(self) -> Callable[[float | None], None]:
        alarm = Alarm(self._pass_time)
        return lambda at_ms: alarm.set(None if at_ms is None else at_ms - monotonic_ms() + 1.0)

    # --- the card ----------------------------------------------------------------------------

    def _log_operation(self, operation: LogOperation) -> None:
        told = GpuOperation(utc_now(), **asdict(operation))
        self.gpu_log.append(told)

    def _allow_sleep(self) -> None:
        if self._surroundings:
            self._surroundings.allow_sleep()

    def _watch_surroundings(self) -> None:
        """Games, sleep and lock matter where there is a card to give back; the lock where it was chosen."""
        snapshot = self.lifecycle.snapshot
        has_card = snapshot is not None and bool(snapshot.readings)
        if self._surroundings is None and (has_card or self.settings.model.unload_on_lock):
            gpu = self.settings.gpu
            lists = (gpu.give_way_processes, gpu.full_screen_allowed)
            self._surroundings = Surroundings(self.bridge.post, self._session, *lists)

    # --- facts -------------------------------------------------------------------------------

    def _receive(self, event: object) -> None:
        if not self._take(event):
            self.controller.receive(event)
        if isinstance(event, GpuSnapshot):
            self._watch_surroundings()
        self._changed()

    def _pass_time(self) -> None:
        self._receive(ev.TimePassed(monotonic_ms()))

    def _replay(self, dictation_id: int, path: Path) -> None:
        segment = recording_segmenter(self.listener_settings, self.next_utterance_id)
        Replay(dictation_id, path, segment, self.recognizer, self.bridge.post).start()


def focus_reader(session: DesktopSession) -> Callable[[], ev.TargetWindow | None]:
    """Tells the focused window; nothing where it cannot be known."""
    if session.kind is not SessionKind.X11:
        return lambda: None
    from desktop.oslayer import x11
    from desktop.oslayer.focus import FocusReader

    try:
        return FocusReader(session.display).read
    except x11.XServerError:
        return lambda: None
