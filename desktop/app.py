"""The composition root: the running parts, the windows, the control socket; made, run, taken down.

A little over 250 lines because everything is put together here, in one place and nowhere else.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from audio.devices import DeviceWatch, SourcesChanged
from audio.events import Problem
from desktop import logs
from desktop.bridge import Ticker, stop_on_signals
from desktop.captions_making import LiveCaptions
from desktop.core.commands import DictationRecord
from desktop.face import ScreenFace
from desktop.files_door import FilesDoor
from desktop.history.writer import DictationSaved, DictationsForgotten, HistoryTroubled
from desktop.memory import Memory
from desktop.mistakes import STUMBLED, ProgramStumbled
from desktop.model_choice import choose_or_keep, deferred, model_folders, with_finish
from desktop.oslayer import autostart
from desktop.oslayer.compositor import has_compositor
from desktop.oslayer.control_server import ControlServer
from desktop.oslayer.focus_place import FocusPlace
from desktop.oslayer.paths import AppPaths
from desktop.oslayer.single_instance import Reply, Request
from desktop.presenter import is_over, tray_facts
from desktop.recent import RecentDictations
from desktop.runtime import Runtime
from desktop.settings import store
from desktop.settings.schema import Settings
from desktop.status import status
from desktop.tray_desk import TrayDesk
from desktop.ui.first_sight import FirstSight, appear
from desktop.ui.motion import is_motion_reduced
from desktop.ui.notify import Notifier
from desktop.ui.overlay import Overlay
from desktop.ui.sounds import play_cue
from desktop.ui.tray_state import tray_state
from desktop.verbs import NOTHING_KEPT, Act, VerbParts, Verbs
from desktop.windows import Windows
from recognizer.events import ModelSpec
from recognizer.gpu_reading import GpuSnapshot

if TYPE_CHECKING:
    from desktop.files_desk import FilesDesk

RETENTION_MS: Final = 3_600_000
"""How often old recordings are looked for: the program may run for weeks."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ControlAsked:
    """The command line wants something; ``reply`` is owed."""

    request: Request
    reply: Reply


def run(paths: AppPaths) -> int:
    """Run the tray program until it is asked to quit; the caller holds the instance lock."""
    sight = appear(paths.settings_file)
    application = sight.application
    app = App(paths, sight)
    stop_on_signals(application)
    logs.tell_mistakes_to(lambda: app.runtime.bridge.post(ProgramStumbled()))
    app.start()
    _log.info("started")
    code = application.exec()
    logs.tell_mistakes_to(None)
    app.stop()
    _log.info("ended")
    return code


