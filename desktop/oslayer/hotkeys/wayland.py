"""Wayland: no program may watch the keyboard, so the compositor is asked to call our command line.

sway, Hyprland and river bind press and release; GNOME and KDE bind presses only, hence toggle.
"""

from __future__ import annotations

from desktop.oslayer.hotkeys.keys import Key
from desktop.oslayer.session import BackendReport, DesktopSession, SessionKind

SWAY_MODIFIERS = {"Ctrl": "Ctrl", "Shift": "Shift", "Alt": "Mod1", "Super": "Mod4"}
HYPRLAND_MODIFIERS = {"Ctrl": "CTRL", "Shift": "SHIFT", "Alt": "ALT", "Super": "SUPER"}


def report(session: DesktopSession, key: Key) -> BackendReport:
    """What ``doctor`` says: whether bindings are needed, and exactly which."""
    is_compatible = session.kind is SessionKind.WAYLAND
    remedy = bindings(session.desktop, key) if is_compatible else ""
    return BackendReport("Key binding of the compositor", is_compatible, is_compatible, remedy)


def bindings(desktop: str, key: Key) -> str:
    """What the user writes into the compositor's settings for ``key``; several lines."""
    writers = {"sway": _sway, "hyprland": _hyprland, "gnome": _gnome, "kde": _kde}
    writer = writers.get(desktop)
    if writer is not None:
        return writer(key)
    return "\n".join(("Have the compositor run:", *(f"  {line}" for line in _generic(key))))


def _generic(key: Key) -> tuple[str, str, str]:
    return (
        f'"plosive press" when {key.name} goes down',
        f'"plosive release" when {key.name} goes up',
        '"plosive toggle" instead of both, where it knows no release',
    )


def _sway(key: Key) -> str:
    chord = "+".join((*(SWAY_MODIFIERS[part] for part in _modifiers(key)), _keysym(key)))
    options = " --whole-window" if key.button else ""
    return "\n".join(
        (
            "In ~/.config/sway/config:",
            f"bindsym --no-repeat{options} {chord} exec plosive press",
            f"bindsym --release{options} {chord} exec plosive release",
        )
    )


def _hyprland(key: Key) -> str:
    modifiers = " ".join(HYPRLAND_MODIFIERS[part] for part in _modifiers(key))
    main = f"mouse:{_evdev_button(key.button)}" if key.button else _keysym(key)
    # At the release of a lone modifier that modifier itself still counts as held.
    own = HYPRLAND_MODIFIERS[key.name.split(" ")[-1]] if key.is_modifier else modifiers
    return "\n".join(
        (
            "In ~/.config/hypr/hyprland.conf:",
            f"bind = {modifiers}, {main}, exec, plosive press",
            f"bindr = {own}, {main}, exec, plosive release",
        )
    )


def _gnome(key: Key) -> str:
    if key.button or key.is_modifier:
        return f"GNOME cannot bind {key.name}. Choose F9 or Ctrl+Alt+Space in Plosive's settings first."
    return _toggle("GNOME", "Settings, Keyboard, View and Customise Shortcuts, Custom Shortcuts, Add", key)


def _kde(key: Key) -> str:
    return _toggle("KDE", "System Settings, Keyboard, Shortcuts, Add New, Command or Script", key)


def _toggle(desktop: str, place: str, key: Key) -> str:
    return "\n".join(
        (
            f"{desktop} tells no release, so the key starts and stops:",
            f"{place}: plosive toggle",
            f"then give it the shortcut {key.name}.",
        )
    )


def _modifiers(key: Key) -> list[str]:
    return [part.split(" ")[-1] for part in key.name.split("+")[:-1]]


def _keysym(key: Key) -> str:
    return f"button{key.button}" if key.button else key.keysyms[0]


def _evdev_button(button: int) -> int:
    return 275 + button - 8  # BTN_SIDE is X button 8
