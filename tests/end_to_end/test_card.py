"""The running program and its graphics card: shown, cared for, left to others, given back, and lost.

Everything is real but the driver's figures, the model (an instrument that proves what sound it got) and the
services that a desktop session would offer on the bus.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import numpy as np
import psutil
import pytest
from PySide6.QtGui import QImage

from desktop.demo.stage import wait_for
from desktop.oslayer.virtual_desktop import VirtualDesktop
from desktop.ui.icons import paint
from desktop.ui.tray_state import GaugeShares, IconState, Mark
from tests.fakes.card_desk import WORDS, WORKER_MIB, CardDesk
from tests.fakes.mock_bus import MockGameMode, MockLogind, MockNotifications, eventually
from tests.fakes.sni_host import SniHost

pytestmark = [
    pytest.mark.desktop,
    pytest.mark.timeout(180),
    pytest.mark.skipif(sys.platform != "linux", reason="the virtual desktop is an X server on Linux"),
]

TOTAL_MIB, RESERVED_MIB = 16384, 256
FREED = "reed 1.9 GiB, 0 MiB of ours left."
SENTENCE = "good morning"


class Session:
    """A desktop session with the program in its tray."""

    def __init__(self, desktop: VirtualDesktop, stack: ExitStack) -> None:
        address = desktop.environment["DBUS_SESSION_BUS_ADDRESS"]
        self.desktop = desktop
        self.logind = stack.enter_context(closed(MockLogind(address)))
        self.games = stack.enter_context(closed(MockGameMode(address)))
        self.notifications = stack.enter_context(closed(MockNotifications(address)))
        self.host = stack.enter_context(SniHost(address))
        self.desk = CardDesk(desktop)
        self.bus = {"DBUS_SYSTEM_BUS_ADDRESS": address, "XDG_SESSION_ID": "1"}

    def start(self, **environment: str) -> None:
        items = self.host.item_count
        self.desk.start_program(**self.bus, **environment)
        self.host.wait_for_item(items + 1)

    def tray_says(self, words: str, within_s: float = 15.0) -> None:
        """Wait until a row of the menu has these words (Qt's tooltip is the last message for ten seconds)."""
        seen: list[str] = []

        def look() -> bool:
            seen[:] = self.host.labels()
            return any(words in each for each in seen)

        assert wait_for(look, within_s), (words, seen, self.desk.status())

    def user_was_told(self, words: str, within_s: float = 15.0) -> None:
        assert wait_for(lambda: any(words in each for each in self.notifications.told), within_s), (
            self.notifications.told
        )

    def loaded(self) -> dict[str, Any]:
        """Load by command; the status once the model is there and the driver shows it."""
        self.desk.ask("load")
        return self.desk.wait_status(
            lambda told: told["model"]["device"] and told["gpu"] and told["gpu"][0]["ours_bytes"]
        )

    def unloaded(self) -> dict[str, Any]:
        return self.desk.wait_status(lambda told: told["state"] == "unloaded")


class closed:  # noqa: N801 - like contextlib.closing
    """Close a service at the end."""

    def __init__(self, service: Any) -> None:
        self._service = service

    def __enter__(self) -> Any:
        return self._service

    def __exit__(self, *_: object) -> None:
        self._service.close()


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    """One program for the tests that leave it as it was."""
    with ExitStack() as stack:
        desktop = stack.enter_context(VirtualDesktop(sound=True))
        session = Session(desktop, stack)
        session.start()
        session.desk.terminal("target")
        yield session
        assert session.desk.quit_program() == 0


@pytest.fixture
def desk(session: Session) -> Iterator[CardDesk]:
    session.desk.fed()
    yield session.desk
    session.desk.card()
    session.desk.use_model()


# --- what is shown --------------------------------------------------------------------------------


@pytest.mark.parametrize(("percent", "ours_percent"), [(0, 0), (32, 12), (95, 12)])
def test_icon_tooltip_menu_and_status_agree(
    session: Session, desk: CardDesk, percent: int, ours_percent: int
) -> None:
    if percent:
        session.loaded()
    else:
        desk.ask("unload")
        session.unloaded()
    desk.card(f"used 0 {RESERVED_MIB + TOTAL_MIB * percent // 100}")
    with_gauge_open(session, percent)
    card = desk.status()["gpu"][0]
    line = f"GPU memory {card['used_bytes'] / (1 << 30):.1f} / 16.0 GiB ({percent} %)"
    assert card["used_percent"] == percent
    assert wait_for(lambda: session.host.tooltip().endswith(line), 15.0), session.host.tooltip()
    assert line in session.host.labels()
    ours = round(card["ours_bytes"] / card["total_bytes"], 2)
    assert ours == ours_percent / 100
    gauge = GaugeShares(ours, round(percent / 100 - ours, 2), is_over=percent >= 90)
    mark = Mark.TROUBLE if percent >= 90 else Mark.READY if percent else Mark.UNLOADED
    expected = pixels(paint(IconState(mark, gauge), 64))
    shown = np.frombuffer(session.host.pixmaps()[64], dtype=np.uint8).astype(int)
    assert np.abs(shown - expected).max() <= 2


def with_gauge_open(session: Session, percent: int) -> None:
    """Somebody looks, so that the card is read although nothing may be loaded."""
    if session.desk.status()["state"] == "unloaded":
        session.desk.ask("gauge")
        session.tray_says(f"({percent} %)")
        session.desk.ask("gauge")
    session.tray_says(f"({percent} %)")


def pixels(image: QImage) -> Any:
    """ARGB bytes as the tray protocol carries them."""
    plain = image.convertToFormat(QImage.Format.Format_ARGB32)
    return np.frombuffer(plain.constBits(), dtype=np.uint8).reshape(-1, 4)[:, ::-1].ravel().astype(int)


def test_a_warning_is_told_and_leaves_the_tray_when_it_is_over(session: Session, desk: CardDesk) -> None:
    session.loaded()
    desk.card()
    session.tray_says("big ready on GPU 0")
    desk.card("proc 0 c 1 13300")
    session.user_was_told("of 16.0 GiB are used")
    session.tray_says("NVIDIA GeForce RTX 4080: 14.9 GiB")
    desk.card()
    session.tray_says("big ready on GPU 0")


def test_the_operation_log_says_what_who_and_how_much(session: Session, desk: CardDesk) -> None:
    session.loaded()
    session.host.click("Clean GPU cache")
    assert wait_for(lambda: desk.operations()[-1]["what"] == "clean", 10.0), desk.operations()
    desk.ask("unload")
    assert wait_for(lambda: desk.operations()[-1]["what"] == "unload", 10.0), desk.operations()
    cleaned, unloaded = desk.operations()[-2:]
    assert cleaned["by"] == unloaded["by"] == "user"
    before, after = unloaded["before_bytes"], unloaded["after_bytes"]
    assert (before - after) >> 20 == WORKER_MIB
    assert unloaded["sentence"] == f"F{FREED}"
    assert f"F{FREED}" in desk.ask("log", "--gpu")


# --- speaking comes first -------------------------------------------------------------------------


def test_the_key_loads_a_slow_model_and_no_sample_is_lost(session: Session, desk: CardDesk) -> None:
    desk.use_model("slow", words="", load_ms=4000)
    before = (desk.status()["last_dictation"] or {}).get("id")
    with desk.key_held():
        desk.wait_status(lambda told: told["state"] == "listening" and told["model"]["state"] != "ready")
        desk.say(SENTENCE)
        assert desk.status()["model"]["device"] is None, "it was said before there was a model"
    told = desk.last_dictation(after=before)
    assert told["speech_ms"] > 500
    assert told["text"].strip() == desk.fed()


def test_out_of_memory_is_told_survived_remembered_and_can_be_undone(
    session: Session, desk: CardDesk
) -> None:
    oom = desk.desktop.folder / "oom"
    desk.use_model("large", words="", oom_at_ms=400, once=str(oom))
    session.notifications.told.clear()
    told = desk.dictate(SENTENCE)
    assert oom.exists() and told["text"].strip() == desk.fed()
    session.user_was_told("The script says that the device is full.")
    assert desk.status()["model"]["precision"] == "bf16"
    (fit,) = json.loads(next(desk.desktop.folder.glob("*/plosive/**/card-fits.json")).read_text())
    assert (fit["asked"]["precision"], fit["fitted"]["precision"]) == ("auto", "bf16")
    assert "fall-back" in [each["what"] for each in desk.operations()]
    desk.ask("unload")
    desk.ask("load")
    desk.wait_status(lambda told: told["model"]["precision"] == "auto")


def test_without_permission_for_the_process_table_the_rest_is_shown(session: Session, desk: CardDesk) -> None:
    session.loaded()
    desk.card("secret")
    told = desk.wait_status(lambda told: told["gpu"] and told["gpu"][0]["ours_bytes"] is None)
    assert told["gpu"][0]["used_bytes"] == WORKER_MIB << 20
    session.tray_says("GPU memory 1.9 / 16.0 GiB (12 %)")
    assert "Freed 1.9 GiB" in desk.ask("unload")


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("lost 0", "The graphics card stopped answering."),
        ("error 18", "The graphics driver was updated while the system"),
        ("error 4", "The graphics memory may not be read by this user."),
    ],
)
def test_a_driver_that_fails_under_the_running_program_is_told_and_the_program_goes_on(
    session: Session, desk: CardDesk, state: str, sentence: str
) -> None:
    restart(session)
    pid = session.loaded()["model"]["pid"]
    session.notifications.told.clear()
    desk.card(state)
    session.user_was_told(sentence)
    desk.wait_status(lambda told: told["gpu"] == [])
    assert not any("GPU memory" in label for label in session.host.labels())
    assert desk.dictate(SENTENCE)["text"].strip() == WORDS
    assert desk.ask("unload").strip()
    assert not psutil.pid_exists(pid)


