"""Which windows are terminals, by WM_CLASS: a newline there runs a command."""

from __future__ import annotations

import re

TERMINALS = frozenset(
    {
        "alacritty", "blackbox", "com.mitchellh.ghostty", "contour", "cool-retro-term", "deepin-terminal",
        "deepin_terminal", "eterm", "foot", "footclient", "ghostty", "gnome-terminal",
        "gnome-terminal-server", "guake", "hyper", "kgx", "kitty", "konsole", "lxterminal", "mate-terminal",
        "mlterm", "mrxvt", "org.gnome.console", "org.gnome.ptyxis", "org.wezfurlong.wezterm", "ptyxis",
        "qterminal", "rio", "roxterm", "rxvt", "sakura", "st", "st-256color", "tabby", "terminal",
        "terminator", "terminology", "termite", "tilda", "tilix", "urxvt", "uxterm", "warp", "wave",
        "wezterm", "wezterm-gui", "x-terminal-emulator", "xfce4-terminal", "xterm", "yakuake",
    }
)  # fmt: skip
CALLED_TERMINAL = re.compile(r"term(inal)?(\.|$)")
"""There are always more of them: lilyterm, com.system76.CosmicTerm, io.elementary.terminal."""


def is_terminal(wm_class: str) -> bool:
    """Whether a window of this class ("instance.Class", either part counts) is a terminal."""
    name = wm_class.lower()
    is_known = any(name == one or name.startswith(f"{one}.") or name.endswith(f".{one}") for one in TERMINALS)
    return is_known or CALLED_TERMINAL.search(name) is not None
