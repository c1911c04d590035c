"""Less motion, as the user set it or as the desktop says on a real bus."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from dbus_fast import Variant

from tests.fakes.mock_bus import MockSettingsPortal, PrivateBus

ASK = """
import sys
from PySide6.QtWidgets import QApplication
application = QApplication(sys.argv)
from desktop.ui.motion import is_motion_reduced
print(*(is_motion_reduced(wanted) for wanted in ("on", "off", "auto")))
"""
GNOME = ("org.gnome.desktop.interface", "enable-animations")
APPEARANCE = ("org.freedesktop.appearance", "reduced-motion")


def asked(address: str) -> str:
    """What a process of its own answers for on, off and auto."""
    place = {"DBUS_SESSION_BUS_ADDRESS": address, "QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env=os.environ | place,
    )
    return done.stdout.strip()


@pytest.mark.parametrize(
    ("values", "auto"),
    [
        ({GNOME: Variant("b", False)}, "True"),
        ({GNOME: Variant("b", True)}, "False"),
        ({APPEARANCE: Variant("u", 1)}, "True"),
        ({APPEARANCE: Variant("u", 0), GNOME: Variant("b", True)}, "False"),
        ({}, "False"),
    ],
)
def test_auto_follows_the_desktop(values: dict[tuple[str, str], Variant], auto: str, tmp_path: Path) -> None:
    with PrivateBus(tmp_path) as bus:
        MockSettingsPortal(bus.address, values)
        assert asked(bus.address) == f"True False {auto}"


def test_without_a_bus_things_move(tmp_path: Path) -> None:
    assert asked(f"unix:path={tmp_path}/nobody") == "True False False"
