"""The composition root: the running parts, the windows, the control socket; made, run, taken down."""

from __future__ import annotations

import logging
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSocketNotifier, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from audio.devices import DeviceWatch, SourcesChanged
from audio.events import Problem
from desktop.controller import monotonic_ms
from desktop.core import events as ev
from desktop.core.commands import DictationRecord
from desktop.face import ScreenFace
from desktop.history.entry import entry_of
from desktop.history.store import Limits
from desktop.history.writer import DictationSaved, DictationsForgotten, HistoryTroubled, HistoryWriter
from desktop.memory import Memory
from desktop.oslayer.control_server import ControlServer
from desktop.oslayer.paths import AppPaths
from desktop.oslayer.single_instance import Reply, Request
from desktop.presenter import tray_facts
from desktop.runtime import Runtime
from desktop.settings import store
from desktop.settings.schema import Settings
from desktop.status import status
from desktop.ui.menu import MenuChoice
from desktop.ui.tray import Tray
from desktop.ui.tray_state import tray_state
from desktop.ui.words import choose_language
from desktop.verbs import Verbs
from recognizer.local import EMBEDDED_MODEL

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ControlAsked:
    """The command line wants something; ``reply`` is owed."""

    request: Request
    reply: Reply


def run(paths: AppPaths) -> int:
    """Run the tray program until it is asked to quit; the caller holds the instance lock."""
    application = QApplication(sys.argv[:1])
    application.setApplicationName("plosive")
    application.setQuitOnLastWindowClosed(False)
    settings, problems = store.load(paths.settings_file)
    choose_language(settings.interface.language)
    app = App(paths, settings, problems)
    stop_on_signals(application)
    app.start()
    code = application.exec()
    app.stop()
    return code


def stop_on_signals(application: QApplication) -> None:
    """Quit in good order on Ctrl+C and at logout. A notifier wakes Qt, which waits in C."""
    reading, writing = socket.socketpair()
    for end in (reading, writing):
        end.setblocking(False)
    notifier = QSocketNotifier(reading.fileno(), QSocketNotifier.Type.Read, application)
    notifier.activated.connect(lambda *_: application.quit())
    signal.set_wakeup_fd(writing.fileno())
    application.setProperty("wake", [reading, writing])
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)


