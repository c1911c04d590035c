"""The windows behind the tray: memory gauge, history, settings. Made when first needed. GUI thread only."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from desktop.controller import monotonic_ms
from desktop.core.events import Origin
from desktop.gpu_log import GpuLog
from desktop.model_lifecycle import ModelLifecycle
from desktop.presenter import standby_bytes
from desktop.recent import RecentDictations
from desktop.settings.schema import Settings
from desktop.ui.memory_history import MemoryHistory
from desktop.ui.tray import Tray
from recognizer.gpu_reading import GpuSnapshot

if TYPE_CHECKING:
    from desktop.ui.gauge_window import GaugeWindow
    from desktop.ui.history_window import HistoryWindow
    from desktop.ui.settings_dialog import SettingsDialog

OPERATIONS_SHOWN: Final = 50


class Windows:
    """``settings`` tells those of now; ``change`` sets, applies and saves; ``copy`` fills the clipboard."""

    def __init__(
        self,
        tray: Tray,
        lifecycle: ModelLifecycle,
        gpu_log: GpuLog,
        recent: RecentDictations,
        settings: Callable[[], Settings],
        change: Callable[[dict[str, object]], None],
        copy: Callable[[str], None],
    ) -> None:
        self._lifecycle = lifecycle
        self._gpu_log = gpu_log
        self._operations_shown = -1
        self._recent = recent
        self._settings = settings
        self._change = change
        self._copy = copy
        self._gauge: GaugeWindow | None = None
        self._card_history = MemoryHistory()
        self._snapshot: GpuSnapshot | None = None
        self._history: HistoryWindow | None = None
        self._dialog: SettingsDialog | None = None
        tray.gauge_requested.connect(self.toggle_gauge)
        tray.history_requested.connect(self.open_history)
        tray.settings_requested.connect(self.open_settings)

    def toggle_gauge(self) -> None:
        """Show the card's memory, or hide it."""
        self._gauge_window().toggle()
        self.refresh()

    def open_history(self) -> None:
        """Show what was dictated."""
        if self._history is None:
            from desktop.ui.history_window import HistoryWindow, reader

            self._history = HistoryWindow(reader(self._recent.folder))
            self._history.copy_requested.connect(self._copy)
            self._history.delete_requested.connect(self._delete)
        self._history.open()

    def open_settings(self) -> None:
        """Show the settings."""
        if self._dialog is None:
            from desktop.ui.settings_dialog import SettingsDialog

            self._dialog = SettingsDialog(self._settings())
            self._dialog.saved.connect(self._change)
        self._dialog.open(self._settings())

    def take(self, snapshot: GpuSnapshot) -> None:
        """The last minutes are kept also while nobody has opened the gauge: its window is large."""
        if self._gauge is not None:
            self._gauge.show_snapshot(snapshot)
        else:
            self._card_history.add(snapshot)
            self._snapshot = snapshot

    def refresh(self, note: str = "") -> None:
        """Figures of the worker, for whoever looks."""
        if self._gauge is not None and self._gauge.isVisible():
            model = self._lifecycle.keep_alive.model
            is_loading = self._lifecycle.loading_since_ms is not None and model is not None
            self._gauge.show_worker(
                self._lifecycle.memory,
                is_loaded=self._lifecycle.ready is not None,
                loading=model.name if is_loading and model else "",
                standby_bytes=standby_bytes(self._lifecycle),
            )
            self._gauge.show_note(note)
            self._show_operations(self._gauge)

    def _show_operations(self, gauge: GaugeWindow) -> None:
        """Read the log only when there is something new in it: this is asked often."""
        if self._operations_shown != self._gpu_log.appended:
            self._operations_shown = self._gpu_log.appended
            gauge.show_operations(self._gpu_log.read(OPERATIONS_SHOWN))

    def history_changed(self) -> None:
        """A dictation came or went."""
        if self._history is not None and self._history.isVisible():
            self._history.refresh()

    def settings_changed(self) -> None:
        """Values that the open windows depend on."""
        if self._gauge is not None:
            self._gauge.set_threshold(self._settings().gpu.threshold_percent / 100.0)
        if self._dialog is not None:
            self._dialog.follow(self._settings())

    def _delete(self, entry_ids: list[int]) -> None:
        for entry_id in entry_ids:
            self._recent.writer.delete(entry_id)

    def _gauge_window(self) -> GaugeWindow:
        if self._gauge is None:
            from desktop.ui.gauge_window import GaugeWindow

            self._gauge = GaugeWindow(
                warn_fraction=self._settings().gpu.threshold_percent / 100.0,
                history=self._card_history,
                snapshot=self._snapshot,
            )
            self._gauge.looked_at.connect(self._lifecycle.look)
            self._gauge.unload_requested.connect(
                lambda: self._lifecycle.request_unload(Origin.TRAY, monotonic_ms(), stay=False)
            )
            self._gauge.clean_cache_requested.connect(
                lambda: self._lifecycle.clean_cache(Origin.TRAY, monotonic_ms())
            )
        return self._gauge