def restart(session: Session, **environment: str) -> None:
    """The driver's library is opened anew only every half minute, a new program opens it at once."""
    assert session.desk.quit_program() == 0
    session.start(**environment)


def test_without_a_driver_there_is_no_gauge_and_no_row_about_a_card(session: Session) -> None:
    restart(session, LD_LIBRARY_PATH="")
    session.desk.ask("load")
    told = session.desk.wait_status(lambda told: told["model"]["device"])
    assert told["gpu"] == []
    labels = session.host.labels()
    assert not [label for label in labels if "GPU memory" in label or "gaming" in label or "cache" in label]
    shown = np.frombuffer(session.host.pixmaps()[64], dtype=np.uint8).astype(int)
    assert np.abs(shown - pixels(paint(IconState(Mark.READY), 64))).max() <= 2
    locking_unloads_here_too(session)
    restart(session)


def locking_unloads_here_too(session: Session) -> None:
    """The lock is watched from the moment on that somebody wishes it."""
    session.desk.set(model__unload_on_lock="true")

    def lock() -> bool:
        session.logind.hint(is_locked=False)
        session.logind.lock()
        return bool(session.desk.status()["state"] == "unloaded")

    assert wait_for(lock, 15.0)
    session.desk.set(model__unload_on_lock="false")


