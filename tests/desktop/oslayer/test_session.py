"""What kind of session this is, from the environment alone."""

from __future__ import annotations

import pytest

from desktop.oslayer.session import BackendReport, SessionKind, detect_session


@pytest.mark.parametrize(
    ("environment", "platform", "kind"),
    [
        ({"DISPLAY": ":0"}, "linux", SessionKind.X11),
        ({"DISPLAY": ":0", "WAYLAND_DISPLAY": "wayland-0"}, "linux", SessionKind.WAYLAND),
        ({"WAYLAND_DISPLAY": "wayland-1"}, "linux", SessionKind.WAYLAND),
        ({}, "linux", SessionKind.NONE),
        ({"DISPLAY": ""}, "linux", SessionKind.NONE),
        ({"DISPLAY": ":0"}, "win32", SessionKind.WINDOWS),
        ({}, "darwin", SessionKind.MACOS),
    ],
)
def test_the_kind_of_session(environment: dict[str, str], platform: str, kind: SessionKind) -> None:
    assert detect_session(environment, platform).kind is kind


def test_a_wayland_session_may_offer_x_as_well() -> None:
    session = detect_session({"DISPLAY": ":1", "WAYLAND_DISPLAY": "wayland-0"}, "linux")
    assert (session.display, session.x_display) == ("wayland-0", ":1")


def test_the_desktop_is_the_last_of_its_names() -> None:
    assert (
        detect_session({"DISPLAY": ":0", "XDG_CURRENT_DESKTOP": "ubuntu:GNOME"}, "linux").desktop == "gnome"
    )


def test_a_way_is_usable_when_it_fits_and_is_there() -> None:
    assert BackendReport("x", True, True, "").is_usable
    assert not BackendReport("x", True, False, "install it").is_usable
