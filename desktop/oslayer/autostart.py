"""Starting with the desktop session: one ``.desktop`` file in the XDG autostart folder."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from audio.events import Problem

FILE_NAME: Final = "plosive.desktop"
_MUST_BE_ESCAPED: Final = '\\"`$'


def autostart_file(environment: Mapping[str, str] | None = None) -> Path:
    """Where the file stands, or would."""
    env = os.environ if environment is None else environment
    config = env.get("XDG_CONFIG_HOME", "")
    base = Path(config) if config.startswith("/") else Path(env.get("HOME", str(Path.home())), ".config")
    return base / "autostart" / FILE_NAME


def is_enabled(environment: Mapping[str, str] | None = None) -> bool:
    """Whether the program starts with the session."""
    try:
        lines = autostart_file(environment).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return False
    settings = dict(line.partition("=")[::2] for line in lines if "=" in line)
    is_off = settings.get("Hidden") == "true" or settings.get("X-GNOME-Autostart-enabled") == "false"
    return "Exec" in settings and not is_off


def enable(command: Sequence[str] | None = None, environment: Mapping[str, str] | None = None) -> None:
    """Start ``command`` (this program by default) with the session from now on. Raises ``OSError``."""
    file = autostart_file(environment)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = file.with_name(file.name + ".new")
    new.write_text(_entry(command or program_command()), encoding="utf-8")
    new.chmod(0o600)
    new.replace(file)


def disable(environment: Mapping[str, str] | None = None) -> None:
    """Start with the session no longer. Raises ``OSError``."""
    autostart_file(environment).unlink(missing_ok=True)


def follow(is_wanted: bool) -> Problem | None:
    """Make it so if it is not; the problem where the folder refuses."""
    try:
        if is_wanted and not is_enabled():
            enable()
        elif not is_wanted:
            disable()
    except OSError as error:
        return Problem(
            "autostart-failed",
            f"Starting at login could not be changed: {error.strerror or error}.",
            f"Check who owns the folder {autostart_file().parent}.",
        )
    return None


def make_up_for(is_wanted: bool) -> Problem | None:
    """At start: what was set while the program did not run. Who switched it off elsewhere is heeded."""
    return follow(is_wanted) if is_wanted and not autostart_file().exists() else None


def program_command() -> list[str]:
    """How this program is started from elsewhere: its own command beside the interpreter, or the module."""
    if getattr(sys, "frozen", False):
        return [sys.executable]
    beside = Path(sys.executable).with_name("plosive")
    found = str(beside) if beside.is_file() else shutil.which("plosive")
    return [found] if found else [sys.executable, "-m", "desktop"]


def _entry(command: Sequence[str]) -> str:
    return "\n".join(
        [
            "[Desktop Entry]",
            "Type=Application",
            "Name=Plosive",
            "Comment=Hold a key, speak, release",
            "Comment[zh_CN]=按住按键，说话，松开",
            f"Exec={' '.join(map(quoted, command))}",
            "Icon=plosive",
            "Terminal=false",
            "X-GNOME-Autostart-enabled=true",
            "",
        ]
    )


def quoted(argument: str) -> str:
    """One argument of an ``Exec`` key: quoted as the Desktop Entry Specification asks. ``%`` is doubled.

    Escaped twice: once for the quotes, and every backslash once more for the file's text values.
    """
    escaped = "".join(f"\\{letter}" if letter in _MUST_BE_ESCAPED else letter for letter in argument)
    return '"' + escaped.replace("\\", "\\\\").replace("%", "%%") + '"'
