"""The tray in real hosts: our own on the bus, xfce4-panel, a late one, none."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from desktop.oslayer.virtual_desktop import VirtualDesktop
from tests.fakes.sni_host import SniHost
from tests.fakes.ui_process import UiProcess

BUILD = """
from dataclasses import replace
from audio.events import Problem
from desktop.core.commands import Phase
from desktop.ui.menu import MenuChoice
from desktop.ui.tray import Tray
from desktop.ui.tray_state import ModelPhase, TrayFacts, tray_state
from recognizer.gpu_reading import GpuReading
GIB = 1 << 30
CARD = GpuReading(0, "GPU-1", "RTX", 16 * GIB, int(5.19 * GIB), 2 * GIB, int(3.19 * GIB), 0, 10)
tray = Tray()
tell_signals(tray, SIGNALS)
facts = TrayFacts(ModelPhase.READY, "PocketSphinx", "cpu")
def show(**changes):
    global facts
    facts = replace(facts, **changes)
    tray.show_state(tray_state(facts))
show()
tray.show()
"""


@pytest.fixture
def host(virtual_desktop: VirtualDesktop) -> Iterator[SniHost]:
    with SniHost(virtual_desktop.environment["DBUS_SESSION_BUS_ADDRESS"]) as host:
        yield host


@pytest.fixture
def ui(virtual_desktop: VirtualDesktop, host: SniHost) -> Iterator[UiProcess]:
    process = UiProcess(virtual_desktop, LANG="C.UTF-8")
    process.run(BUILD)
    host.wait_for_item()
    yield process
    process.close()


def test_icon_is_registered_with_sharp_pictures_of_every_size(ui: UiProcess, host: SniHost) -> None:
    assert {16, 22, 24, 32, 48, 64} <= set(host.pixmaps())
    assert host.tooltip() == "Plosive\nPocketSphinx ready on CPU"


def test_menu_has_every_row_of_a_computer_without_card(ui: UiProcess, host: SniHost) -> None:
    assert host.labels() == [
        "PocketSphinx ready on CPU", "Start dictation", "Live captions", "Start captions", "Pause",
        "Bookmark this moment", "Let clicks through", "Meetings…", "Unload model", "More models…",
        "Transcribe files…", "History…", "Settings…", "Quit",
    ]  # fmt: skip


def test_card_brings_its_rows_and_takes_them_away(ui: UiProcess, host: SniHost) -> None:
    ui.run("show(device='cuda:0', gpu=CARD)")
    host.wait_until(lambda: "Clean GPU cache" in host.labels())
    assert "GPU memory 5.2 / 16.0 GiB (32 %)" in host.labels()
    assert "Unload before gaming" in host.labels()
    assert host.tooltip().endswith("GPU memory 5.2 / 16.0 GiB (32 %)")
    ui.run("show(device='cpu', gpu=None)")
    host.wait_until(lambda: "Clean GPU cache" not in host.labels())
    assert not [label for label in host.labels() if "GPU" in label or "gaming" in label]


@pytest.mark.parametrize(
    ("label", "signal", "value"),
    [
        ("Start dictation", "start_requested", []),
        ("Unload model", "unload_requested", []),
        ("Unload before gaming", "unload_before_gaming", [True]),
        ("Clean GPU cache", "clean_cache_requested", []),
        ("GPU memory 5.2 / 16.0 GiB (32 %)", "gauge_requested", []),
        ("Paraformer", "model_chosen", ["paraformer"]),
        ("Headset", "microphone_chosen", ["usb.headset"]),
        ("System default", "microphone_chosen", [None]),
        ("one & two", "copy_requested", [7]),
        ("12:01, 4 s", "retry_requested", ["a/b.wav"]),
        ("More models…", "models_requested", []),
        ("History…", "history_requested", []),
        ("Settings…", "settings_requested", []),
        ("Quit", "quit_requested", []),
    ],
)
def test_click_reaches_its_signal(
    shared_ui: tuple[UiProcess, SniHost], label: str, signal: str, value: list[object]
) -> None:
    ui, host = shared_ui
    host.click(label)
    assert ui.wait_for("signal") == {"signal": signal, "value": value}


@pytest.fixture(scope="module")
def shared_ui() -> Iterator[tuple[UiProcess, SniHost]]:
    """One process for all clicks: clicking changes nothing by itself."""
    with (
        VirtualDesktop() as desktop,
        SniHost(desktop.environment["DBUS_SESSION_BUS_ADDRESS"]) as host,
    ):
        ui = UiProcess(desktop, LANG="C.UTF-8")
        ui.run(BUILD)
        ui.run("""
            show(device="cuda:0", gpu=CARD)
            pocketsphinx = MenuChoice("pocketsphinx", "PocketSphinx", True)
            tray.set_models([pocketsphinx, MenuChoice("paraformer", "Paraformer")])
            tray.set_microphones([MenuChoice("usb.headset", "Headset")])
            tray.set_recent([(7, "one & two")])
            tray.set_retry([("a/b.wav", "12:01, 4 s")])
        """)
        host.wait_for_item()
        host.wait_until(lambda: "12:01, 4 s" in host.labels())
        yield ui, host
        ui.close()


def test_ticks_follow_the_program_not_the_click(shared_ui: tuple[UiProcess, SniHost]) -> None:
    ui, host = shared_ui
    host.click("Paraformer")
    ui.wait_for("signal", "model_chosen")
    assert host.row("PocketSphinx")["toggle-state"] == 1
    assert host.row("Paraformer")["toggle-state"] == 0


def test_dictation_row_finishes_while_listening(ui: UiProcess, host: SniHost) -> None:
    ui.run("show(session=Phase.LISTENING)")
    host.wait_until(lambda: "Finish dictation" in host.labels())
    host.click("Finish dictation")
    assert ui.wait_for("signal")["signal"] == "stop_requested"


def test_five_recent_texts_of_one_short_line(ui: UiProcess, host: SniHost) -> None:
    ui.run("tray.set_recent([(number, f'text {number}\\n' + 'long ' * 30) for number in range(9, 0, -1)])")
    host.wait_until(lambda: any(label.startswith("text 5") for label in host.labels()))
    texts = [label for label in host.labels() if label.startswith("text")]
    assert [text[:6] for text in texts] == [f"text {number}" for number in (9, 8, 7, 6, 5)]
    assert all(len(text) <= 48 and text.endswith("…") for text in texts)


def test_nothing_is_sent_for_a_state_that_looks_the_same(ui: UiProcess, host: SniHost) -> None:
    ui.run("show(gpu=CARD)")
    host.wait_until(lambda: "GPU" in host.tooltip())
    before = host.new_icons
    ui.run("for step in range(20): show(gpu=replace(CARD, used_bytes=CARD.used_bytes + step))")
    ui.ask("1")
    host.tooltip()  # answered after every signal sent before it
    assert host.new_icons == before


def test_only_loading_moves(ui: UiProcess, host: SniHost) -> None:
    before = host.new_icons
    ui.run("show(model=ModelPhase.LOADING)")
    host.wait_until(lambda: host.new_icons >= before + 4)
    ui.run("show(model=ModelPhase.READY)")
    ui.until("not tray._animation.isActive()")


def test_left_click_shows_the_gauge(ui: UiProcess, host: SniHost) -> None:
    host.activate()
    assert ui.wait_for("signal")["signal"] == "gauge_requested"


def test_double_click_is_one_click(ui: UiProcess, host: SniHost) -> None:
    ui.run("app.styleHints().setMouseDoubleClickInterval(60_000)")
    host.activate()
    host.activate()
    host.click("History…")
    assert ui.wait_for("signal")["signal"] == "gauge_requested"
    assert ui.wait_for("signal")["signal"] == "history_requested", "a second click would hide the window"


def test_first_state_is_told_though_nothing_changed(virtual_desktop: VirtualDesktop, host: SniHost) -> None:
    ui = UiProcess(virtual_desktop, LANG="C.UTF-8")
    ui.run(BUILD.replace('TrayFacts(ModelPhase.READY, "PocketSphinx", "cpu")', "TrayFacts()"))
    host.wait_for_item()
    assert host.labels()[:2] == ["No model loaded", "Start dictation"]
    assert host.tooltip() == "Plosive\nNo model loaded"
    ui.close()


def test_chinese_menu(virtual_desktop: VirtualDesktop, host: SniHost) -> None:
    ui = UiProcess(virtual_desktop, LC_ALL="zh_CN.UTF-8")
    ui.run("from desktop.ui.words import choose_language; choose_language()")
    ui.run(BUILD)
    host.wait_for_item()
    assert host.labels() == [
        "PocketSphinx 已就绪（CPU）", "开始听写", "实时字幕", "开始字幕", "暂停", "标记此刻", "鼠标穿透",
        "会议…", "卸载模型", "更多模型…", "转写录音文件…", "历史记录…", "设置…", "退出",
    ]  # fmt: skip
    ui.close()


def test_late_host_gets_an_icon_and_the_window_goes(virtual_desktop: VirtualDesktop) -> None:
    ui = UiProcess(virtual_desktop)
    ui.run("import desktop.ui.tray as module; module.PATIENCE_MS = 300")
    ui.run(BUILD)
    ui.until("tray.fallback is not None and tray.fallback.isVisible()")
    assert ui.ask("tray.fallback.status.text()") == "PocketSphinx ready on CPU"
    with SniHost(virtual_desktop.environment["DBUS_SESSION_BUS_ADDRESS"]) as host:
        host.wait_for_item()
        ui.until("tray.fallback is None")
        host.click("Start dictation")
        assert ui.wait_for("signal")["signal"] == "start_requested"
    ui.close()


def test_restarted_host_gets_the_icon_again(virtual_desktop: VirtualDesktop) -> None:
    address = virtual_desktop.environment["DBUS_SESSION_BUS_ADDRESS"]
    with SniHost(address) as first:
        ui = UiProcess(virtual_desktop)
        ui.run(BUILD)
        first.wait_for_item()
    with SniHost(address) as second:
        second.wait_for_item(within_s=15.0)
        assert "Quit" in second.labels()
    ui.close()


def test_window_without_a_tray_has_the_same_actions(virtual_desktop: VirtualDesktop) -> None:
    ui = UiProcess(virtual_desktop)
    ui.run("import desktop.ui.tray as module; module.PATIENCE_MS = 300")
    ui.run(BUILD)
    ui.until("tray.fallback is not None")
    ui.run("tray.fallback.dictation.click()")
    assert ui.wait_for("signal")["signal"] == "start_requested"
    window = virtual_desktop.run(["xdotool", "search", "--sync", "--onlyvisible", "--name", "^Plosive$"])
    virtual_desktop.run(["xdotool", "windowactivate", "--sync", window.split()[0], "key", "alt+F4"])
    ui.until("tray.fallback.isMinimized()")
    ui.run("tray.fallback.showNormal(); app.quit()")
    assert ui.process.wait(10) == 0, "a window that stays must not keep the program from quitting"


def test_window_without_a_tray_grows_with_its_words(virtual_desktop: VirtualDesktop) -> None:
    ui = UiProcess(virtual_desktop)
    ui.run("import desktop.ui.tray as module; module.PATIENCE_MS = 300")
    ui.run(BUILD)
    ui.until("tray.fallback is not None and tray.fallback.isVisible()")
    ui.run(
        "show(problem=Problem('x', 'The microphone sends no sound. ' * 4, 'Check whether it is muted. ' * 4))"
    )
    labels = "tray.fallback.status, tray.fallback.gpu"
    ui.until(f"all(label.height() >= label.heightForWidth(label.width()) for label in ({labels}))")
    ui.close()


def test_xfce_panel_shows_the_icon(full_desktop: VirtualDesktop) -> None:
    ui = UiProcess(full_desktop)
    ui.run(BUILD)
    ui.until("tray.is_in_tray")
    items = [
        "gdbus", "call", "--session", "--dest", "org.kde.StatusNotifierWatcher", "--object-path",
        "/StatusNotifierWatcher", "--method", "org.freedesktop.DBus.Properties.Get",
        "org.kde.StatusNotifierWatcher", "RegisteredStatusNotifierItems",
    ]  # fmt: skip
    ui.until("True")
    assert "StatusNotifierItem" in full_desktop.run(items)
    ui.close()
