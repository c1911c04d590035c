"""GPU memory, history and settings windows, notifications and sounds, on a real X server."""

from __future__ import annotations

import re
import shutil
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from desktop.core.commands import Cue
from desktop.oslayer.virtual_desktop import VirtualDesktop
from desktop.settings.schema import OPTIONS, Settings
from desktop.ui import words_of_settings
from desktop.ui.words import choose_language
from resources.translations.settings import CHOICES, SECTIONS, SETTINGS
from tests.fakes.ui_process import UiProcess

SOUNDS = Path(__file__).resolve().parents[3] / "resources" / "sounds"
GAUGE = """
from dataclasses import replace
from desktop.ui.gauge_window import GaugeWindow
from recognizer.events import MemoryReported
from recognizer.gpu_reading import GpuProcess, GpuReading, GpuSnapshot
GIB = 1 << 30
OURS = GpuProcess(4242, "python", 2 * GIB, True)
OTHER = GpuProcess(77, "firefox", None, False)
CARD = GpuReading(0, "GPU-1", "RTX 3090", 16 * GIB, 6 * GIB, 2 * GIB, 4 * GIB, 0, 37, (OTHER, OURS))
window = GaugeWindow()
tell_signals(window, ["unload_requested", "clean_cache_requested", "looked_at"])
def show(at_ms, *cards):
    window.show_snapshot(GpuSnapshot(cards, None, at_ms))
def rows(card):
    items = [card.programs.topLevelItem(at) for at in range(card.programs.topLevelItemCount())]
    return [[item.text(column) for column in range(3)] for item in items]
"""
HISTORY = """
from datetime import UTC, datetime, timedelta
from pathlib import Path
from desktop.history.entry import HistoryEntry
from desktop.history.store import HistoryStore
from desktop.ui.history_window import HistoryWindow, reader
folder = Path(FOLDER)
now = datetime.now(UTC)
with HistoryStore(folder) as store:
    for number, text in enumerate(["the first", "你好，世界", ""]):
        at = now - timedelta(minutes=10 - number)
        how = ("hotkey", "PocketSphinx", "cpu", "a.Editor", 2100, 1700, bool(text))
        store.add(HistoryEntry(at, at, text, *how))
window = HistoryWindow(reader(folder))
tell_signals(window, ["copy_requested", "delete_requested"])
window.open()
def texts():
    return [str(window.found.index(at).data()) for at in range(window.found.rowCount())]
"""

IS_ON_SCREEN = "window.screen().geometry().contains({0}.mapToGlobal({0}.rect().bottomRight()))"


@pytest.fixture
def ui(virtual_desktop: VirtualDesktop) -> Iterator[UiProcess]:
    process = UiProcess(virtual_desktop, LC_ALL="C.UTF-8")
    yield process
    process.close()


# --- GPU memory -----------------------------------------------------------------------------------


def test_gauge_tells_shares_programs_and_the_last_minutes(ui: UiProcess) -> None:
    ui.run(GAUGE)
    ui.run("[show(second * 1000.0, CARD) for second in range(20)]; window.show()")
    ui.run("card = window._cards['GPU-1']")
    assert ui.wait_for("signal") == {"signal": "looked_at", "value": [True]}
    assert ui.ask("card.figures.text()") == "6.0 / 16.0 GiB (38 %)"
    legend = ["Plosive 2.0 GiB", "Other programs 4.0 GiB", "Free 10.0 GiB"]
    assert ui.ask("[entry.words.text() for entry in card.legend]") == legend
    assert ui.ask("rows(card)") == [
        ["python (Plosive)", "4242", "2.0 GiB"],
        ["firefox", "77", "not told by the driver"],
    ]
    assert ui.ask("len(window._history.points('GPU-1'))") == 20
    ui.run("window.hide()")
    assert ui.wait_for("signal") == {"signal": "looked_at", "value": [False]}


def test_gauge_follows_cards_that_come_and_go(ui: UiProcess) -> None:
    ui.run(GAUGE)
    ui.run("window.show(); show(1.0, CARD, replace(CARD, index=1, uuid='GPU-2', name='Second'))")
    assert ui.ask("sorted(window._cards)") == ["GPU-1", "GPU-2"]
    ui.run("show(2.0, replace(CARD, processes=(), ours_bytes=0))")
    assert ui.ask("sorted(window._cards)") == ["GPU-1"]
    assert ui.ask("window._cards['GPU-1'].none.isVisible()")
    ui.run("show(3.0)")
    assert ui.ask("[window.nothing.isVisible(), window.clean.isVisible()]") == [True, False]


