"""The window of meetings, on a real X server with a real history."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pysubs2
import pytest

from desktop.core.timed_text import Bookmark, TimedText
from desktop.history import HistoryStore, Meeting
from desktop.oslayer.virtual_desktop import VirtualDesktop
from desktop.ui import meetings_view
from desktop.ui.meeting_reading import qt_length
from desktop.ui.words import choose_language
from tests.fakes.ui_process import UiProcess
from tests.fakes.x_user import XUser

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
SETUP = """
from pathlib import Path
from PySide6.QtWidgets import QFileDialog, QMessageBox
from desktop.core.timed_text import TimedText
from desktop.history import HistoryStore
from desktop.history.meetings import MeetingReader
from desktop.ui.meetings_window import ExportPlace, MeetingsReads, MeetingsWindow
folder = Path(FOLDER)
reader = MeetingReader(lambda: folder)
reads = MeetingsReads(reader.found, reader.to_read, reader.transcript)
window = MeetingsWindow(reads, ExportPlace(format="srt"))
tell_signals(window, ["copy_requested", "delete_requested", "put_aside", "renamed", "exported_to"])
window.open()
reading, acts, pane = window.pane.reading, window.acts, window.pane
def choose(key):
    window.list.setCurrentIndex(window.found.index(window.found.keys.index(key)))
def rows():
    return [str(window.found.index(at).data()) for at in range(window.found.rowCount())]
def open_one(kind):
    return next(each for each in app.topLevelWidgets() if isinstance(each, kind) and each.isVisible())
