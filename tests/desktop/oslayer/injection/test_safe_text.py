"""Text made safe for where it goes."""

from __future__ import annotations

import pytest

from desktop.core.events import TargetWindow
from desktop.oslayer.injection.safe_text import safe_text

EDITOR = TargetWindow(1, 1, None, "gedit.Gedit")
TERMINAL = TargetWindow(2, 2, None, "xterm.XTerm", is_terminal=True)


@pytest.mark.parametrize(
    ("text", "in_editor", "in_terminal"),
    [
        ("one\ntwo", "one\ntwo", "one two"),
        ("one \r\n\r\n  two\r", "one \n\n  two\n", "one two"),
        ("a\tb", "a\tb", "a b"),
        ("the next one follows ", "the next one follows ", "the next one follows "),
        ("one\ntwo\n ", "one\ntwo\n ", "one two "),
        ("\n ", "\n ", ""),
        ("line\u2028separator", "line\u2028separator", "line separator"),
        ("bell\x07 escape\x1b[2J \x9b", "bell escape[2J ", "bell escape[2J "),
        ('你好，"é" 🙂', '你好，"é" 🙂', '你好，"é" 🙂'),
        ("", "", ""),
    ],
)
def test_only_a_terminal_loses_its_newlines(text: str, in_editor: str, in_terminal: str) -> None:
    assert safe_text(text, EDITOR, newlines_in_terminals=False) == in_editor
    assert safe_text(text, TERMINAL, newlines_in_terminals=False) == in_terminal
    assert safe_text(text, TERMINAL, newlines_in_terminals=True) == in_editor
    assert safe_text(text, None, newlines_in_terminals=False) == in_editor