def test_gauge_warns_and_says_what_the_driver_does_not_tell(ui: UiProcess) -> None:
    ui.run(GAUGE)
    ui.run("window.show(); show(1.0, replace(CARD, used_bytes=15 * GIB, ours_bytes=None))")
    ui.run("card = window._cards['GPU-1']")
    assert ui.ask("card.warning.text()") == "Nearly full"
    assert ui.ask("card.legend[0].words.text()") == "Plosive not told by the driver"
    ui.run("window.set_threshold(0.99)")
    assert ui.ask("card.warning.text()") == ""
    ui.run("show(2.0, replace(CARD, is_asleep=True))")
    assert ui.ask("card.figures.text()") == "GPU asleep, 16.0 GiB"


def test_gauge_buttons_work_while_a_model_is_loaded(ui: UiProcess) -> None:
    ui.run(GAUGE)
    ui.run("show(1.0, CARD); window.show()")
    ui.wait_for("signal", "looked_at")
    assert ui.ask("[window.unload.isEnabled(), window.worker.text()]") == [False, "No model is loaded."]
    ui.run("window.show_worker(None, is_loaded=False, loading='big')")
    assert ui.ask("window.worker.text()") == "Loading big"
    ui.run("window.show_worker(None, is_loaded=False, standby_bytes=GIB)")
    assert "Standby keeps 1.0 GiB" in ui.ask("window.worker.text()")
    ui.run("window.show_worker(MemoryReported(1, GIB, 2 * GIB, 2 * GIB, 0), is_loaded=True)")
    assert ui.ask("window.worker.text()") == "Model: 1.0 GiB in use, 2.0 GiB reserved"
    for button in ("unload", "clean"):
        ui.run(f"window.{button}.click()")
        assert ui.wait_for("signal")["signal"].startswith(button)


def test_gauge_of_many_cards_stays_on_the_screen_with_its_buttons(ui: UiProcess) -> None:
    ui.run(GAUGE)
    ui.run("window.toggle()")
    ui.until("window.isActiveWindow()")
    low = ui.ask("window.height()")
    ui.run("show(1.0, *(replace(CARD, index=at, uuid=f'GPU-{at}') for at in range(4)))")
    ui.until(f"window.height() > {low}")
    assert ui.ask(IS_ON_SCREEN.format("window.unload")), "high as the screen, not higher"
    assert ui.ask("window._figures.verticalScrollBar().maximum() > 0"), "the rest is scrolled"
    ui.run("window.hide(); window.toggle()")
    ui.until(IS_ON_SCREEN.format("window.unload"))


def test_gauge_lists_what_was_done_newest_first(ui: UiProcess) -> None:
    ui.run(GAUGE)
    ui.run("""
        from desktop.gpu_log import GpuOperation, utc_now
        window.show_operations([
            GpuOperation(utc_now(), "clean", "timer", 3 * GIB, 2 * GIB),
            GpuOperation("2020-01-01T00:00:00+00:00", "unload", "user", 2 * GIB, 0, "It went."),
            GpuOperation("nonsense", "something", "somebody", None, None),
        ])
        window.show()
        items = [window.operations.topLevelItem(at) for at in range(window.operations.topLevelItemCount())]
        rows = [[item.text(column) for column in range(1, 4)] for item in items]
    """)
    assert ui.ask("rows") == [
        ["something", "somebody", ""],
        ["Model unloaded", "you", "2.0 GiB → 0 MiB"],
        ["Cache cleaned", "timer", "3.0 GiB → 2.0 GiB"],
    ]
    assert ui.ask("items[1].toolTip(0)") == "It went."


# --- history --------------------------------------------------------------------------------------


@pytest.fixture
def history(ui: UiProcess, tmp_path: Path) -> UiProcess:
    ui.run(f"FOLDER = {str(tmp_path)!r}")
    ui.run(HISTORY)
    return ui


def test_history_shows_the_newest_first_and_tells_how_it_went(history: UiProcess) -> None:
    assert history.ask("texts()") == ["Nothing was recognised", "你好，世界", "the first"]
    told = "heard 2.1 s · speech 1.7 s · PocketSphinx on CPU · not inserted"
    assert history.ask("window.story.text()") == told
    assert history.ask("window.copy.isEnabled()") is False, "there is nothing to copy"