def test_falling_back_to_the_cpu_is_told(session: Session, desk: CardDesk) -> None:
    desk.use_model("homeless", falls_back=1)
    desk.ask("load")
    session.tray_says("The script says that the card does not")
    session.user_was_told("The script says that the card does not start.")
    assert desk.status()["model"]["device"] == "cpu"
    assert not session.host.row("Clean GPU cache")["enabled"]


# --- leaving the card to others ---------------------------------------------------------------------


def test_a_full_screen_program_gets_the_card_but_never_while_the_key_is_held(
    session: Session, desk: CardDesk
) -> None:
    desk.ask("unload")
    pid = session.loaded()["model"]["pid"]
    before = (desk.status()["last_dictation"] or {}).get("id")
    with desk.key_held():
        desk.wait_status(lambda told: told["state"] == "listening")
        game = desk.desktop.start(["xterm", "-class", "SpaceGame", "-fullscreen", "-e", "sleep 60"])
        desk.wait_status(lambda told: told["gives_way_to"])
        desk.say(SENTENCE)
        assert psutil.pid_exists(pid), "the key comes first"
    desk.last_dictation(after=before)
    told = desk.wait_status(lambda told: told["state"] == "unloaded" and told["last_unload"])
    assert told["last_unload"]["sentence"] == f"full screen: SpaceGame: f{FREED}"
    assert not psutil.pid_exists(pid)
    assert told["gives_way_to"] == "full screen: SpaceGame"
    session.user_was_told(f"full screen: SpaceGame: f{FREED}")
    press_in_vain(session, "model-gives-way")
    game.terminate()
    told = desk.wait_status(lambda told: told["model"]["device"] == "cuda:0")
    assert told["gives_way_to"] is None
    assert [each["what"] for each in desk.operations()][-3:] == ["unload", "come-back", "load"]


