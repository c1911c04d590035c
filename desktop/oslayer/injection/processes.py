"""Programs that treat keys in another process than the one that owns the window."""

from __future__ import annotations

from pathlib import Path

MARKS = (b"--type=", b"-contentproc")  # Chromium and all built on it; Firefox


def hands_keys_on(pid: int | None) -> bool:
    """Whether the process is a browser or a program made of one.

    It answers pings while a page hangs, so a paste may still come; and a page without a text
    field takes typed letters for commands. Unknown processes count as one: better no letters.
    """
    if pid is None:
        return True
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        children = [child for task in tasks for child in (task / "children").read_text().split()]
        commands = [Path(f"/proc/{child}/cmdline").read_bytes() for child in children]
    except OSError:
        return True
    return any(mark in command for command in commands for mark in MARKS)
