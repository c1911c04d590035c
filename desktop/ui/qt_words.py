"""Qt's own words (a text field's menu, the file dialog) in the language of the interface."""

from __future__ import annotations

from PySide6.QtCore import QLibraryInfo, QTranslator
from PySide6.QtWidgets import QApplication

from desktop.ui.words import spoken

TABLES = ("", "qtbase_zh_CN")
"""By ``spoken()``; Qt speaks English of itself."""


def teach_qt(application: QApplication) -> None:
    """To be called once, when the language is chosen; where the table is missing they stay English."""
    table = QTranslator(application)
    place = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
    if (name := TABLES[spoken()]) and table.load(name, place):
        application.installTranslator(table)
