"""What Qt has to say goes to the log; where it would abort, the user reads a sentence instead.

Qt calls ``abort()`` when it cannot open a window system, with its reasons on a terminal that a
program started at login does not have.
"""

from __future__ import annotations

import logging
import os
import sys

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler

from audio.events import Problem

_log = logging.getLogger(__name__)
LEVELS = {
    QtMsgType.QtDebugMsg: logging.DEBUG,
    QtMsgType.QtInfoMsg: logging.INFO,
    QtMsgType.QtWarningMsg: logging.WARNING,
    QtMsgType.QtCriticalMsg: logging.ERROR,
    QtMsgType.QtFatalMsg: logging.CRITICAL,
}
NO_WINDOWS = Problem(
    "start.no_windows",
    "No window can be opened on this display, so there is nowhere for Plosive to show itself.",
    "Start it inside a running graphical session; if this is one, install the package libxcb-cursor0. "
    "The log tells more: plosive log.",
)


def catch_qt_messages() -> None:
    """From now on; before the application is made."""
    qInstallMessageHandler(_take)


def _take(kind: QtMsgType, _: QMessageLogContext, message: str) -> None:
    _log.log(LEVELS[kind], "Qt: %s", message.strip())
    if kind is QtMsgType.QtFatalMsg:
        sys.stderr.write(f"{NO_WINDOWS.sentence}\n  → {NO_WINDOWS.remedy}\n")
        sys.stderr.flush()
        os._exit(1)  # Qt would abort after we return; nothing has been started that must be ended
