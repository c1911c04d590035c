"""The menu of tray and fallback window, made once and updated in place: an open menu never jumps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from desktop.ui.captions_menu import CaptionsMenu
from desktop.ui.tray_state import TrayState
from desktop.ui.words import say

LONGEST_LABEL: Final = 48
RECENT_SHOWN: Final = 5


@dataclass(frozen=True, slots=True)
class MenuChoice:
    """One entry of a submenu; ``key`` is what its choice tells."""

    key: str | int | None
    label: str
    is_chosen: bool = False


class ChoiceMenu(QMenu):
    """A submenu of choices; ``chosen`` carries the key. Hidden while it has none."""

    chosen = Signal(object)

    def __init__(self, title: str, parent: QWidget, *, shows_chosen: bool) -> None:
        super().__init__(title, parent)
        self._shows_chosen = shows_chosen
        self._choices: list[MenuChoice] = []
        self.menuAction().setVisible(False)

    def show(self, choices: Sequence[MenuChoice]) -> None:  # type: ignore[override]
        """Show these; entries are reused, so that an open menu stays as it is where nothing changed."""
        wanted = list(choices)
        if wanted == self._choices:
            return
        self._choices = wanted
        while len(self.actions()) < len(wanted):
            self._add()
        for index, action in enumerate(self.actions()):
            action.setVisible(index < len(wanted))
            if index < len(wanted):
                self._write(action, wanted[index])
        self.menuAction().setVisible(bool(wanted))

    def _add(self) -> None:
        index = len(self.actions())
        action = self.addAction("")
        action.setCheckable(self._shows_chosen)
        action.triggered.connect(lambda: self._choose(index))

    def _write(self, action: QAction, choice: MenuChoice) -> None:
        action.setText(label_of(choice.label))
        action.setChecked(choice.is_chosen)

    def _choose(self, index: int) -> None:
        """Tell it; the tick follows the state of the program, not the click."""
        choice = self._choices[index]
        self.actions()[index].setChecked(choice.is_chosen)
        self.chosen.emit(choice.key)


class TrayMenu(QMenu):
    """All that the tray offers. Rows about the card are absent where there is none."""

    def __init__(self) -> None:
        super().__init__()
        self.status = self._line()
        self.gpu = self.addAction("")
        self.note = self._line()
        self.addSeparator()
        self.dictation = self.addAction(say("menu.start"))
        self.captions = CaptionsMenu(self)
        self.addMenu(self.captions)
        self.addSeparator()
        self.load = self.addAction(say("menu.load"))
        self.unload = self.addAction(say("menu.unload"))
        self.stay_unloaded = self.addAction(say("menu.stay-unloaded"))
        self.stay_unloaded.setCheckable(True)
        self.clean = self.addAction(say("menu.clean"))
        self.models = self._choices("menu.model", shows_chosen=True)
        self.more_models = self.addAction(say("menu.more-models"))
        self.microphones = self._choices("menu.microphone", shows_chosen=True)
        self.addSeparator()
        self.recent = self._choices("menu.recent", shows_chosen=False)
        self.retry = self._choices("menu.retry", shows_chosen=False)
        self.files = self.addAction(say("menu.files"))
        self.history = self.addAction(say("menu.history"))
        self.settings = self.addAction(say("menu.settings"))
        self.addSeparator()
        self.quit = self.addAction(say("menu.quit"))
        self._hide_until_told()

    def _line(self) -> QAction:
        action = self.addAction("")
        action.setEnabled(False)
        return action

    def _choices(self, key: str, *, shows_chosen: bool) -> ChoiceMenu:
        menu = ChoiceMenu(say(key), self, shows_chosen=shows_chosen)
        self.addMenu(menu)
        return menu

    def _hide_until_told(self) -> None:
        for action in (self.status, self.gpu, self.note, self.unload, self.stay_unloaded, self.clean):
            action.setVisible(False)

    def show_state(self, state: TrayState) -> None:
        """Update every row that depends on the state."""
        show_line(self.status, state.status_line)
        show_line(self.gpu, state.gpu_line)
        show_line(self.note, state.note)
        self.dictation.setText(state.dictation_label)
        self.load.setVisible(not state.can_unload)
        self.load.setEnabled(state.can_load)
        self.unload.setVisible(state.can_unload)
        self.stay_unloaded.setVisible(state.has_gpu or state.stays_unloaded)
        self.stay_unloaded.setChecked(state.stays_unloaded)
        self.clean.setVisible(state.has_gpu)
        self.clean.setEnabled(state.can_clean)

    def show_microphones(self, microphones: Sequence[MenuChoice]) -> None:
        """The system's default first; it is chosen when no other is."""
        is_default = not any(each.is_chosen for each in microphones)
        default = MenuChoice(None, say("menu.default-microphone"), is_default)
        self.microphones.show([default, *microphones])

    def show_recent(self, recent: Sequence[tuple[int, str]]) -> None:
        """The last five texts, one line each."""
        self.recent.show([MenuChoice(key, text) for key, text in recent[:RECENT_SHOWN]])


def show_line(action: QAction, text: str) -> None:
    """A row that is there only while it says something."""
    action.setText(label_of(text))
    action.setVisible(bool(text))


def label_of(text: str) -> str:
    """One line of at most 48 characters in which ``&`` is a letter."""
    line = " ".join(text.split())
    if len(line) > LONGEST_LABEL:
        line = line[: LONGEST_LABEL - 1].rstrip() + "…"
    return line.replace("&", "&&")


def mark_chosen(choices: Sequence[MenuChoice], key: str | int | None) -> list[MenuChoice]:
    """The same choices with exactly the one of ``key`` chosen."""
    return [replace(choice, is_chosen=choice.key == key) for choice in choices]
