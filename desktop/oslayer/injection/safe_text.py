"""Making text safe for where it goes. Pure."""

from __future__ import annotations

import re

from desktop.core.events import TargetWindow

LINE_ENDS = re.compile(r"[ \t]*[\r\n\v\f\u0085\u2028\u2029]+[ \t]*")
CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def safe_text(text: str, target: TargetWindow | None, newlines_in_terminals: bool) -> str:
    """``text`` as it may be inserted into ``target``.

    Control characters never are: in a terminal they are commands. There a newline runs what is
    on the line and a tab completes it, so both become spaces unless newlines are allowed.
    """
    plain = CONTROLS.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    is_terminal = target is not None and target.is_terminal
    if not is_terminal or newlines_in_terminals:
        return plain
    line = LINE_ENDS.sub(" ", plain).replace("\t", " ").strip(" ")
    # The space that lets the next dictation follow is not one of a line's end.
    return line + " " if line and plain.endswith(" ") else line
