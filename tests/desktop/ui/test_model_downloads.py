"""The window of models on a real X server, downloading from a hub on the loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.oslayer.virtual_desktop import VirtualDesktop
from tests.fakes.model_hub import BIG, ModelHub, model_files
from tests.fakes.ui_process import ROOT, UiProcess

NAME = "paraformer-zh-streaming"
WINDOW = f"""
from pathlib import Path
from desktop.ui.model_downloads import ModelDownloads
from recognizer.models.transfer import Patience
SHIPPED = Path({str(ROOT / "resources" / "models")!r})
window = ModelDownloads(Path(FOLDER), SHIPPED, Patience(30.0, 3, 0.01, 0))
tell_signals(window, ["installed", "removed", "chosen"])
window.open()
window.hub.setCurrentIndex(2)
window.address.setText(ENDPOINT)
window.select("{NAME}")
def rows():
    table = window.table
    items = [table.topLevelItem(at) for at in range(table.topLevelItemCount())]
    return {{item.text(0): [item.text(column) for column in range(1, 5)] for item in items}}
"""


@pytest.fixture
def hub() -> Iterator[ModelHub]:
    with ModelHub() as made:
        yield made


@pytest.fixture
def ui(virtual_desktop: VirtualDesktop, hub: ModelHub, tmp_path: Path) -> Iterator[UiProcess]:
    process = UiProcess(virtual_desktop, LC_ALL="C.UTF-8")
    process.run(f"FOLDER, ENDPOINT = {str(tmp_path / 'models')!r}, {hub.endpoint!r}")
    process.run(WINDOW)
    yield process
    process.close()


def test_what_there_is_is_told_with_its_costs(ui: UiProcess) -> None:
    rows = ui.ask("rows()")
    assert rows[NAME] == ["live text", "Chinese, English", "840 MiB", "not installed"]
    assert rows["sensevoice-small"][0] == "second pass"
    about = ui.ask("window.about.text()")
    assert "Licence: FunASR" in about and "840 MiB (fp32), 420 MiB (bf16)" in about
    assert "https://huggingface.co/funasr/paraformer-zh-streaming" in about
    assert "ModelScope</a> · <a" in about
    ui.run("window.select('paraformer-demo')")
    assert ui.ask("[window.install.isEnabled(), window.remove.isEnabled()]") == [False, False]


def test_the_open_window_does_not_keep_the_program_from_quitting(ui: UiProcess) -> None:
    ui.until("window.isVisible()")
    refused = "[each for each in app.topLevelWindows() if not each.close()]"  # as quitting asks them
    assert ui.ask(f"len({refused})") == 0
    assert not ui.ask("window.isVisible()")


def test_model_is_installed_used_and_removed(ui: UiProcess, tmp_path: Path) -> None:
    ui.run("window.install.click()")
    assert ui.wait_for("signal", "installed")["value"] == [NAME]
    assert (tmp_path / "models" / NAME / BIG).read_bytes() == model_files()[BIG]
    assert ui.ask("window.note.text()") == f"{NAME} is installed."
    assert ui.ask("rows()")[NAME][3] == "installed"
    ui.run("window.use.click()")
    assert ui.wait_for("signal", "chosen")["value"] == [NAME, "live"]
    assert ui.ask("window.note.text()") == f"{NAME} is used for live text from now on."
    ui.run("window.remove.click()")
    assert ui.wait_for("signal", "removed")["value"] == [NAME]
    assert ui.ask("rows()")[NAME][3] == "not installed"


def test_cancelled_download_can_go_on_and_the_window_never_waits(ui: UiProcess, hub: ModelHub) -> None:
    hub.behave(BIG, "cut@200000", "stall@10000")
    ui.run("window.install.click()")
    assert hub.stalled.wait(20)
    ui.until("window.bar.value() > 300")
    assert f"{NAME}: " in ui.ask("window.note.text()")
    assert ui.ask("[window.install.isVisible(), window.cancel.isVisible()]") == [False, True]
    ui.run("window.cancel.click()")
    ui.until("not window.is_busy")
    assert "was cancelled" in ui.ask("window.note.text()")
    assert ui.ask(f"[window.install.text(), rows()[{NAME!r}][3]]") == ["Go on", "begun"]
    ui.run("window.install.click()")
    assert ui.wait_for("signal", "installed")["value"] == [NAME]
    assert hub.ranges(BIG) == ["", "bytes=200000-", "bytes=210000-"]


def test_trouble_is_a_sentence_and_a_remedy(ui: UiProcess, hub: ModelHub) -> None:
    hub.behave(BIG, "404")
    ui.run("window.install.click()")
    ui.until("not window.is_busy")
    assert ui.ask("window.note.text()") == "127.0.0.1 does not have model.pt.\nChoose another source."


def test_folder_is_imported(ui: UiProcess, tmp_path: Path) -> None:
    source = tmp_path / "mine"
    source.mkdir()
    for name, data in model_files(1000).items():
        (source / name).write_bytes(data)
    ui.run(f"window.import_folder(Path({str(source)!r}))")
    assert ui.wait_for("signal", "installed")["value"] == ["mine"]
    assert ui.ask("window.about.text()") == "Imported from this computer."


def test_stop_ends_the_fetching_process(ui: UiProcess, hub: ModelHub) -> None:
    hub.behave(BIG, "stall@1000")
    ui.run("window.install.click()")
    assert hub.stalled.wait(20)
    ui.run("import psutil; window.close(); window.stop()")
    assert ui.ask("[window.isVisible(), len(psutil.Process().children())]") == [False, 0]


def test_window_speaks_chinese(virtual_desktop: VirtualDesktop, tmp_path: Path) -> None:
    process = UiProcess(virtual_desktop, LC_ALL="C.UTF-8")
    process.run("from desktop.ui.words import choose_language; choose_language('zh')")
    process.run(f"FOLDER, ENDPOINT = {str(tmp_path)!r}, 'http://127.0.0.1:9'")
    process.run(WINDOW)
    assert process.ask("rows()")[NAME] == ["实时文字", "中文, 英文", "840 MiB", "未安装"]
    process.run("window.install.click()")
    process.until("not window.is_busy")
    assert process.ask("window.note.text()").startswith("无法连接到 127.0.0.1。")
    process.close()


def test_tray_asks_for_more_models(virtual_desktop: VirtualDesktop) -> None:
    process = UiProcess(virtual_desktop, LC_ALL="C.UTF-8")
    process.run("from desktop.ui.tray import Tray; tray = Tray(); tell_signals(tray, ['models_requested'])")
    process.run("tray.menu.more_models.trigger()")
    process.wait_for("signal", "models_requested")
    process.close()
