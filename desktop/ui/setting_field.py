"""One setting in the settings window: name, the control for its type, explanation, and what is wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Protocol, cast

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from desktop.settings.option import BadValue, Option, Value
from desktop.ui import tokens
from desktop.ui.tint import quiet, striking
from desktop.ui.words import say, translated
from desktop.ui.words_of_settings import choice_name, explanation, setting_name, unit_name

CONTROL_PX: Final = 240
LIST_LINES: Final = 3


class Control(Protocol):
    """Something that holds a value."""

    @property
    def widget(self) -> QWidget: ...

    def read(self) -> object: ...
    def write(self, value: Value) -> None: ...


class Tick:
    """For yes and no."""

    def __init__(self, option: Option, touched: Callable[..., None]) -> None:
        self.widget = self._box = QCheckBox(setting_name(option))
        self._box.toggled.connect(touched)

    def read(self) -> object:
        return self._box.isChecked()

    def write(self, value: Value) -> None:
        self._box.setChecked(bool(value))


class Choice:
    """For a few words."""

    def __init__(self, option: Option, touched: Callable[..., None]) -> None:
        self.widget = self._box = CalmComboBox()
        for each in option.choices:
            self._box.addItem(choice_name(each), each)
        self._box.currentIndexChanged.connect(touched)

    def read(self) -> object:
        return self._box.currentData()

    def write(self, value: Value) -> None:
        self._box.setCurrentIndex(self._box.findData(value))


class Number:
    """For numbers with a range and a unit."""

    def __init__(self, option: Option, touched: Callable[..., None]) -> None:
        is_whole = isinstance(option.default, int)
        self._box: CalmSpinBox | CalmDoubleSpinBox = CalmSpinBox() if is_whole else CalmDoubleSpinBox()
        low, high = option.low or 0, option.high or 0
        if isinstance(self._box, QSpinBox):
            self._box.setRange(int(low), int(high))
            self._box.valueChanged.connect(touched)
        else:
            self._box.setRange(low, high)
            self._box.setSingleStep(0.05)
            self._box.valueChanged.connect(touched)
        self._box.setSuffix(f" {unit_name(option.unit)}" if option.unit else "")
        self.widget = self._box

    def read(self) -> object:
        value = self._box.value()
        return round(value, 4)

    def write(self, value: Value) -> None:
        self._box.setValue(cast("int", value))


class Line:
    """For one line of text."""

    def __init__(self, option: Option, touched: Callable[..., None]) -> None:
        del option
        self.widget = self._edit = QLineEdit()
        self._edit.textChanged.connect(touched)

    def read(self) -> object:
        return self._edit.text().strip()

    def write(self, value: Value) -> None:
        self._edit.setText(str(value))


class Lines:
    """For several texts, one per line."""

    def __init__(self, option: Option, touched: Callable[..., None]) -> None:
        del option
        self.widget = self._edit = QPlainTextEdit(placeholderText=say("settings.lines"))
        self._edit.setTabChangesFocus(True)
        self._edit.setFixedHeight(self._edit.fontMetrics().lineSpacing() * LIST_LINES + tokens.SPACE_4_PX)
        self._edit.textChanged.connect(touched)

    def read(self) -> object:
        return [line.strip() for line in self._edit.toPlainText().splitlines() if line.strip()]

    def write(self, value: Value) -> None:
        self._edit.setPlainText("\n".join(cast("tuple[str, ...]", value)))


def control_for(option: Option, touched: Callable[..., None]) -> Control:
    """The control for the type of a setting."""
    if option.choices:
        return Choice(option, touched)
    match option.default:
        case bool():
            return Tick(option, touched)
        case int() | float():
            return Number(option, touched)
        case str():
            return Line(option, touched)
    return Lines(option, touched)


class SettingField(QWidget):
    """``touched`` tells that the user changed something here."""

    touched = Signal()

    def __init__(self, option: Option, parent: QObject | None = None) -> None:
        del parent
        super().__init__()
        self.option = option
        self._shown: tuple[object, Value] | None = None
        self.control = control_for(option, lambda *_: self.touched.emit())
        self.problem = QLabel()
        self._lay_out()
        self.touched.connect(self.check)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(tokens.SPACE_PX)
        control = self.control.widget
        if not isinstance(control, QCheckBox):
            name = QLabel(setting_name(self.option))
            name.setBuddy(control)
            name.setWordWrap(True)
            column.addWidget(name)
            control.setMinimumWidth(CONTROL_PX)
            control.setAccessibleName(setting_name(self.option))
        is_wide = isinstance(control, (QLineEdit, QPlainTextEdit))
        column.addWidget(control, 0, Qt.AlignmentFlag(0) if is_wide else Qt.AlignmentFlag.AlignLeft)
        sentence = QLabel(explanation(self.option))
        control.setAccessibleDescription(sentence.text())
        quiet(sentence)
        striking(self.problem)
        self.problem.hide()
        for label in (sentence, self.problem):
            label.setWordWrap(True)
            column.addWidget(label)

    def value(self) -> Value:
        """What the user chose, or the whole of what is shown. Raises ``BadValue``."""
        raw = self.control.read()
        if self._shown is not None and self._shown[0] == raw:
            return self._shown[1]
        return self.option.accept(raw)

    def is_showing(self, value: Value) -> bool:
        """Whether the user has left it at this value."""
        try:
            return self.value() == value
        except BadValue:
            return False

    def show_value(self, value: Value) -> None:
        """Show this value."""
        self._shown = None
        self.control.write(value)
        self._shown = self.control.read(), value
        self.check()

    def check(self) -> bool:
        """Say what is wrong, if anything is; whether all is well."""
        try:
            self.value()
        except BadValue as error:
            self.problem.setText(say("settings.bad", sentence=translated(str(error))))
            self.problem.show()
            return False
        self.problem.hide()
        return True


class CalmComboBox(QComboBox):
    """Does not change under the wheel while the page is scrolled."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class CalmSpinBox(QSpinBox):
    """Does not change under the wheel while the page is scrolled."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class CalmDoubleSpinBox(QDoubleSpinBox):
    """Does not change under the wheel while the page is scrolled."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()
