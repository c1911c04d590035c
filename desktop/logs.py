"""Log files, and what must not get into them: the user's words.

Three guards. Arguments of log calls that carry words (events, commands, records) are shown without
them. The message of an exception is left out unless its type cannot carry words, because
``ValueError(text)`` would. Files have mode 0600 and a limited size.
"""

from __future__ import annotations

import dataclasses
import faulthandler
import logging
import logging.handlers
import os
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final

FILE_NAME: Final = "plosive.log"
MOST_BYTES: Final = 1 << 20
OLD_FILES: Final = 3
FORMAT: Final = "%(asctime)s %(levelname)s %(threadName)s %(name)s: %(message)s"
WORDS: Final = frozenset({"text", "committed", "tentative", "words", "pcm", "view", "record", "entry"})
"""Fields of our events, commands and records in which the user's words or voice can be."""
TELLING: Final = (OSError, ImportError, AttributeError, TypeError, NameError, MemoryError, RecursionError)
"""Exceptions whose message is of the system or of the code, never of the user."""

QUIET_S: Final = 60.0
"""After a mistake of the program was told, the next one in so many seconds is only logged."""

_log = logging.getLogger(__name__)
_listeners: list[Callable[[], None]] = []
_told_at_s: list[float] = []


def tell_mistakes_to(listener: Callable[[], None] | None) -> None:
    """Call ``listener`` when an unexpected exception was logged, on the thread where it happened."""
    _listeners[:] = [listener] if listener else []
    _told_at_s.clear()


def start_logging(folder: Path, *, level: int = logging.INFO) -> Path:
    """Log to ``folder/plosive.log`` from now on, crashes included; the path of the file.

    Without a place to write (disk full, no permission) the program goes on without a log. Asked
    again it changes nothing.
    """
    path = folder / FILE_NAME
    root = logging.getLogger()
    if any(isinstance(each, PrivateFileHandler) for each in root.handlers):
        return path
    root.setLevel(level)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler = PrivateFileHandler(path)
    except OSError:
        return path
    handler.setFormatter(DiscreetFormatter(FORMAT))
    handler.addFilter(without_words)
    root.addHandler(handler)
    logging.captureWarnings(True)
    logging.raiseExceptions = False  # a full disk must not print to the terminal
    _catch_crashes()
    faulthandler.enable(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC))  # places, no values
    return path


def redacted(text: str) -> str:
    """What may be logged of a text: its length."""
    return f"({len(text)} characters)"


class PrivateFileHandler(logging.handlers.RotatingFileHandler):
    """A rotating file that only its owner can read."""

    def __init__(self, path: Path) -> None:
        super().__init__(path, maxBytes=MOST_BYTES, backupCount=OLD_FILES, encoding="utf-8", errors="replace")

    def _open(self) -> Any:
        descriptor = os.open(self.baseFilename, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        os.fchmod(descriptor, 0o600) if hasattr(os, "fchmod") else None
        return os.fdopen(descriptor, "a", encoding=self.encoding, errors=self.errors)


class DiscreetFormatter(logging.Formatter):
    """Tracebacks with the places and the types, without the messages that could hold words."""

    def format(self, record: logging.LogRecord) -> str:
        """As usual, but never with a traceback that another formatter has left in ``record``."""
        record.exc_text = None
        return super().format(record)

    def formatException(self, ei: Any) -> str:  # noqa: N802 - logging's name
        """The chain of exceptions, oldest first."""
        return discreet_traceback(ei[1]) if ei[1] is not None else ""


def discreet_traceback(error: BaseException) -> str:
    """A traceback as usual, messages left out where they could hold the user's words."""
    parts = []
    for each in _chain(error):
        parts += ["Traceback (most recent call last):\n", *traceback.format_tb(each.__traceback__)]
        parts.append(f"{type(each).__module__}.{type(each).__qualname__}: {_message(each)}\n")
    return "".join(parts).rstrip()


def _chain(error: BaseException) -> list[BaseException]:
    chain: list[BaseException] = []
    current: BaseException | None = error
    while current is not None and current not in chain:
        chain.append(current)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return chain[::-1]


def _message(error: BaseException) -> str:
    problem = getattr(error, "problem", None)
    if problem is not None and hasattr(problem, "code"):
        return f"[{problem.code}]"
    if isinstance(error, TELLING) and not isinstance(error, UnicodeError):
        return str(error)
    return redacted(str(error))


def without_words(record: logging.LogRecord) -> bool:
    """A filter that shows events, commands and records in ``record`` without the words in them."""
    if isinstance(record.args, tuple):
        record.args = tuple(_shown(argument) for argument in record.args)
    elif isinstance(record.args, Mapping):
        record.args = {name: _shown(argument) for name, argument in record.args.items()}
    if dataclasses.is_dataclass(record.msg) and not isinstance(record.msg, type):
        record.msg, record.args = str(_shown(record.msg)).replace("%", "%%"), ()
    return True


def _shown(argument: object) -> object:
    if isinstance(argument, BaseException):
        return f"{type(argument).__qualname__}: {_message(argument)}"
    if isinstance(argument, (list, tuple, set, frozenset, deque)):
        return [_shown(each) for each in argument]
    if isinstance(argument, Mapping):
        return {name: _shown(each) for name, each in argument.items()}
    if not dataclasses.is_dataclass(argument) or isinstance(argument, type):
        return argument
    fields = (each.name for each in dataclasses.fields(argument) if each.repr)
    shown = ", ".join(f"{name}={_field(name, getattr(argument, name))}" for name in fields)
    return f"{type(argument).__qualname__}({shown})"


def _field(name: str, value: object) -> str:
    if name in WORDS and value is not None:
        return redacted(value) if isinstance(value, str) else "(left out)"
    shown = _shown(value)
    return shown if isinstance(shown, str) and shown is not value else repr(shown)


def _catch_crashes() -> None:
    sys.excepthook = _crashed
    threading.excepthook = _thread_crashed


def _crashed(kind: type[BaseException], error: BaseException, place: TracebackType | None) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    _log.critical("unexpected end", exc_info=(kind, error, place))
    _tell_mistake()


def _thread_crashed(crash: threading.ExceptHookArgs) -> None:
    if crash.exc_value is not None and not isinstance(crash.exc_value, SystemExit):
        name = crash.thread.name if crash.thread else "?"
        _log.critical("thread %s ended unexpectedly", name, exc_info=crash.exc_value)
        _tell_mistake()


def _tell_mistake() -> None:
    now_s = time.monotonic()
    if _told_at_s and now_s - _told_at_s[0] < QUIET_S:
        return
    _told_at_s[:] = [now_s]
    for listener in _listeners:
        listener()
