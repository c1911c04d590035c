"""The tray icon and its menu. GUI thread only; decides nothing, repaints only what changed.

A host that appears late gets a new icon: Qt never offers an existing one to it. Where no host
appears, ``FallbackWindow`` shows the same menu.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QSystemTrayIcon

from desktop.ui.icons import icon
from desktop.ui.menu import MenuChoice, TrayMenu
from desktop.ui.tokens import ICON_STEP_MS, ICON_TURN_MS
from desktop.ui.tray_state import IconState, Mark, TrayFacts, TrayState, tray_state

if TYPE_CHECKING:
    from desktop.ui.fallback_window import FallbackWindow

LOOK_FOR_HOST_MS: Final = 1000
WATCH_HOST_MS: Final = 10_000
"""While the icon is shown; a host that restarts asks for it by itself."""
PATIENCE_MS: Final = 4000
"""Hosts start beside us at login; a window before this would be in the way."""

__all__ = ["MenuChoice", "Tray"]


class Tray(QObject):
    """The program's face between dictations.

    ``microphone_chosen`` carries the source's name, or ``None`` for the system's default;
    ``copy_requested`` the id of a dictation; ``retry_requested`` the path of a kept recording;
    ``unload_before_gaming`` whether the model shall stay unloaded.
    """

    start_requested = Signal()
    stop_requested = Signal()
    unload_requested = Signal()
    load_requested = Signal()
    model_chosen = Signal(str)
    microphone_chosen = Signal(object)
    copy_requested = Signal(int)
    retry_requested = Signal(str)
    gauge_requested = Signal()
    history_requested = Signal()
    settings_requested = Signal()
    models_requested = Signal()
    quit_requested = Signal()
    unload_before_gaming = Signal(bool)
    clean_cache_requested = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._reduced_motion = False
        self._state = tray_state(TrayFacts())
        self._turn = 0.0
        self._icon: QSystemTrayIcon | None = None
        self._drawn: tuple[IconState, str] | None = None
        self.fallback: FallbackWindow | None = None
        self.menu = TrayMenu()
        self.menu.show_state(self._state)
        self._connect_menu()
        self._second_click = QTimer(self, singleShot=True)
        self._animation = QTimer(self, interval=ICON_STEP_MS)
        self._animation.timeout.connect(self._step)
        self._host_timer = QTimer(self, interval=LOOK_FOR_HOST_MS)
        self._host_timer.timeout.connect(self._look_for_host)
        self._patience = QTimer(self, interval=PATIENCE_MS, singleShot=True)
        self._patience.timeout.connect(self._give_up_waiting)

    def show(self) -> None:
        """Appear in the tray as soon as there is one."""
        self._host_timer.start()
        self._look_for_host()

    def hide(self) -> None:
        """Disappear, for quitting."""
        for timer in (self._host_timer, self._patience, self._animation):
            timer.stop()
        self._drop_icon()
        if self.fallback is not None:
            self.fallback.close_for_good()

    def set_motion(self, is_reduced: bool) -> None:
        """Whether the icon stands still while a model is being loaded."""
        self._reduced_motion = is_reduced
        self._animate(self._state.icon.mark is Mark.LOADING and not is_reduced)

    @property
    def is_in_tray(self) -> bool:
        """Whether a tray shows the icon."""
        return self._icon is not None

    def show_state(self, state: TrayState) -> None:
        """Show ``state``; equal states cost nothing."""
        if state == self._state:
            return
        self._state = state
        self.menu.show_state(state)
        if self.fallback is not None:
            self.fallback.show_state(state)
        self._animate(state.icon.mark is Mark.LOADING and not self._reduced_motion)
        self._draw()

    def set_models(self, models: Sequence[MenuChoice]) -> None:
        """The models that can be chosen."""
        self.menu.models.show(models)

    def set_microphones(self, microphones: Sequence[MenuChoice]) -> None:
        """The microphones by source name; the system's default (key ``None``) is put before them."""
        self.menu.show_microphones(microphones)

    def set_recent(self, recent: Sequence[tuple[int, str]]) -> None:
        """The last dictations, newest first; five are shown."""
        self.menu.show_recent(recent)

    def set_retry(self, recordings: Sequence[tuple[str, str]]) -> None:
        """Kept recordings of failed dictations: (path, label), newest first."""
        self.menu.retry.show([MenuChoice(path, label) for path, label in recordings])

    def notify(self, title: str, text: str) -> bool:
        """Let the tray host show a message; ``False`` where there is no tray."""
        if self._icon is None or not QSystemTrayIcon.supportsMessages():
            return False
        self._icon.showMessage(title, text, icon(IconState(self._state.icon.mark)))
        return True

    # --- menu ------------------------------------------------------------------------------------

    def _connect_menu(self) -> None:
        menu = self.menu
        menu.dictation.triggered.connect(self._toggle_dictation)
        menu.gpu.triggered.connect(self.gauge_requested)
        menu.load.triggered.connect(self.load_requested)
        menu.unload.triggered.connect(self.unload_requested)
        menu.stay_unloaded.triggered.connect(self.unload_before_gaming)
        menu.clean.triggered.connect(self.clean_cache_requested)
        menu.models.chosen.connect(self.model_chosen.emit)
        menu.more_models.triggered.connect(self.models_requested)
        menu.microphones.chosen.connect(self.microphone_chosen.emit)
        menu.recent.chosen.connect(self.copy_requested.emit)
        menu.retry.chosen.connect(self.retry_requested.emit)
        menu.history.triggered.connect(self.history_requested)
        menu.settings.triggered.connect(self.settings_requested)
        menu.quit.triggered.connect(self.quit_requested)

    def _toggle_dictation(self) -> None:
        (self.stop_requested if self._state.is_dictating else self.start_requested).emit()

    # --- icon ------------------------------------------------------------------------------------

    def _animate(self, is_wanted: bool) -> None:
        if is_wanted and not self._animation.isActive():
            self._animation.start()
        elif not is_wanted:
            self._animation.stop()
            self._turn = 0.0

    def _step(self) -> None:
        self._turn = (self._turn + ICON_STEP_MS / ICON_TURN_MS) % 1.0
        self._draw()

    def _draw(self) -> None:
        if self._icon is None:
            return
        shown = IconState(self._state.icon.mark, self._state.icon.gauge, self._turn)
        drawn, self._drawn = self._drawn, (shown, self._state.tooltip)
        if drawn is None or drawn[0] != shown:
            self._icon.setIcon(icon(shown))
        if drawn is None or drawn[1] != self._state.tooltip:
            self._icon.setToolTip(self._state.tooltip)

    # --- host ------------------------------------------------------------------------------------

    def _look_for_host(self) -> None:
        is_there = QSystemTrayIcon.isSystemTrayAvailable()
        if is_there and self._icon is None:
            self._make_icon()
        elif not is_there and self._icon is not None:
            self._drop_icon()
            self._host_timer.setInterval(LOOK_FOR_HOST_MS)
        if not is_there and not self._patience.isActive() and self.fallback is None:
            self._patience.start()

    def _make_icon(self) -> None:
        self._patience.stop()
        if self.fallback is not None:
            self.fallback.close_for_good()
            self.fallback = None
        self._icon = QSystemTrayIcon(self)
        self._icon.setContextMenu(self.menu)
        self._icon.activated.connect(self._activated)
        self._draw()
        self._icon.show()
        self._host_timer.setInterval(WATCH_HOST_MS)

    def _drop_icon(self) -> None:
        if self._icon is not None:
            self._icon.hide()
            self._icon.deleteLater()
        self._icon = self._drawn = None

    def _give_up_waiting(self) -> None:
        if self._icon is None and self.fallback is None:
            from desktop.ui.fallback_window import FallbackWindow  # not between the start and the icon

            self.fallback = FallbackWindow(self.menu)
            self.fallback.show_state(self._state)
            self.fallback.show()

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        """A double click counts once: its second half would hide what the first has shown."""
        kinds = QSystemTrayIcon.ActivationReason
        if reason in {kinds.Trigger, kinds.DoubleClick} and not self._second_click.isActive():
            self._second_click.start(QGuiApplication.styleHints().mouseDoubleClickInterval())
            self.gauge_requested.emit()