def marked():
    return [each.cursor.selectedText() for each in reading.extraSelections()]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An old meeting, a long one with a name and bookmarks, and one that goes on."""
    with HistoryStore(tmp_path) as store:
        spoken(store, "old", 48, "Nothing of interest.", "Der Betrag ist 🙂 gut.")
        spoken(store, "long", 2, *(f"sentence number {number} about money" for number in range(900)))
        store.meetings.rename("long", "Steering committee")
        store.meetings.add_bookmark("long", Bookmark(2_500_500, "decision"))
        spoken(store, "open", 1, "We have just begun.", is_open=True)
    return tmp_path


def spoken(store: HistoryStore, key: str, hours: int, *texts: str, is_open: bool = False) -> None:
    started = NOW - timedelta(hours=hours)
    store.meetings.begin(Meeting(key, "", started, model="m", device="cpu"))
    for number, text in enumerate(texts, start=1):
        line = TimedText(number * 5000, number * 5000 + 4000, text, ("Me", "Others")[number % 2])
        store.meetings.put_line(key, number, line)
    if not is_open:
        store.meetings.end(key, started + timedelta(minutes=75))


@pytest.fixture
def ui(virtual_desktop: VirtualDesktop, folder: Path) -> Iterator[UiProcess]:
    process = UiProcess(virtual_desktop, LC_ALL="C.UTF-8", TZ="UTC")
    process.run(SETUP.replace("FOLDER", repr(str(folder))))
    process.until("window.isActiveWindow()")
    yield process
    process.close()


@pytest.fixture
def user(ui: UiProcess, virtual_desktop: VirtualDesktop) -> Iterator[XUser]:
    """Somebody at the keyboard of the desktop with that window."""
    somebody = XUser(virtual_desktop)
    yield somebody
    somebody.close()


def text(ui: UiProcess) -> str:
    return ui.ask("reading.toPlainText()")


def test_the_newest_meeting_is_read_first(ui: UiProcess) -> None:
    assert ui.ask("rows()")[1] == "Steering committee" and len(ui.ask("rows()")) == 3
    assert text(ui) == "00:00:05\tOthers: We have just begun."
    assert (
        ui.ask("[acts.delete.isEnabled(), acts.recording.isVisible(), pane.bookmarks.isVisible()]")
        == [False] * 3
    )
    ui.run("choose('old')")
    assert text(ui).splitlines() == [
        "00:00:05\tOthers: Nothing of interest.",
        "00:00:10\tMe: Der Betrag ist 🙂 gut.",
    ]
    assert ui.ask("acts.delete.isEnabled()")


def test_a_long_meeting_is_there_wholly_and_its_bookmarks_lead_into_it(ui: UiProcess) -> None:
    ui.run("choose('long')")
    assert ui.ask("[pane.name.text(), pane.bookmarks.isVisible()]") == ["Steering committee", True]
    assert ui.ask("[each.text() for each in pane.bookmarks.menu().actions()]") == ["00:41:40  decision"]
    ui.run("pane.bookmarks.menu().actions()[0].trigger()")
    assert "number 499 " in ui.ask("reading.textCursor().block().text()")
    ui.run("ground = reading.extraSelections()")
    assert "number 499 " in ui.ask("ground[0].cursor.block().text()")
    top, height = ui.ask("[reading.cursorRect().top(), reading.viewport().height()]")
    assert 0 <= top < height
    ui.until("reading.document().blockCount() == 900")


def test_a_search_finds_meetings_and_leads_from_hit_to_hit(ui: UiProcess, user: XUser) -> None:
    ui.run("window.search.setText('NUMBER 70')")
    ui.until("rows() == ['Steering committee']")
    assert ui.ask("marked()[:2]") == ["number", "70"]
    assert ui.ask("pane.hits.text()") == "1 of 19"  # 70 to 870, 700 to 709
    user.tap("Return")
    ui.until("pane.hits.text() == '2 of 19'")
    assert ui.ask("reading.textCursor().block().text()").endswith("sentence number 170 about money")
    user.tap("F3")
    ui.until("pane.hits.text() == '3 of 19'")
    user.tap("Shift_L", "F3")
    ui.until("pane.hits.text() == '2 of 19'")
    ui.run("window.search.setText('🙂')")
    ui.until("rows() != ['Steering committee']")
    assert ui.ask("marked()") == ["🙂"]
    ui.run("window.search.setText('elephant')")
    ui.until("window.none.isVisible()")
    assert "elephant" in ui.ask("window.none.text()")
    ui.run("window.search.clear()")
    ui.until("len(rows()) == 3")
    assert not ui.ask("pane.hits.isVisible()")


def test_words_are_marked_in_what_was_said_not_in_times_and_names(ui: UiProcess) -> None:
    ui.run("window.search.setText('e'); window.refresh(); choose('old')")
    assert ui.ask("sorted(set(each.cursor.block().text()[:12] for each in reading.extraSelections()))") == [
        "00:00:05\tOth", "00:00:10\tMe:",
    ]  # fmt: skip
    assert ui.ask("len(marked())") == "Nothing of interest.Der Betrag ist gut.".count("e")


def test_what_is_said_now_appears_where_the_reader_is(ui: UiProcess) -> None:
    ui.run("""
        store = HistoryStore(folder)
        for number in range(2, 60):
            line = TimedText(number * 5000, number * 5000 + 9, f'line {number}')
            store.meetings.put_line('open', number, line)
        window.refresh_soon()
    """)
    ui.until("reading.document().blockCount() == 59")
    ui.run("bar = reading.verticalScrollBar(); bar.setValue(0)")
    ui.run(
        "store.meetings.put_line('open', 60, TimedText(300000, 300009, 'the last')); window.refresh_soon()"
    )
    ui.until("reading.document().blockCount() == 60")
    assert ui.ask("bar.value()") == 0
    ui.run("bar.setValue(bar.maximum())")
    ui.run(
        "store.meetings.put_line('open', 61, TimedText(305000, 305009, 'even later')); window.refresh_soon()"
    )
    ui.until("reading.document().blockCount() == 61")
    ui.until("bar.value() == bar.maximum()")


def test_a_sentence_that_ended_later_but_began_earlier_finds_its_place(ui: UiProcess) -> None:
    """Two speak at once: the reader of the end stays there, the order is that of the beginnings."""
    ui.run("""
        store = HistoryStore(folder)
        for number in range(2, 60):
            line = TimedText(number * 5000, number * 5000 + 9, f'line {number}')
            store.meetings.put_line('open', number, line)
        window.refresh(); bar = reading.verticalScrollBar(); bar.setValue(bar.maximum())
        store.meetings.put_line('open', 60, TimedText(57 * 5000 + 1, 400000, 'earlier'))
        store.meetings.put_line('open', 61, TimedText(400000, 400001, 'the end'))
        window.refresh_soon()
    """)
    ui.until("reading.document().blockCount() == 61")
    assert [row[9:] for row in text(ui).splitlines()[-5:]] == [
        "line 57",
        "earlier",
        "line 58",
        "line 59",
        "the end",
    ]
    assert len(text(ui).splitlines()) == 61
    ui.until("bar.value() == bar.maximum()")


def test_the_second_pass_changes_a_line_that_is_read(ui: UiProcess) -> None:
    ui.run("""
        store = HistoryStore(folder)
        store.meetings.put_line('open', 1, TimedText(5000, 9000, 'We have just begun!', 'Others'))
        window.refresh_soon()
    """)
    ui.until("reading.toPlainText().endswith('begun!')")


def test_a_name_is_given_in_place_by_keys(ui: UiProcess, user: XUser) -> None:
    ui.run("choose('old')")
    user.tap("F2")
    ui.until("pane.name.hasFocus()")
    ui.run("pane.name.insert('Interview')")
    user.tap("Return")
    assert ui.wait_for("signal") == {"signal": "renamed", "value": ["old", "Interview"]}


def test_a_name_being_typed_survives_what_is_said_meanwhile(ui: UiProcess) -> None:
    ui.run("pane.edit_name()")
    ui.until("pane.name.hasFocus()")
    ui.run("pane.name.insert('Inter'); window.refresh()")
    assert ui.ask("pane.name.text()") == "Inter"


def test_copying_takes_what_is_chosen_or_all(ui: UiProcess, user: XUser) -> None:
    ui.run("choose('old'); acts.copy.click()")
    told = ui.wait_for("signal", "copy_requested")
    assert told["value"] == ["Others: Nothing of interest.\nMe: Der Betrag ist 🙂 gut.\n"]
    assert ui.ask("acts.copy.text()") == "Copied"
    ui.run("reading.find('interest'); window.list.setFocus()")
    ui.until("window.list.hasFocus()")
    user.tap("Control_L", "c")
    assert ui.wait_for("signal", "copy_requested")["value"] == ["interest"]


def test_deleting_asks_first(ui: UiProcess, user: XUser) -> None:
    ui.run("choose('old'); window.list.setFocus()")
    ui.until("window.list.hasFocus()")
    user.tap("Delete")
    ui.until("any(isinstance(each, QMessageBox) and each.isVisible() for each in app.topLevelWidgets())")
    ui.run("box = open_one(QMessageBox)")
    assert ui.ask("box.text()") == "Delete “Meeting of 2026-11-19 12:00”?"
    assert "undo" in ui.ask("box.informativeText()")
    ui.run("box.defaultButton().click()")
    ui.until("not any(isinstance(each, QMessageBox) for each in app.topLevelWidgets())")
    ui.run("acts.delete.click(); box = open_one(QMessageBox)")
    ui.run("next(each for each in box.buttons() if each.text() == 'Delete').click()")
    assert ui.wait_for("signal") == {"signal": "put_aside", "value": [["old"]]}
    assert ui.ask("[window.found.keys, window.deleted.text.text()]") == [
        ["open", "long"],
        "“Meeting of 2026-11-19 12:00” is deleted.",
    ]


def test_a_deletion_can_be_taken_back_until_the_window_closes(ui: UiProcess, user: XUser) -> None:
    ui.run("window.deleted.add(['old'], 'one'); window.deleted.add(['long'], 'two')")
    assert ui.ask("[window.found.keys, window.deleted.isVisible()]") == [["open"], True]
    ui.run("window.search.setText('money'); window.refresh()")
    assert ui.ask("window.found.keys") == []
    ui.run("window.search.clear(); window.refresh(); window.list.setFocus()")
    ui.until("window.list.hasFocus()")
    user.tap("Control_L", "z")
    ui.until("window.found.keys == ['open', 'long']")
    assert ui.ask("window.deleted.text.text()") == "one"
    ui.run("window.deleted.undo.click()")
    assert ui.ask("[window.found.keys, window.deleted.isVisible()]") == [["open", "long", "old"], False]
    ui.run("window.deleted.add(['old'], 'one')")
    ui.run("window.close()")
    assert ui.wait_for("signal", "delete_requested")["value"] == [["old"]]
    assert ui.wait_for("signal", "put_aside")["value"] == [[]]


def test_a_file_is_written_where_the_user_says(ui: UiProcess, tmp_path: Path) -> None:
    out = tmp_path / "out.srt"
    ui.run("choose('old'); acts.export.click(); dialog = open_one(QFileDialog)")
    assert ui.ask("Path(dialog.selectedFiles()[0]).name") == "Meeting of 2026-11-19 12.00.srt"
    ui.run("from PySide6.QtWidgets import QLineEdit")  # typed: selectFile leaves a focused field alone
    ui.run(f"dialog.findChild(QLineEdit).setText({str(out)!r})")
    ui.until(f"dialog.selectedFiles() == [{str(out)!r}]")
    ui.run("dialog.accept()")
    assert ui.wait_for("signal", "exported_to")
    assert [each.text for each in pysubs2.load(str(out))] == [
        "Others: Nothing of interest.",
        "Me: Der Betrag ist 🙂 gut.",
    ]
    ui.until(f"acts.note.text() == {f'Written: {out}'!r}")


def test_a_file_that_cannot_be_written_is_told(ui: UiProcess, tmp_path: Path) -> None:
    (tmp_path / "taken").mkdir()
    ui.run(f"choose('old'); acts.write(window.transcript.meeting, Path({str(tmp_path / 'taken')!r}), 'txt')")
    ui.until("'cannot be written' in acts.note.text()")
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith(".plosive")]


def test_without_meetings_the_window_says_so(virtual_desktop: VirtualDesktop, tmp_path: Path) -> None:
    ui = UiProcess(virtual_desktop, LC_ALL="C.UTF-8")
    ui.run("from desktop.ui.words import choose_language; choose_language('zh')")
    ui.run(SETUP.replace("FOLDER", repr(str(tmp_path))))
    assert ui.ask("[window.none.text(), window.halves.isVisible(), acts.copy.isEnabled()]") == [
        "还没有会议记录。使用实时字幕时会自动保存。", False, False,
    ]  # fmt: skip
    ui.close()


# --- words --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("ms", "said"),
    [(0, "0 s"), (59_400, "59 s"), (59_600, "1 min"), (3_570_000, "1 h 0 min"), (4_500_000, "1 h 15 min")],
)
def test_lengths(ms: int, said: str) -> None:
    choose_language("en")
    assert meetings_view.length(ms) == said


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("a/b:c", "a-b-c"),
        ("..", ""),
        ("x" * 200, "x" * 63),
        ("", "Meeting of 2026-11-21 12.00"),
        ("预算", "预算"),
    ],
)
def test_any_title_makes_a_name_for_a_file(title: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    choose_language("en")
    made = meetings_view.file_name(Meeting("k", title, NOW.astimezone()), "srt")
    date = f"{NOW.astimezone():%Y-%m-%d %H.%M}"
    expected = name if not title else f"{date} {name}".strip()
    assert made == f"{expected}.srt".replace("2026-11-21 12.00", date)


def test_qt_counts_an_emoji_as_two() -> None:
    assert [qt_length(each) for each in ("", "a", "好", "🙂", "👩‍👧")] == [0, 1, 1, 2, 5]
