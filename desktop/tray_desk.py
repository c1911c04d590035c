"""The tray at work: what the user chooses there goes to the parts, what they know is shown there."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from audio.devices import SourcesChanged
from desktop.controller import monotonic_ms
from desktop.core import events as ev
from desktop.memory import Memory
from desktop.model_choice import EMBEDDED_NAME, SHIPPED, installed_for_live, model_folders
from desktop.oslayer.paths import AppPaths
from desktop.recent import RecentDictations
from desktop.runtime import Runtime
from desktop.settings.schema import Settings
from desktop.ui.menu import MenuChoice
from desktop.ui.tray import Tray
from desktop.ui.welcome import how_to_begin, why_models
from desktop.ui.words import translated
from recognizer.local import EMBEDDED_MODEL

if TYPE_CHECKING:
    from desktop.ui.model_downloads import ModelDownloads

SETTING_OF_PASS: Final = {
    "live": "model.name",
    "second": "model.second_pass",
    "punctuation": "model.punctuation",
    "speakers": "captions.speaker_turns",
}


class TrayDesk:
    """Connects ``Tray`` with the program. GUI thread only."""

    def __init__(
        self,
        tray: Tray,
        runtime: Runtime,
        paths: AppPaths,
        recent: RecentDictations,
        change: Callable[[dict[str, object]], None],
        copy: Callable[[str], None],
    ) -> None:
        self._tray = tray
        self._runtime = runtime
        self._paths = paths
        self._recent = recent
        self._change = change
        self._copy_text = copy
        self._models: ModelDownloads | None = None
        self._connect()

    def _connect(self) -> None:
        tray, controller = self._tray, self._runtime.controller
        origin = ev.Origin.TRAY
        tray.start_requested.connect(lambda: controller.start(origin))
        tray.stop_requested.connect(lambda: controller.receive(ev.StopRequested(origin, monotonic_ms())))
        tray.load_requested.connect(self._load)
        tray.unload_requested.connect(lambda: self._unload(stay=False))
        tray.unload_before_gaming.connect(lambda stay: self._unload(stay=True) if stay else self._load())
        lifecycle = self._runtime.lifecycle
        tray.clean_cache_requested.connect(lambda: lifecycle.clean_cache(origin, monotonic_ms()))
        tray.microphone_chosen.connect(lambda name: self._change({"audio.microphone": name or ""}))
        tray.model_chosen.connect(lambda name: self._change({"model.path": "", "model.name": name}))
        tray.models_requested.connect(self.open_models)
        tray.copy_requested.connect(lambda entry_id: self._copy_text(self._recent.text(entry_id)))
        tray.retry_requested.connect(self.retry)

    def _load(self) -> None:
        self._runtime.lifecycle.request_load(self._runtime.model, ev.Origin.TRAY, monotonic_ms())

    def _unload(self, *, stay: bool) -> None:
        self._runtime.lifecycle.request_unload(ev.Origin.TRAY, monotonic_ms(), stay=stay)

    def retry(self, path: str) -> None:
        """Recognise a kept recording again; its text goes to the clipboard."""
        self._runtime.controller.receive(ev.RetryRequested(path, monotonic_ms(), None))

    def show_microphones(self, event: SourcesChanged, chosen: str) -> None:
        """The microphones there are now; monitors are for captions."""
        self._tray.set_microphones(
            [
                MenuChoice(source.name, source.description, source.name == chosen)
                for source in event.sources
                if not source.is_monitor
            ]
        )

    def show_models(self, settings: Settings) -> None:
        """The embedded model and the installed ones; with a server, that."""
        chosen = settings.model.name if not settings.model.path else ""
        choices = [MenuChoice(EMBEDDED_NAME, translated(EMBEDDED_MODEL.name), chosen == EMBEDDED_NAME)]
        found = sorted(installed_for_live(model_folders(self._paths)))
        choices += [MenuChoice(name, name, chosen == name) for name in found]
        if settings.model.path:
            choices.append(MenuChoice("", Path(settings.model.path).name, is_chosen=True))
        if self._runtime.server is not None:
            choices = [MenuChoice("", self._runtime.server.host, is_chosen=True)]
        self._tray.set_models(choices)

    def open_models(self, why: str = "") -> None:
        """Show what there is of models; what is installed there is known here at once."""
        if self._models is None:
            from desktop.ui.model_downloads import ModelDownloads

            self._models = ModelDownloads(self._paths.models, SHIPPED)
            self._models.installed.connect(lambda _: self._change({}))
            self._models.removed.connect(lambda _: self._change({}))
            self._models.chosen.connect(self._use_model)
        self._models.open(why)

    def welcome(self, key: str, tell: Callable[[str], None]) -> None:
        """At the very first start, say how to begin, and show the models to who needs another."""
        if self._paths.settings_file.exists():
            return
        self._change({})  # written once, asked never again
        tell(how_to_begin(key))
        if why := why_models():
            self.open_models(why)

    def _use_model(self, name: str, role: str) -> None:
        values: dict[str, object] = {SETTING_OF_PASS[role]: name}
        self._change(values | ({"model.path": ""} if role == "live" else {}))

    def show_recent(self) -> None:
        """The latest texts."""
        self._tray.set_recent(self._recent.texts)

    def show_kept(self, memory: Memory) -> None:
        """Recordings that can be tried again, by the time they were made."""
        kept = [(path, path.stat().st_mtime) for path in memory.kept() if path.exists()]
        self._tray.set_retry([(str(path), _time_label(made_s)) for path, made_s in kept])


def _time_label(made_s: float) -> str:
    return f"{datetime.fromtimestamp(made_s, UTC).astimezone():%Y-%m-%d %H:%M:%S}"