def test_history_is_searched_while_typing(history: UiProcess) -> None:
    history.run("window.search.setText('first')")
    assert history.ask("texts()") == ["the first"]
    history.run("window.search.setText('世界')")
    assert history.ask("texts()") == ["你好，世界"]
    history.run("window.search.setText('nowhere')")
    assert history.ask("[texts(), window.none.text()]") == [[], "Nothing found for “nowhere”."]


def test_history_copies_and_deletes_what_is_chosen(history: UiProcess) -> None:
    history.run("window.search.setText('first'); window.copy.click()")
    assert history.wait_for("signal") == {"signal": "copy_requested", "value": ["the first"]}
    assert history.ask("window.copy.text()") == "Copied"
    history.run("window.delete.click()")
    assert history.wait_for("signal") == {"signal": "delete_requested", "value": [[1]]}


def test_history_never_chooses_the_newest_in_the_place_of_a_deleted_one(history: UiProcess) -> None:
    history.run("""
        def delete_now(numbers):
            with HistoryStore(folder) as store:
                for number in numbers:
                    store.delete(number)
            window.refresh()
        window.delete_requested.connect(delete_now)
        with HistoryStore(folder) as store:
            for number in range(4):
                store.add(HistoryEntry(now, now, f"later {number}", *how))
        window.refresh()
        window.list.setCurrentIndex(window.found.index(2))
        window.delete.click()
    """)
    kept = ["later 3", "later 2", "later 0", "Nothing was recognised", "你好，世界", "the first"]
    assert history.ask("texts()") == kept
    assert history.ask("[entry.text for entry in window.chosen]") == ["later 0"]
    history.run("""
        from PySide6.QtCore import QItemSelectionModel
        window.list.selectAll()
        for at in (0, 5):
            window.list.selectionModel().select(window.found.index(at), QItemSelectionModel.Deselect)
    """)
    history.run("with HistoryStore(folder) as store: store.add(HistoryEntry(now, now, 'new', *how))")
    history.run("window.refresh()")
    chosen = ["later 2", "later 0", "", "你好，世界"]
    assert history.ask("[entry.text for entry in window.chosen]") == chosen, "all of them stay chosen"


def test_history_that_does_not_exist_yet_is_empty(ui: UiProcess, tmp_path: Path) -> None:
    ui.run("from pathlib import Path; from desktop.ui.history_window import HistoryWindow, reader")
    ui.run(f"window = HistoryWindow(reader(Path({str(tmp_path / 'none')!r}))); window.open()")
    assert ui.ask("[window.none.text(), window.none.isVisible()]") == ["Nothing dictated yet.", True]


# --- settings -------------------------------------------------------------------------------------

SETTINGS_WINDOW = """
from desktop.settings.schema import OPTIONS, Settings
from desktop.ui.settings_dialog import SettingsDialog
dialog = SettingsDialog(Settings())
tell_signals(dialog, ["saved"])
dialog.open(Settings())
"""


def test_every_setting_has_a_field_that_gives_its_value_back(ui: UiProcess) -> None:
    ui.run(SETTINGS_WINDOW)
    assert ui.ask("[key for key in OPTIONS if dialog.fields[key].value() != Settings().get(key)]") == []
    assert ui.ask("list(dialog.fields)") == list(OPTIONS)
    assert ui.ask("dialog.changes()") == {}


def test_only_what_was_changed_is_saved(ui: UiProcess) -> None:
    ui.run(SETTINGS_WINDOW)
    ui.run("""
        dialog.fields["audio.pre_roll_ms"].control.widget.setValue(500)
        dialog.fields["overlay.sounds"].control.widget.setChecked(True)
        dialog.fields["hotkey.mode"].control.widget.setCurrentIndex(1)
        dialog.fields["gpu.give_way_processes"].control.widget.setPlainText("steam\\n\\n game ")
        dialog.save.click()
    """)
    changed = {
        "hotkey.mode": "toggle",
        "audio.pre_roll_ms": 500,
        "gpu.give_way_processes": ["steam", "game"],
        "overlay.sounds": True,
    }
    assert ui.wait_for("signal")["value"] == [changed]
    assert not ui.ask("dialog.isVisible()")


