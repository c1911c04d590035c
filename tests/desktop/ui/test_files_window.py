"""The window of recordings on a real X server: dropped on with a real mouse, looked at by what it shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.oslayer.virtual_desktop import VirtualDesktop
from tests.fakes.ui_process import UiProcess

SETUP = """
from pathlib import Path
from audio.events import Problem
from desktop.core.file_job_facts import *
from desktop.ui.files_window import FilesWindow, NewFile
window = FilesWindow()
tell_signals(window, ["paths_added", "start_requested", "pause_requested", "resume_requested",
                      "cancel_requested", "options_changed"])
window.open()
BAD = Problem("file.not_audio", "“b.wav” is not a sound file that can be read.", "Convert it.")
def fill():
    window.add_files([NewFile(Path("/r") / name, name) for name in ("a.wav", "b.wav", "c.wav")])
def progress(**changed):
    told = dict(ended=0, total=3, current=None, speed=18.2, left_s=760.0, memory_bytes=1 << 30,
                peak_bytes=2 << 30, is_on_card=True, is_paused=False, fraction=0.5) | changed
    return JobProgress(**told)
def shown():
    model = window.table.model()
    return [[model.index(row, column).data() for column in range(3)] for row in range(model.rowCount())]
def pick(row):
    selection = window.table.selectionModel()
    selection.select(model_index(row), selection.SelectionFlag.ClearAndSelect | selection.SelectionFlag.Rows)
def model_index(row):
    return window.table.model().index(row, 0)