def press_in_vain(session: Session, code: str) -> None:
    """The key says why nothing is recognised, and what was said is kept."""
    desk = session.desk
    session.notifications.told.clear()
    kept = len(list(desk.desktop.folder.glob("**/plosive/recordings/*.wav")))
    before = (desk.status()["last_dictation"] or {}).get("id")
    with desk.key_held():
        desk.wait_status(lambda told: told["state"] == "listening")
        desk.say(SENTENCE)
    told = desk.last_dictation(after=before)
    assert told["problem"]["code"] == code
    session.user_was_told(told["problem"]["sentence"])
    assert wait_for(
        lambda: len(list(desk.desktop.folder.glob("**/plosive/recordings/*.wav"))) == kept + 1, 5.0
    )
    assert desk.status()["model"]["pid"] is None


def test_gamemode_gets_the_card_and_we_come_back(session: Session, desk: CardDesk) -> None:
    desk.ask("unload")
    session.loaded()
    session.games.play()
    told = desk.wait_status(lambda told: told["state"] == "unloaded" and told["gives_way_to"] == "GameMode")
    assert told["last_unload"]["sentence"] == f"GameMode: f{FREED}"
    session.tray_says("Card left to GameMode")
    session.games.quit_game()
    desk.wait_status(lambda told: told["model"]["device"] == "cuda:0")


def test_unload_before_gaming_is_one_command_and_one_click_and_both_agree(
    session: Session, desk: CardDesk
) -> None:
    session.loaded()
    assert FREED in desk.ask("unload", "--stay")
    session.tray_says("Unloaded until you load it")
    assert session.host.row("Unload before gaming")["toggle-state"] == 1
    press_in_vain(session, "model-stays-unloaded")
    session.host.click("Unload before gaming")
    desk.wait_status(lambda told: told["model"]["device"] and not told["stays_unloaded"])
    assert session.host.row("Unload before gaming").get("toggle-state") == 0
    session.host.click("Unload before gaming")
    desk.wait_status(lambda told: told["stays_unloaded"] and told["state"] == "unloaded")
    session.loaded()
    assert not desk.status()["stays_unloaded"]


# --- sleep, lock, standby --------------------------------------------------------------------------


def test_the_worker_is_gone_before_the_computer_sleeps_and_the_key_loads_it_again(
    session: Session, desk: CardDesk
) -> None:
    eventually(session.logind.is_braked, "sleep waits for us")
    pid = session.loaded()["model"]["pid"]
    session.logind.prepare_for_sleep(is_beginning=True)
    eventually(lambda: not session.logind.is_braked(), "sleep is allowed")
    assert not psutil.pid_exists(pid)
    session.logind.prepare_for_sleep(is_beginning=False)
    eventually(session.logind.is_braked, "the next sleep waits for us")
    assert desk.status()["state"] == "unloaded"
    assert desk.dictate(SENTENCE)["text"].strip() == WORDS


def test_a_locked_screen_unloads_if_wanted(session: Session, desk: CardDesk) -> None:
    desk.set(model__unload_on_lock="true")
    session.loaded()
    session.logind.lock()
    session.unloaded()
    session.logind.hint(is_locked=False)
    desk.set(model__unload_on_lock="false")


def test_standby_is_shown_and_the_next_load_uses_it_up(session: Session, desk: CardDesk) -> None:
    desk.ask("unload")
    desk.card(worker_mib=0)
    desk.set(model__standby="true")
    told = desk.wait_status(lambda told: told["standby"] and told["standby"]["is_ready"])
    prepared = told["standby"]
    assert prepared["host_bytes"] > 10 << 20
    assert prepared["limit_bytes"] == 3072 << 20
    assert told["state"] == "unloaded" and not told["gpu"][0]["ours_bytes"]
    session.tray_says("standby keeps")
    desk.ask("load")
    told = desk.wait_status(lambda told: told["model"]["device"])
    assert told["model"]["pid"] == prepared["pid"], "the very process that waited"
    assert told["standby"] is None
    desk.set(model__standby="false")
    desk.ask("unload")
    session.unloaded()