class App:
    """Windows and connections around ``Runtime``. GUI thread only."""

    def __init__(self, paths: AppPaths, settings: Settings, problems: Sequence[Problem]) -> None:
        self._paths = paths
        self._problems = tuple(problems)
        self._note = ""
        self.settings = settings
        self.tray = Tray(reduced_motion=settings.interface.reduced_motion == "on")
        self.face = self._make_face()
        self.memory = Memory(paths.recordings, self._save_record, self._show_kept)
        self.runtime = Runtime(
            paths,
            settings,
            self._chosen_model(),
            self.face,
            self.memory,
            self._say,
            self._changed,
            self._take,
        )
        self.verbs = Verbs(self.runtime.controller, self._acts())
        self._recent: list[tuple[int, str]] = []
        self._history: HistoryWriter | None = None
        self._control: ControlServer | None = None
        self._devices = DeviceWatch(self.runtime.bridge.post)
        self._connect_tray()

    def start(self) -> None:
        """Appear first, then begin to work: who logs in sees the icon at once."""
        self.tray.show()
        QTimer.singleShot(0, self._start_work)

    def stop(self) -> None:
        """End in the order in which users notice."""
        self.tray.hide()
        if self._control:
            self._control.stop()
        self._devices.stop()
        self.runtime.stop()
        if self._history:
            self._history.stop()

    def _start_work(self) -> None:
        post = self.runtime.bridge.post
        self._control = ControlServer(
            self._paths.control_socket, lambda request, reply: post(ControlAsked(request, reply))
        )
        self.runtime.start()
        self._devices.start()
        self._open_history()
        self.memory.forget_older_than(self.settings.history.keep_failed_audio_days or 36_500)
        self._show_kept()
        self._show_models()
        for problem in self._problems:
            self.face.tell(problem)
        self._changed()

    # --- facts -----------------------------------------------------------------------------------

    def _take(self, event: object) -> bool:
        """Facts that are for the windows; whether this was one."""
        match event:
            case ControlAsked():
                event.reply(self.verbs.answer(event.request))
            case SourcesChanged():
                self._show_microphones(event)
            case DictationSaved():
                self._recent = [(event.entry_id, event.entry.text), *self._recent][:20]
                self._show_recent()
            case DictationsForgotten():
                self._read_recent()
            case HistoryTroubled():
                self.face.tell(event.problem)
            case _:
                return False
        return True

    def _changed(self) -> None:
        threshold = self.settings.gpu.threshold_percent
        runtime = self.runtime
        facts = tray_facts(
            runtime.controller, runtime.lifecycle, runtime.model, self.face.problem, threshold, self._note
        )
        self.tray.show_state(tray_state(facts))

    def _say(self, sentence: str) -> None:
        self._note = sentence
        self.face.say(sentence)

    # --- history ---------------------------------------------------------------------------------

    def _open_history(self) -> None:
        history = self.settings.history
        limits = Limits(history.keep_days, history.keep_mib)
        self._history = HistoryWriter(self._history_folder(), limits, self.runtime.bridge.post)
        self._read_recent()

    def _history_folder(self) -> Path:
        chosen = self.settings.history.directory
        return Path(chosen).expanduser() if chosen else self._paths.data

    def _read_recent(self) -> None:
        from desktop.history.opening import HistoryFailed
        from desktop.history.store import HistoryStore

        try:
            with HistoryStore(self._history_folder(), is_read_only=True) as history:
                self._recent = [(entry.entry_id, entry.text) for entry in history.latest(20) if entry.text]
        except HistoryFailed:  # none yet, or broken: the writer tells which
            self._recent = []
        self._show_recent()

    def _save_record(self, record: DictationRecord) -> None:
        if not self.settings.history.enabled or self._history is None:
            return
        ended = datetime.now(UTC)
        ready = self.runtime.lifecycle.ready
        self._history.save(
            entry_of(
                record,
                started_utc=ended - timedelta(milliseconds=record.heard_ms),
                ended_utc=ended,
                model=ready.model.name if ready else self.runtime.model.name,
                device=ready.device if ready else "",
            )
        )

    # --- tray ------------------------------------------------------------------------------------

    def _connect_tray(self) -> None:
        tray, controller, lifecycle = self.tray, self.runtime.controller, self.runtime.lifecycle
        origin = ev.Origin.TRAY
        tray.start_requested.connect(lambda: controller.start(origin))
        tray.stop_requested.connect(lambda: controller.receive(ev.StopRequested(origin, monotonic_ms())))
        tray.load_requested.connect(
            lambda: lifecycle.request_load(self.runtime.model, origin, monotonic_ms())
        )
        tray.unload_requested.connect(lambda: lifecycle.request_unload(origin, monotonic_ms(), stay=False))
        tray.unload_before_gaming.connect(self._stay_unloaded)
        tray.clean_cache_requested.connect(self.runtime.recognizer.clean_cache)
        tray.microphone_chosen.connect(self._choose_microphone)
        tray.copy_requested.connect(self._copy)
        tray.retry_requested.connect(self._retry)
        tray.quit_requested.connect(QApplication.quit)

    def _stay_unloaded(self, is_wanted: bool) -> None:
        lifecycle, now_ms = self.runtime.lifecycle, monotonic_ms()
        if is_wanted:
            lifecycle.request_unload(ev.Origin.TRAY, now_ms, stay=True)
        else:
            lifecycle.request_load(self.runtime.model, ev.Origin.TRAY, now_ms)
        self._changed()

    def _copy(self, entry_id: int) -> None:
        text = dict(self._recent).get(entry_id, "")
        QGuiApplication.clipboard().setText(text)

    def _retry(self, path: str) -> None:
        self.runtime.controller.receive(ev.RetryRequested(path, monotonic_ms(), None))

    def _choose_microphone(self, name: str | None) -> None:
        self._change_settings("audio.microphone", name or "")
        self.runtime.listener.choose(name)

    def _show_microphones(self, event: SourcesChanged) -> None:
        chosen = self.settings.audio.microphone
        self.tray.set_microphones(
            [
                MenuChoice(source.name, source.description, source.name == chosen)
                for source in event.sources
                if not source.is_monitor
            ]
        )

    def _show_recent(self) -> None:
        self.tray.set_recent([(entry_id, text) for entry_id, text in self._recent if text])

    def _show_kept(self) -> None:
        kept = [
            (path, datetime.fromtimestamp(path.stat().st_mtime, UTC).astimezone())
            for path in self.memory.kept()
            if path.exists()
        ]
        self.tray.set_retry(
            [(str(path), f"{kept_at:%H:%M:%S}  ({kept_at:%Y-%m-%d})") for path, kept_at in kept]
        )

    def _show_models(self) -> None:
        self.tray.set_models([MenuChoice(EMBEDDED_MODEL.name, EMBEDDED_MODEL.name, True)])

    # --- settings --------------------------------------------------------------------------------

    def _chosen_model(self) -> Any:
        return EMBEDDED_MODEL

    def _change_settings(self, key: str, value: object) -> None:
        """Set and save one value; a disk that refuses is told, the value holds until the program ends."""
        self.settings = self.settings.replace(key, value)
        self.runtime.configure(self.settings, self._chosen_model())
        try:
            store.save(self._paths.settings_file, self.settings)
        except store.SettingsFailed as failure:
            self.face.tell(failure.problem)

    def _make_face(self) -> ScreenFace:
        from desktop.ui.overlay import Overlay

        return ScreenFace(
            Overlay(),
            self._notify,
            lambda _cue: None,
            is_overlay_wanted=lambda: self.settings.overlay.enabled,
            are_sounds_wanted=lambda: self.settings.overlay.sounds,
        )

    def _notify(self, title: str, text: str) -> None:
        self.tray.notify(title, text)

    # --- command line ----------------------------------------------------------------------------

    def _acts(self) -> dict[str, Any]:
        runtime, origin = self.runtime, ev.Origin.COMMAND_LINE
        lifecycle = runtime.lifecycle

        def load(_args: dict[str, Any]) -> None:
            lifecycle.request_load(runtime.model, origin, monotonic_ms())

        def unload(args: dict[str, Any]) -> None:
            lifecycle.request_unload(
                origin, monotonic_ms(), stay=bool(args.get("stay")), wait=bool(args.get("wait", True))
            )

        return {
            "load": load,
            "unload": unload,
            "clean-cache": lambda _args: runtime.recognizer.clean_cache(),
            "status": lambda _args: self._status(),
            "raise": lambda _args: None,
            "retry": lambda _args: self._retry_latest(),
            "quit": lambda _args: QTimer.singleShot(0, QApplication.quit),
        }

    def _status(self) -> dict[str, Any]:
        runtime = self.runtime
        told = status(
            runtime.controller, runtime.lifecycle, runtime.model, self.face.problem, self.settings.hotkey.key
        )
        return told | {"is_in_tray": self.tray.is_in_tray}

    def _retry_latest(self) -> None:
        kept = self.memory.kept()
        if kept:
            self._retry(str(kept[0]))