def test_a_number_finer_than_its_field_is_not_rounded_by_looking_at_it(ui: UiProcess) -> None:
    ui.run(SETTINGS_WINDOW)
    ui.run("dialog.show_settings(Settings().replace('audio.silero_threshold', 0.325))")
    assert ui.ask("dialog.changes()") == {}
    ui.run("dialog.fields['audio.silero_threshold'].control.widget.setValue(0.4)")
    assert ui.ask("dialog.changes()") == {"audio.silero_threshold": 0.4}


def test_open_settings_follow_what_is_set_elsewhere(ui: UiProcess) -> None:
    ui.run(SETTINGS_WINDOW)
    ui.run("""
        dialog.fields["model.device"].control.widget.setText("toaster")
        now = Settings().replace("audio.microphone", "headset").replace("model.device", "cpu")
        dialog.follow(now)
    """)
    assert ui.ask("dialog.fields['audio.microphone'].control.widget.text()") == "headset"
    assert ui.ask("dialog.fields['model.device'].control.widget.text()") == "toaster", "that is being written"
    ui.run("dialog.fields['model.device'].control.widget.setText('auto')")
    assert ui.ask("dialog.changes()") == {"model.device": "auto"}


def test_bad_value_is_told_and_cannot_be_saved(ui: UiProcess) -> None:
    ui.run(SETTINGS_WINDOW)
    ui.run("dialog.fields['model.device'].control.widget.setText('toaster')")
    assert "must be auto, cpu" in ui.ask("dialog.fields['model.device'].problem.text()")
    assert ui.ask("dialog.save.isEnabled()") is False
    ui.run("dialog.names.setCurrentRow(2); dialog.restore.click()")
    assert ui.ask("[dialog.save.isEnabled(), dialog.changes()]") == [True, {}]


def test_chinese_settings_have_no_english_words(ui: UiProcess) -> None:
    ui.run("from desktop.ui.words import choose_language; choose_language('zh')")
    ui.run(SETTINGS_WINDOW)
    ui.run("problems = []")
    for key, text in {
        "hotkey.key": "banana",
        "captions.key_pause": "F",
        "model.device": "toaster",
        "server.url": "http://here",
        "captions.text_colour": "red",
        "captions.obs_url": "ws://there",
        "files.formats": "doc",
    }.items():
        ui.run(f"dialog.fields[{key!r}].control.widget.setText({text!r})")
        ui.run(f"problems.append(dialog.fields[{key!r}].problem.text())")
    problems = ui.ask("problems")
    assert len(problems) == 7
    assert not [text for text in problems if re.search(r"\b(must|is|no|write|the|or)\b", text.lower())]
    suffixes = set(ui.ask("[f.control.widget.suffix() for f in dialog.fields.values()"
                          " if hasattr(f.control.widget, 'suffix')]"))  # fmt: skip
    assert suffixes == {"", " %", " px", " MiB", " 毫秒", " 秒", " 分钟", " 天", " 个文件"}


def test_every_setting_is_named_and_explained_in_both_languages() -> None:
    assert set(SETTINGS) == set(OPTIONS)
    assert {key.partition(".")[0] for key in OPTIONS} == set(SECTIONS)
    choices = {choice for option in OPTIONS.values() for choice in option.choices}
    assert choices - set(CHOICES) <= {"fp32", "bf16", "int8"}
    try:
        choose_language("zh")
        names = [words_of_settings.setting_name(option) for option in OPTIONS.values()]
    finally:
        choose_language("en")
    assert all(names)
    assert Settings().get("hotkey.key") == "Right Ctrl"


# --- all windows ----------------------------------------------------------------------------------

ALL_WINDOWS = """
from pathlib import Path
from desktop.settings.schema import Settings
from desktop.ui.history_window import HistoryWindow, reader
from desktop.ui.model_downloads import ModelDownloads
from desktop.ui.settings_dialog import SettingsDialog
import resources
settings = SettingsDialog(Settings())
models = ModelDownloads(Path(FOLDER), Path(resources.__file__).parent / "models")
history = HistoryWindow(reader(Path(FOLDER)))
settings.open(Settings()); models.open(); history.open()
last_buttons = [settings.save, models.install, history.copy]
"""


def test_last_row_of_buttons_is_on_a_small_screen_with_large_letters(tmp_path: Path) -> None:
    with VirtualDesktop(screen="1280x720x24") as desktop:
        ui = UiProcess(desktop, LC_ALL="C.UTF-8", QT_SCALE_FACTOR="1.5")
        ui.run(f"FOLDER = {str(tmp_path)!r}")
        ui.run(ALL_WINDOWS)
        ui.run("window = settings")
        for at in range(3):
            ui.until(IS_ON_SCREEN.format(f"last_buttons[{at}]"))
        ui.close()


