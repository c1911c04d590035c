"""The least a tray program can be: what Qt and Python themselves cost, for comparison."""

import sys

from PySide6.QtCore import QTimer
from PySide6.QtGui import QColor, QIcon, QPixmap
from PySide6.QtWidgets import QApplication, QMenu, QSystemTrayIcon

app = QApplication(sys.argv)
app.setQuitOnLastWindowClosed(False)
picture = QPixmap(22, 22)
picture.fill(QColor("teal"))
menu = QMenu()
menu.addAction("Start dictation")
menu.addAction("Quit", app.quit)
icon = QSystemTrayIcon(QIcon(picture))
icon.setContextMenu(menu)
QTimer.singleShot(0, icon.show)
sys.exit(app.exec())