class App:
    """Windows and connections around ``Runtime``. GUI thread only."""

    def __init__(self, paths: AppPaths, sight: FirstSight) -> None:
        settings = sight.settings
        self._paths = paths
        self._problems = list(sight.problems)
        self._model_problem: Problem | None = None
        self._note = ""
        self._unsaved: dict[str, object] = {}
        self.settings = settings
        self.tray = sight.tray
        self.face = self._make_face()
        self.memory = Memory(paths.recordings, self._save_record, self._kept_changed)
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
        self.recent = RecentDictations(paths.data, settings.history, self.runtime.bridge.post)
        self.desk = TrayDesk(self.tray, self.runtime, paths, self.recent, self.change_settings, copy_text)
        self.windows = Windows(
            self.tray,
            self.runtime.lifecycle,
            self.runtime.gpu_log,
            self.recent,
            lambda: self.settings,
            self.change_settings,
            copy_text,
        )
        self.captions = LiveCaptions(
            self.runtime, paths, self.recent, self.tray.menu.captions, lambda: self.settings,
            self.change_settings, self.face.tell, self.face.say,
            self._changed, copy_text,
        )  # fmt: skip
        self.files = FilesDoor(self._make_files)
        self.tray.menu.files.triggered.connect(self.files.open)
        self.tray.quit_requested.connect(QApplication.quit)
        self.verbs = self._make_verbs()
        self._control: ControlServer | None = None
        self._devices = DeviceWatch(self.runtime.bridge.post)
        self._sources: SourcesChanged | None = None
        self._retention = Ticker(RETENTION_MS, self._forget_old_audio)

    def start(self) -> None:
        """Appear first, then begin to work: who logs in sees the icon at once."""
        self.tray.show()
        QTimer.singleShot(0, self._start_work)

    def stop(self) -> None:
        """End in the order in which users notice."""
        self.tray.hide()
        self._retention.run(False)
        if self._control:
            self._control.stop()
        self._devices.stop()
        self.captions.stop()
        self.files.stop()
        self.runtime.stop()
        if self.settings.history.keep_failed_audio_days == 0:
            self.memory.forget_all()
        self.recent.stop()

    def _start_work(self) -> None:
        post = self.runtime.bridge.post
        socket_path = self._paths.control_socket
        self._control = ControlServer(socket_path, lambda request, reply: post(ControlAsked(request, reply)))
        self.runtime.start()
        self._devices.start()
        self.captions.start()
        self.memory.forget_older_than(self.settings.history.keep_failed_audio_days)
        self._retention.run(True)
        self.recent.read()
        self.desk.show_recent()
        self.desk.show_kept(self.memory)
        self.desk.show_models(self.settings)
        self.desk.welcome(self.settings.hotkey.key, self.face.say)
        self._follow_motion()
        if problem := autostart.make_up_for(self.settings.interface.start_at_login):
            self._problems.append(problem)
        for problem in (*self._problems, self._model_problem):
            if problem:
                self.face.tell(problem)
        self._changed()

    # --- facts -----------------------------------------------------------------------------------

    def _take(self, event: object) -> bool:
        """Facts that are for the windows; whether this was one."""
        if self.captions.take(event):
            return True
        if self.files.take(event):
            return True
        self.face.settle(lambda problem: is_over(problem, event, self.settings.gpu.threshold_percent))
        match event:
            case ControlAsked():
                self.verbs.take(event.request, event.reply)
            case GpuSnapshot():
                self.windows.take(event)
                return False  # the life cycle wants it as well
            case SourcesChanged():
                self._sources = event
                self.desk.show_microphones(event, self.settings.audio.microphone)
            case DictationSaved():
                self.recent.took(event)
                self._history_changed()
            case DictationsForgotten():
                for path in event.audio_paths:
                    self.memory.drop_audio(Path(path))
                self.recent.read()
                self._history_changed()
            case HistoryTroubled():
                self.face.tell(event.problem)
            case ProgramStumbled():
                self.face.tell(STUMBLED)
            case _:
                return False
        return True

    def _changed(self) -> None:
        runtime, threshold = self.runtime, self.settings.gpu.threshold_percent
        problem = self.face.problem
        facts = tray_facts(
            runtime.controller, runtime.lifecycle, runtime.model, problem, threshold, self._note
        )
        self.tray.show_state(tray_state(replace(facts, is_captioning=self.captions.is_listening)))
        self.windows.refresh(self._note)

    def _history_changed(self) -> None:
        self.desk.show_recent()
        self.windows.history_changed()

    def _reread_history(self) -> None:
        """Another process has written to it; what it deleted must not be shown on."""
        self.memory.forget_missing()
        self.recent.read()
        self.captions.meetings.changed()
        self._history_changed()

    def _kept_changed(self) -> None:
        self.desk.show_kept(self.memory)

    def _forget_old_audio(self) -> None:
        days = self.settings.history.keep_failed_audio_days
        if days > 0:  # else it is dropped when the program ends
            self.memory.forget_older_than(days)

    def _save_record(self, record: DictationRecord) -> None:
        ready = self.runtime.lifecycle.ready
        model = ready.model.name if ready else self.runtime.model.name
        self.recent.save(record, model, ready.device if ready else "")
        if days := self.settings.history.keep_failed_audio_days:  # 0 is for the end of the program
            self.memory.forget_older_than(days)

    def _say(self, sentence: str) -> None:
        """What came of an unload: to the tray, and to those who asked for it."""
        self._note = sentence
        self.face.say(sentence)
        self.verbs.unloaded(sentence)

    # --- settings --------------------------------------------------------------------------------

    def change_settings(self, values: dict[str, object]) -> None:
        """Set, apply and save; where the disk refuses, the values hold until the program ends.

        What the user has written into the file meanwhile is taken up and not overwritten.
        """
        settings, problems = store.load_again(self._paths.settings_file, self.settings)
        self._unsaved |= values
        for key, value in self._unsaved.items():
            settings = settings.replace(key, value)
        self._apply(settings)
        for problem in problems:
            self.face.tell(problem)
        try:
            store.save(self._paths.settings_file, settings)
            self._unsaved.clear()
        except store.SettingsFailed as failure:
            self.face.tell(failure.problem)

    def _reload_settings(self) -> None:
        settings, problems = store.load_again(self._paths.settings_file, self.settings)
        self._apply(settings)
        for problem in problems:
            self.face.tell(problem)

    def _apply(self, settings: Settings) -> None:
        login_changed = settings.interface.start_at_login != self.settings.interface.start_at_login
        self.settings = settings
        self.face.problem = None
        if login_changed and (problem := autostart.follow(settings.interface.start_at_login)):
            self.face.tell(problem)
        was_wrong = self._model_problem
        self.runtime.configure(settings, self._chosen_model())
        if self._model_problem and self._model_problem != was_wrong:
            self.face.tell(self._model_problem)
        self._forget_old_audio()
        self.recent.configure(settings.history)
        self.desk.show_recent()
        self.desk.show_models(settings)
        self.windows.settings_changed()
        self._follow_motion()
        self.captions.configure()
        if self._sources:
            self.desk.show_microphones(self._sources, settings.audio.microphone)

    def _follow_motion(self) -> None:
        is_reduced = is_motion_reduced(self.settings.interface.reduced_motion)
        self.tray.set_motion(is_reduced)
        self.face.set_motion(is_reduced)

    def _chosen_model(self) -> ModelSpec:
        folders = model_folders(self._paths)
        model, self._model_problem = choose_or_keep(self.settings.model, folders)
        return deferred(with_finish(model, self.settings, folders))

    # --- windows ---------------------------------------------------------------------------------

    def _make_files(self) -> FilesDesk:
        from desktop.files_desk import FilesDesk

        return FilesDesk(
            self.runtime,
            self._paths,
            self.recent,
            lambda: self.settings,
            self._chosen_model,
            self.change_settings,
            self.face.say,
        )

    def _make_face(self) -> ScreenFace:
        overlay = Overlay(focused_point=FocusPlace().middle, has_compositor=has_compositor())
        return ScreenFace(
            overlay,
            Notifier(self.tray, overlay),
            play_cue,
            is_overlay_wanted=lambda: self.settings.overlay.enabled,
            are_sounds_wanted=lambda: self.settings.overlay.sounds,
        )

    # --- command line ----------------------------------------------------------------------------

    def _make_verbs(self) -> Verbs:
        acts: dict[str, Act] = {
            "status": self._status,
            "raise": self.windows.open_history,
            "gauge": self.windows.toggle_gauge,
            "retry": self._retry_latest,
            "reload-settings": self._reload_settings,
            "reread-history": self._reread_history,
            "quit": lambda: QTimer.singleShot(0, QApplication.quit),
        }
        runtime = self.runtime
        by_arguments = (self.captions.verb, self.files.verb)
        return Verbs(
            VerbParts(runtime.controller, runtime.lifecycle, lambda: runtime.model, acts, *by_arguments)
        )

    def _status(self) -> dict[str, Any]:
        runtime = self.runtime
        key = self.settings.hotkey.key
        told = status(runtime.controller, runtime.lifecycle, runtime.model, self.face.problem, key)
        return told | {"is_in_tray": self.tray.is_in_tray}

    def _retry_latest(self) -> Problem | None:
        kept = self.memory.kept()
        if not kept:
            return NOTHING_KEPT
        self.desk.retry(str(kept[0]))
        return None


def copy_text(text: str) -> None:
    """Put ``text`` on the clipboard, as any program does."""
    QGuiApplication.clipboard().setText(text)