def test_large_letters_are_not_cut(ui: UiProcess, tmp_path: Path) -> None:
    ui.run("font = app.font(); font.setPointSize(24); app.setFont(font)")
    ui.run(f"FOLDER = {str(tmp_path)!r}")
    ui.run(HISTORY)
    assert ui.ask("window.list.sizeHintForRow(0) >= 2 * window.fontMetrics().lineSpacing()")
    ui.run(SETTINGS_WINDOW)
    ui.until("dialog.names.viewport().width() > 0 and dialog.isVisible()")
    assert ui.ask("dialog.names.sizeHintForColumn(0) <= dialog.names.viewport().width()")
    assert ui.ask("dialog.names.sizeHintForRow(0) >= dialog.fontMetrics().lineSpacing()")
    for at in range(len(Settings.__dataclass_fields__)):
        ui.run(f"dialog.names.setCurrentRow({at}); area = dialog.pages.currentWidget()")
        ui.until("area.widget().width() <= area.viewport().width()")
    ui.run(GAUGE)
    ui.run("window.show(); show(1.0, CARD); programs = window._cards['GPU-1'].programs")
    assert ui.ask("programs.sizeHintForRow(0) >= programs.fontMetrics().lineSpacing()")


@pytest.mark.parametrize(("language", "word"), [("en", "&Copy"), ("zh", "复制(&C)")])
def test_qt_speaks_the_language_of_the_interface(ui: UiProcess, language: str, word: str) -> None:
    ui.run("from desktop.ui.words import choose_language; from desktop.ui.qt_words import teach_qt")
    ui.run(f"choose_language({language!r}); teach_qt(app)")
    ui.run(
        "from PySide6.QtWidgets import QLineEdit; line = QLineEdit(); menu = line.createStandardContextMenu()"
    )
    assert word in [text.partition("\t")[0] for text in ui.ask("[each.text() for each in menu.actions()]")]


def test_everything_that_takes_the_focus_has_a_name_for_screen_readers(ui: UiProcess, tmp_path: Path) -> None:
    ui.run(f"FOLDER = {str(tmp_path)!r}")
    ui.run(GAUGE)
    ui.run(ALL_WINDOWS)
    ui.run("""
        from PySide6.QtCore import Qt
        from PySide6.QtGui import QAccessible
        from PySide6.QtWidgets import QComboBox, QWidget
        show(1.0, CARD)
        window.show()
        def nameless(window):
            lists = [box.view() for box in window.findChildren(QComboBox)]
            stops = [each for each in window.findChildren(QWidget) if each.focusPolicy() & Qt.TabFocus]
            own = [each for each in stops if each not in lists and each.focusProxy() is None]
            seen = [QAccessible.queryAccessibleInterface(each) for each in own]
            return [str(each) for each, told in zip(own, seen) if not told.text(QAccessible.Name)]
    """)
    assert ui.ask("[nameless(each) for each in (settings, models, history, window)]") == [[]] * 4


def test_words_follow_a_desktop_that_turns_dark(virtual_desktop: VirtualDesktop) -> None:
    ui = UiProcess(virtual_desktop, LC_ALL="C.UTF-8", XDG_CURRENT_DESKTOP="GNOME")
    ui.run(SETTINGS_WINDOW)
    ui.run("""
        from PySide6.QtCore import Qt
        from PySide6.QtWidgets import QLabel
        from desktop.ui.tokens import DARK, LIGHT
        def colours():
            own = [label for label in dialog.findChildren(QLabel) if label.styleSheet()]
            return {label.palette().windowText().color().name().upper() for label in own}
    """)
    for scheme in ("Light", "Dark"):
        ui.run(f"app.styleHints().setColorScheme(Qt.ColorScheme.{scheme})")
        ui.until(f"colours() == {{{scheme.upper()}.quiet_text, {scheme.upper()}.attention}}")
    ui.close()


def test_minimised_window_comes_back_when_it_is_asked_for(ui: UiProcess) -> None:
    ui.run(SETTINGS_WINDOW)
    ui.until("dialog.isActiveWindow()")
    ui.run("dialog.showMinimized()")
    ui.until("dialog.isMinimized() and not dialog.isActiveWindow()")
    ui.run("dialog.open(Settings())")
    ui.until("not dialog.isMinimized() and dialog.isActiveWindow()")


