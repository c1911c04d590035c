"""Logs: private files of limited size, with everything in them but the user's words."""

from __future__ import annotations

import ast
import logging
import os
import stat
import subprocess
import sys
from collections import deque
from pathlib import Path

import pytest

from audio.events import Problem
from desktop import logs
from desktop.core.commands import (
    DictationLatencies,
    DictationRecord,
    InsertText,
    OverlayView,
    Phase,
    ShowOverlay,
)
from desktop.core.events import Origin
from desktop.history import HistoryEntry
from recognizer.events import Final, Partial, Word

SECRET = "swordfish"


@pytest.fixture
def log(tmp_path: Path):
    """A logger of its own that writes as the program does; answers the file's text."""
    handler = logs.PrivateFileHandler(tmp_path / "x.log")
    handler.setFormatter(logs.DiscreetFormatter(logs.FORMAT))
    handler.addFilter(logs.without_words)
    logger = logging.getLogger("test_logs.words")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(handler)
    yield logger, lambda: (handler.flush(), (tmp_path / "x.log").read_text())[1]
    logger.removeHandler(handler)
    handler.close()


RECORD = DictationRecord(
    1, SECRET, Origin.HOTKEY, 900, 800, "xterm", True, "paste", DictationLatencies(),
    Problem("code.x", "A sentence.", "A remedy."),
)  # fmt: skip


@pytest.mark.parametrize(
    "carrier",
    [
        Partial(7, SECRET, SECRET, 600),
        Final(7, SECRET, 600, 5.0, (Word(SECRET, 0, 100),)),
        InsertText(7, SECRET, None),
        ShowOverlay(OverlayView(Phase.LISTENING, committed=SECRET, tentative=SECRET)),
        RECORD,
        [RECORD, (Partial(7, "", SECRET, 600),)],
        {"told": InsertText(7, SECRET, None), "more": {InsertText(7, SECRET, None)}},
        deque([ValueError(SECRET)]),
        ValueError(SECRET),
    ],
    ids=lambda carrier: type(carrier).__name__,
)
def test_what_carries_words_is_logged_without_them(log, carrier: object) -> None:
    logger, text = log
    logger.info("event %s", carrier)
    logger.info("event %r and %d", carrier, 7)
    if not isinstance(carrier, (list, dict, deque, Exception)):
        logger.info(carrier)
    logger.info("event %(told)s", {"told": carrier})
    assert SECRET not in text() and text().count("7") >= 1


def test_an_entry_of_the_history_is_logged_without_its_text(log) -> None:
    from datetime import UTC, datetime

    logger, text = log
    logger.info("%s", HistoryEntry(datetime.now(UTC), datetime.now(UTC), SECRET))
    assert SECRET not in text() and "(9 characters)" in text()


def raised(error: Exception) -> Exception:
    try:
        raise error
    except Exception as caught:  # noqa: BLE001 - to have a traceback
        return caught


@pytest.mark.parametrize(
    ("error", "is_told"),
    [
        (ValueError(SECRET), False),
        (KeyError(SECRET), False),
        (RuntimeError(SECRET), False),
        (UnicodeEncodeError("ascii", SECRET, 0, 1, SECRET), False),
        (OSError(28, "No space left on device"), True),
        (AttributeError("'X' object has no attribute 'swordfish'"), True),
    ],
    ids=lambda value: type(value).__name__,
)
def test_a_traceback_keeps_its_places_and_leaves_out_messages_that_may_hold_words(
    log, error, is_told: bool
) -> None:
    logger, text = log
    logger.error("unexpected", exc_info=raised(error))
    assert "Traceback" in text() and "in raised" in text() and type(error).__name__ in text()
    assert (str(error) in text()) is is_told


def test_the_cause_of_an_exception_is_told_as_discreetly(log) -> None:
    logger, text = log
    outer = RuntimeError(SECRET)
    outer.__cause__ = raised(ValueError(SECRET))
    logger.error("unexpected", exc_info=raised(outer))
    assert text().index("ValueError") < text().index("RuntimeError") and SECRET not in text()


