"""The bindings that a Wayland compositor needs, ready to be copied."""

from __future__ import annotations

import pytest

from desktop.oslayer.hotkeys import create_listener, reports
from desktop.oslayer.hotkeys.keys import parse_key
from desktop.oslayer.hotkeys.wayland import bindings
from desktop.oslayer.session import detect_session

WAYLAND = {"WAYLAND_DISPLAY": "wayland-0", "DISPLAY": ":0", "XDG_CURRENT_DESKTOP": "sway"}


def test_sway_binds_press_and_release() -> None:
    assert bindings("sway", parse_key("Right Ctrl")).splitlines()[1:] == [
        "bindsym --no-repeat Control_R exec plosive press",
        "bindsym --release Control_R exec plosive release",
    ]
    assert "Ctrl+Mod1+space exec plosive press" in bindings("sway", parse_key("Ctrl+Alt+Space"))
    assert "--whole-window button8 exec plosive press" in bindings("sway", parse_key("Mouse 8"))


def test_hyprland_binds_press_and_release() -> None:
    assert bindings("hyprland", parse_key("Super+F9")).splitlines()[1:] == [
        "bind = SUPER, F9, exec, plosive press",
        "bindr = SUPER, F9, exec, plosive release",
    ]
    assert "bindr = CTRL, Control_R, exec" in bindings("hyprland", parse_key("Right Ctrl"))


@pytest.mark.parametrize("desktop", ["gnome", "kde"])
def test_desktops_without_release_toggle(desktop: str) -> None:
    told = bindings(desktop, parse_key("F9"))
    assert "plosive toggle" in told and "F9" in told


def test_gnome_cannot_bind_a_lone_modifier() -> None:
    assert "cannot bind Right Ctrl" in bindings("gnome", parse_key("Right Ctrl"))


def test_an_unknown_compositor_gets_the_commands() -> None:
    told = bindings("river", parse_key("F9"))
    assert all(f"plosive {verb}" in told for verb in ("press", "release", "toggle"))


def test_doctor_names_the_bindings_and_no_listener_is_made() -> None:
    session, key = detect_session(WAYLAND, "linux"), parse_key("F9")
    assert create_listener(session, key, lambda event: None) is None
    [report] = reports(session, key)
    assert report.is_usable
    assert "bindsym" in report.remedy
