"""The real program learns of models: at the first start, and when the command line installs one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing

import pytest

from desktop.demo.stage import wait_for
from desktop.oslayer.virtual_desktop import VirtualDesktop
from tests.fakes.desk import PROGRAM, Desk
from tests.fakes.mock_bus import MockNotifications
from tests.fakes.model_hub import ModelHub

pytestmark = [
    pytest.mark.desktop,
    pytest.mark.skipif(sys.platform != "linux", reason="the virtual desktop is an X server on Linux"),
]
NAME = "paraformer-zh-streaming"


@pytest.fixture
def desk() -> Iterator[Desk]:
    with VirtualDesktop(tray=True) as desktop:
        yield Desk(desktop)


def start(desk: Desk, language: str) -> None:
    spoken = {"LANG": language, "LC_ALL": "C.UTF-8", "LANGUAGE": language}
    desk.program = desk.desktop.start(PROGRAM, env=spoken)
    assert wait_for(lambda: bool(desk.status()), 30.0)


def windows(desk: Desk) -> str:
    return desk.desktop.run(["xwininfo", "-root", "-tree"])


def test_first_start_in_chinese_shows_the_models_once(desk: Desk) -> None:
    """The embedded model hears English only."""
    with closing(MockNotifications(desk.desktop.environment["DBUS_SESSION_BUS_ADDRESS"])) as told:
        start(desk, "zh_CN.UTF-8")
        assert wait_for(lambda: '"模型"' in windows(desk), 20.0)
        assert wait_for(lambda: "按住 Right Ctrl 说话" in "".join(told.told), 20.0), "how to begin"
        assert desk.quit_program() == 0
        told.told.clear()
        start(desk, "zh_CN.UTF-8")
        assert '"模型"' not in windows(desk)
        assert desk.quit_program() == 0
        assert "按住 Right Ctrl 说话" not in "".join(told.told)


def test_model_installed_and_chosen_from_the_command_line_is_the_programs(desk: Desk) -> None:
    start(desk, "en_US.UTF-8")
    assert '"Models"' not in windows(desk)
    with ModelHub() as hub:
        desk.ask("models", "install", NAME, "--from", hub.endpoint)
    desk.ask("config", "set", "model.name", NAME)
    assert desk.wait_status(lambda told: told["model"]["name"] == NAME)
    assert desk.quit_program() == 0
