"""The screens there are, as the captions window needs them: names that last, usable areas, changes."""

from __future__ import annotations

from PySide6.QtCore import QObject, QPoint, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QScreen

from desktop.ui.captions_place import Area


class Screens(QObject):
    """Tells ``changed`` once after screens came, went, or changed their size."""

    changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._telling = QTimer(self, singleShot=True, interval=0)
        self._telling.timeout.connect(self.changed)
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.screenAdded.connect(self._watch)
        application.screenAdded.connect(self._telling.start)
        application.screenRemoved.connect(self._telling.start)
        application.primaryScreenChanged.connect(self._telling.start)
        for screen in application.screens():
            self._watch(screen)

    def names(self) -> list[str]:
        """Their names, the main one first."""
        return [name_of(screen) for screen in in_order()]

    def area(self, name: str) -> Area:
        """The usable part of the screen of that name; of the main one where there is none."""
        screens = in_order()
        screen = next((each for each in screens if name_of(each) == name), screens[0])
        box = screen.availableGeometry()
        return Area(box.left(), box.top(), box.width(), box.height())

    def name_at(self, window: Area) -> str:
        """The screen on which the middle of a window is, or the nearest one."""
        middle = QPoint(window.left_px + window.width_px // 2, window.top_px + window.height_px // 2)

        def distance(screen: QScreen) -> int:
            box = screen.geometry()
            across = max(box.left() - middle.x(), 0, middle.x() - box.right())
            return across + max(box.top() - middle.y(), 0, middle.y() - box.bottom())

        return name_of(min(in_order(), key=distance))

    def _watch(self, screen: QScreen) -> None:
        screen.availableGeometryChanged.connect(self._telling.start)
        screen.geometryChanged.connect(self._telling.start)


def name_of(screen: QScreen) -> str:
    """What a screen says of itself where it has a number of its own, else the name of its socket."""
    own = f"{screen.manufacturer()} {screen.model()} {screen.serialNumber()}"
    name = own if screen.serialNumber() else screen.name()
    return " ".join("".join(filter(str.isprintable, name)).split()) or "screen"


def in_order() -> list[QScreen]:
    """All screens, the main one first."""
    main = QGuiApplication.primaryScreen()
    return [main, *(screen for screen in QGuiApplication.screens() if screen is not main)]