def test_an_exception_with_a_problem_is_told_by_its_code(log) -> None:
    logger, text = log
    error = RuntimeError(SECRET)
    error.problem = Problem("file.empty", SECRET, "x")  # type: ignore[attr-defined]
    logger.error("unexpected", exc_info=raised(error))
    assert "[file.empty]" in text() and SECRET not in text()


CRASH = """
import sys, threading
from pathlib import Path
from desktop.logs import start_logging
start_logging(Path(sys.argv[1]))
def fail():
    words = "sword" + "fish"
    raise ValueError(words)
thread = threading.Thread(target=fail, name="unlucky")
thread.start()
thread.join()
fail()
"""


def test_crashes_go_to_the_private_log_and_not_to_the_terminal(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    ended = subprocess.run([sys.executable, "-c", CRASH, str(folder)], capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", "")
    path = folder / logs.FILE_NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(folder.stat().st_mode) == 0o700
    text = path.read_text()
    assert text.count("ValueError") == 2 and "unlucky" in text and SECRET not in text


def test_the_files_stay_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "MOST_BYTES", 2000)
    handler = logs.PrivateFileHandler(tmp_path / "x.log")
    logger = logging.getLogger("test_logs.size")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    logger.addHandler(handler)
    for number in range(500):
        logger.info("line %d of many", number)
    handler.close()
    files = sorted(tmp_path.iterdir())
    assert len(files) == logs.OLD_FILES + 1
    assert all(path.stat().st_size <= 2000 and stat.S_IMODE(path.stat().st_mode) == 0o600 for path in files)


LOG_ONCE = """
import logging, sys
from pathlib import Path
from desktop.logs import start_logging
start_logging(Path(sys.argv[1]))
logging.getLogger("x").info("hello")
"""


def test_without_a_place_to_write_the_program_goes_on(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.touch()
    ended = subprocess.run([sys.executable, "-c", LOG_ONCE, str(place)], capture_output=True, text=True)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


def test_a_length_is_what_may_be_told_of_a_text() -> None:
    assert logs.redacted(SECRET) == "(9 characters)"


def test_no_log_call_of_ours_is_given_words() -> None:
    """The filter cannot know a bare string; so none may be handed over: read in the sources."""
    root = Path(logs.__file__).parent.parent
    found = []
    for path in (
        path for package in ("audio", "desktop", "recognizer") for path in (root / package).rglob("*.py")
    ):
        for call in log_calls(ast.parse(path.read_text(encoding="utf-8"))):
            names = {node.attr for node in ast.walk(call) if isinstance(node, ast.Attribute)}
            names |= {node.id for node in ast.walk(call) if isinstance(node, ast.Name)}
            found += [f"{path.name}:{call.lineno}: {name}" for name in names & logs.WORDS]
    assert found == []


def log_calls(tree: ast.AST) -> list[ast.Call]:
    """``_log.info(…)``, ``logger.exception(…)``, ``logging.getLogger(…).error(…)``."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    levels = {"debug", "info", "warning", "error", "exception", "critical", "log"}
    return [
        call
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in levels
        and "log" in ast.unparse(call.func.value).lower()
    ]


def test_the_check_of_the_sources_can_fail() -> None:
    (call,) = log_calls(ast.parse("x = 1\n_log.info('said %s', event.text)\nmath.log(text)"))
    assert "text" in ast.unparse(call)


def test_a_mistake_in_a_slot_or_a_thread_is_told_once(tmp_path: Path) -> None:
    """In a process of its own: the hooks and Qt's way of calling slots are the real ones."""
    script = f"""
import sys, threading
from pathlib import Path
from PySide6.QtCore import QCoreApplication, QTimer
from desktop import logs
application = QCoreApplication(sys.argv)
logs.start_logging(Path({str(tmp_path)!r}))
told = []
logs.tell_mistakes_to(lambda: told.append(threading.current_thread().name))
def stumble():
    raise ValueError({SECRET!r})
QTimer.singleShot(0, stumble)
QTimer.singleShot(0, stumble)
QTimer.singleShot(0, application.quit)
application.exec()
thread = threading.Thread(target=stumble)
thread.start()
thread.join()
print(len(told))
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
    )
    logged = (tmp_path / logs.FILE_NAME).read_text()
    assert done.stdout.strip() == "1"
    assert logged.count("ValueError") == 3 and SECRET not in logged