def test_settings_are_saved_by_enter_and_left_by_escape(ui: UiProcess) -> None:
    ui.run(SETTINGS_WINDOW)
    ui.run("from PySide6.QtTest import QTest; from PySide6.QtCore import Qt")
    ui.run("line = dialog.fields['audio.microphone'].control.widget; dialog.names.setCurrentRow(1)")
    ui.run("line.setText('headset'); line.setFocus()")
    ui.run("QTest.keyClick(line, Qt.Key.Key_Return)")
    assert ui.wait_for("signal")["value"] == [{"audio.microphone": "headset"}]
    ui.until("not dialog.isVisible()")
    ui.run("dialog.open(Settings())")
    ui.until("dialog.isActiveWindow()")
    ui.run("line.setText('other'); dialog.cancel.setFocus()")
    ui.run("QTest.keyClick(dialog.cancel, Qt.Key.Key_Return)")
    ui.until("not dialog.isVisible()")
    ui.run("dialog.open(Settings())")
    ui.until("dialog.isActiveWindow()")
    ui.run("QTest.keyClick(dialog, Qt.Key.Key_Escape)")
    ui.until("not dialog.isVisible()")
    ui.run("tell(signal='none')")
    assert ui.wait_for("signal")["signal"] == "none", "left without saving"


# --- messages and sounds --------------------------------------------------------------------------

NOTIFIER = """
from desktop.core.commands import OverlayView as View, Phase
from desktop.ui.notify import Notifier
from desktop.ui.overlay import Overlay
from desktop.ui.tray import Tray
import desktop.ui.notify as module
module.LOOK_AGAIN_MS = 50
tray, overlay = Tray(), Overlay()
notifier = Notifier(tray, overlay)
"""


def test_message_is_on_the_overlay_where_nobody_shows_notifications(ui: UiProcess) -> None:
    ui.run(NOTIFIER)
    ui.run("notifier.tell('No microphone was found.', 'Connect one.')")
    assert ui.ask("overlay.text_on_show") == "No microphone was found.\nConnect one."


def test_message_waits_until_the_dictation_is_over(ui: UiProcess) -> None:
    ui.run(NOTIFIER)
    ui.run("overlay.show_view(View(Phase.LISTENING, 'words')); notifier.say('Freed 1.9 GiB.')")
    assert ui.ask("overlay.text_on_show") == "words"
    ui.run("overlay.hide_after(0)")
    ui.until("overlay.text_on_show == 'Freed 1.9 GiB.'")


def test_messages_told_at_once_are_shown_one_after_the_other(ui: UiProcess) -> None:
    ui.run(NOTIFIER)
    ui.run("module.READING_MS = 60_000")
    ui.run("for name in 'one two two three'.split(): notifier.tell(f'Setting {name} is broken.', 'Set it.')")
    for name in ("one", "two", "three"):
        ui.until(f"overlay.text_on_show.startswith('Setting {name} ')")
        ui.run("overlay.hide_after(0)")
    ui.until("overlay.text_on_show == '' and not notifier._waiting")


@pytest.mark.parametrize("cue", list(Cue))
def test_every_cue_has_a_short_soft_sound(cue: Cue) -> None:
    with wave.open(str(SOUNDS / f"{cue.value}.wav")) as sound:
        pcm = sound.readframes(sound.getnframes())
        assert sound.getnframes() / sound.getframerate() <= 1.2
    peak = max(abs(int.from_bytes(pcm[at : at + 2], "little", signed=True)) for at in range(0, len(pcm), 2))
    assert 0.1 < peak / 32768 < 0.3
    assert pcm[:2] == pcm[-2:] == b"\0\0", "no click at the ends"


@pytest.mark.skipif(not shutil.which("paplay"), reason="no paplay")
def test_sound_is_heard_on_the_speakers(full_desktop: VirtualDesktop, tmp_path: Path) -> None:
    heard = tmp_path / "heard.raw"
    full_desktop.start(["parec", "--device=speakers.monitor", "--latency-msec=20", "--raw", str(heard)])
    ui = UiProcess(full_desktop)
    ui.until(f"__import__('os').path.exists({str(heard)!r})")
    ui.run("from desktop.core.commands import Cue; from desktop.ui.sounds import play_cue")
    assert ui.ask("play_cue(Cue.LANDED)") is True
    ui.until(f"any(open({str(heard)!r}, 'rb').read())")
    ui.close()
