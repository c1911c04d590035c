"""Plays the short sounds through the system's own player, so that no sound library is loaded for them."""

from __future__ import annotations

import shutil
import sys
from functools import cache
from importlib.resources import as_file, files
from typing import Final

from PySide6.QtCore import QProcess

from desktop.core.commands import Cue

PLAYERS: Final = (("pw-play",), ("paplay",), ("aplay", "-q"), ("afplay",))


def play_cue(cue: Cue) -> bool:
    """Play ``cue`` and return at once; ``False`` where nothing can play it."""
    with as_file(files("resources") / "sounds" / f"{cue.value}.wav") as path:
        if sys.platform == "win32":
            return play_on_windows(str(path))
        player = find_player()
        if not player:
            return False
        started, _ = QProcess.startDetached(player[0], [*player[1:], str(path)])
        return bool(started)


@cache
def find_player() -> tuple[str, ...]:
    """The first player there is, as a command."""
    return next((each for each in PLAYERS if shutil.which(each[0])), ())


def play_on_windows(path: str) -> bool:
    """Windows plays WAV files itself."""
    import winsound

    winsound.PlaySound(path, winsound.SND_FILENAME | winsound.SND_ASYNC)  # type: ignore[attr-defined]
    return True