"""
DRAG = """
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDrag
from PySide6.QtWidgets import QLabel
class Source(QLabel):
    def mousePressEvent(self, event):
        pass
    def mouseMoveEvent(self, event):
        data = QMimeData()
        data.setUrls([QUrl.fromEncoded(url.encode()) for url in URLS])
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.exec(Qt.DropAction.CopyAction)
source = Source("drag me", None, Qt.WindowType.FramelessWindowHint | Qt.WindowType.WindowStaysOnTopHint)
source.setGeometry(0, 0, 120, 60)
source.show()
"""


@pytest.fixture
def ui(virtual_desktop: VirtualDesktop) -> Iterator[UiProcess]:
    process = UiProcess(virtual_desktop, LC_ALL="C.UTF-8")
    process.run(SETUP)
    yield process
    process.close()


def test_empty_window_asks_for_files(ui: UiProcess) -> None:
    assert ui.ask("[window.start.isEnabled(), window.cancel.isVisible(), window.bar.isVisible()]") == [
        False, False, False,
    ]  # fmt: skip


def test_files_are_dropped_with_the_mouse(ui: UiProcess, virtual_desktop: VirtualDesktop) -> None:
    ui.run(
        'URLS = ["file:///r/a%20b.wav", "file:///r/%E8%AF%AD.wav", "file:///r/two%0Alines", "http://x/y.wav"]'
    )
    ui.run(DRAG)
    ui.until("source.isVisible() and window.isVisible()")
    x, y = ui.ask("[*window.table.viewport().mapToGlobal(window.table.viewport().rect().center()).toTuple()]")
    steps = ["mousemove", "20", "20", "mousedown", "1", "mousemove", "40", "30", "mousemove", "60", "40"]
    virtual_desktop.run(["xdotool", *steps])
    for at in (0.5, 0.9, 1.0, 1.0):
        virtual_desktop.run(["xdotool", "mousemove", str(int(x * at)), str(int(y * at)), "sleep", "0.2"])
    virtual_desktop.run(["xdotool", "mouseup", "1"])
    (paths,) = ui.wait_for("signal", "paths_added")["value"]
    assert paths == ["/r/a b.wav", "/r/语.wav", "/r/two\nlines"]


def test_dropped_names_of_any_bytes_arrive_as_they_are(ui: UiProcess) -> None:
    ui.run("""
        import os
        from PySide6.QtCore import QMimeData
        from desktop.ui.files_window import dropped_paths
        data = QMimeData()
        data.setData("text/uri-list", b"file:///r/caf%E9.wav\\r\\nfile://host/r/x\\r\\nhttp://x/y\\r\\n")
    """)
    assert ui.ask("[os.fsencode(path).hex() for path in dropped_paths(data)]")[0] == b"/r/caf\xe9.wav".hex()


def test_the_list_tells_how_far_each_file_is(ui: UiProcess) -> None:
    ui.run("fill()")
    assert ui.ask("shown()") == [[name, "", "Waiting"] for name in ("a.wav", "b.wav", "c.wav")]
    ui.run("window.start.click()")
    assert ui.wait_for("signal", "start_requested")["value"] == [[0, 1, 2]]
    ui.run("""
        window.show_progress(progress(current=FileView(0, "a.wav", FileState.READING, 0, 0, 11)), {
            0: FileView(0, "a.wav", FileState.READING, 1_200_000, 7_620_000, 11),
            1: FileView(1, "b.wav", FileState.FAILED, problem=BAD),
        })
    """)
    assert ui.ask("shown()[:2]") == [
        ["a.wav", "2:07:00", "Reading 15 %"],
        ["b.wav", "", "Failed: “b.wav” is not a sound file that can be read."],
    ]
    assert ui.ask("window.note.text()") == (
        "File 1 of 3 · segment 12 · 18.2 × real time · 13 min left · card 1.0 GiB, peak 2.0 GiB"
    )
    assert ui.ask("[window.bar.value(), window.options.isEnabled(), window.remove.isEnabled()]") == [
        500, False, False,
    ]  # fmt: skip
    ui.run("pick(1)")
    assert ui.ask("window.about.text()") == "“b.wav” is not a sound file that can be read.\nConvert it."


def test_a_job_is_paused_goes_on_and_is_cancelled(ui: UiProcess) -> None:
    ui.run("fill(); window.show_progress(progress(), {})")
    for signal, paused, label in (
        ("pause_requested", True, "Go on"), ("resume_requested", False, "Pause"),
    ):  # fmt: skip
        ui.run("window.start.click()")
        ui.wait_for("signal", signal)
        ui.run(f"window.show_progress(progress(is_paused={paused}), {{}})")
        assert ui.ask("window.start.text()") == label
    ui.run("window.cancel.click()")
    ui.wait_for("signal", "cancel_requested")


def test_the_end_is_told_and_what_failed_can_be_tried_again(ui: UiProcess, tmp_path: Path) -> None:
    ui.run("fill()")
    ui.run("""
        views = (FileView(0, "a.wav", FileState.WRITTEN, outputs=("/r/a.txt",)),
                 FileView(1, "b.wav", FileState.FAILED, problem=BAD), FileView(2, "c.wav", FileState.SKIPPED))
        window.show_progress(progress(), dict(enumerate(views)))
        window.show_end(JobSummary(Outcome.PARTLY, views, 1, 1.0))
    """)
    assert ui.ask("window.note.text()") == "1 written · 1 done before · 1 failed"
    assert ui.ask("[window.start.text(), window.waiting_rows, window.cancel.isVisible()]") == [
        "Start", [1], False,
    ]  # fmt: skip
    ui.run("pick(0)")
    assert ui.ask("[window.open_result.isEnabled(), window.about.text()]") == [True, "/r/a.txt"]
    ui.run("window.remove.click()")
    assert ui.ask("[[row[0] for row in shown()], len(window.files)]") == [["b.wav", "c.wav"], 2]
    ui.run(
        "window.add_files([NewFile(Path('/r/c.wav'), 'c.wav')])"
    )  # it has changed since, and is dropped again
    assert ui.ask("[window.waiting_rows, len(window.files)]") == [[1], 2]
    ui.run("window.show_start(); pick(0)")
    assert ui.ask("[window.remove.isEnabled(), window.options.isEnabled()]") == [False, False]


def test_choices_become_settings(ui: UiProcess) -> None:
    ui.run("window.options.formats['json'].click()")
    assert ui.wait_for("signal", "options_changed")["value"] == [{"files.formats": "txt, srt, json"}]
    for name in ("txt", "srt", "json"):
        ui.run(f"window.options.formats[{name!r}].click()")
    assert ui.ask("window.options.chosen") == ["txt"]  # something must be written
    ui.run("window.options.on_cpu.click()")
    assert ui.wait_for("signal", "options_changed")["value"] == [{"files.device": "cpu"}]


def test_a_thousand_files_are_no_burden(ui: UiProcess) -> None:
    ui.run("window.add_files([NewFile(Path(f'/many/{n}.wav'), f'{n}.wav') for n in range(1000)])")
    assert ui.ask("[window.table.model().rowCount(), len(window.waiting_rows)]") == [1000, 1000]
    ui.run("window.add_files([NewFile(Path('/many/5.wav'), '5.wav')])")
    assert ui.ask("window.table.model().rowCount()") == 1000


def test_window_speaks_chinese(virtual_desktop: VirtualDesktop) -> None:
    process = UiProcess(virtual_desktop, LC_ALL="C.UTF-8")
    process.run("from desktop.ui.words import choose_language; choose_language('zh')")
    process.run(SETUP)
    process.run("fill()")
    assert process.ask("[window.windowTitle(), shown()[0][2]]") == ["转写录音文件", "等待中"]
    process.close()


def test_tray_opens_the_window(virtual_desktop: VirtualDesktop) -> None:
    process = UiProcess(virtual_desktop, LC_ALL="C.UTF-8")
    process.run("from desktop.ui.tray import Tray; tray = Tray()")
    assert process.ask("tray.menu.files.text()") == "Transcribe files…"
    process.close()
