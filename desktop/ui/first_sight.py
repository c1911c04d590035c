"""The icon before everything else: who starts the program sees it at once, while the rest is being loaded.

Only what the icon needs is imported here; that is most of the time between start and icon.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication

from audio.events import Problem
from desktop.settings import store
from desktop.settings.schema import Settings
from desktop.ui.qt_messages import catch_qt_messages
from desktop.ui.qt_words import teach_qt
from desktop.ui.tray import Tray
from desktop.ui.words import choose_language

LONGEST_BREATH_MS = 20


@dataclass(frozen=True, slots=True)
class FirstSight:
    """What is there already, with the settings it was made from."""

    application: QApplication
    tray: Tray
    settings: Settings
    problems: tuple[Problem, ...]

    def breathe(self) -> None:
        """Answer the tray host, which asks for the picture now, between two parts being loaded."""
        self.application.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, LONGEST_BREATH_MS)


@cache
def appear(settings_file: Path) -> FirstSight:
    """Make the application and its icon. Asked again it gives the same: there is one in a process."""
    catch_qt_messages()
    application = QApplication(sys.argv[:1])
    application.setApplicationName("plosive")
    application.setQuitOnLastWindowClosed(False)
    settings, problems = store.load(settings_file)
    choose_language(settings.interface.language)
    teach_qt(application)
    tray = Tray()
    tray.show()
    sight = FirstSight(application, tray, settings, tuple(problems))
    sight.breathe()
    return sight
