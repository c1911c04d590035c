"""``plosive doctor``: the desktop session, the dictation key, inserting text, the tray."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from audio.events import Problem
from desktop.cli.checks import Check, Verdict, of_backends
from desktop.oslayer import hotkeys, injection, tray_host
from desktop.oslayer.session import SessionKind, detect_session
from desktop.settings.schema import Settings

NO_SESSION: Final = Problem(
    "doctor.no_session",
    "No desktop session was found (neither DISPLAY nor WAYLAND_DISPLAY is set).",
    "Run it in a terminal of your desktop, not over ssh or on a console.",
)
NO_KEY: Final = Problem(
    "doctor.no_key",
    "The dictation key cannot be observed here.",
    "Bind plosive toggle to a key in the desktop's own settings.",
)
NO_INSERTION: Final = Problem(
    "doctor.no_insertion",
    "Text cannot be put into other windows here.",
    "Copy it from the tray's menu or with plosive history.",
)


def session() -> Iterator[Check]:
    """X11, Wayland or nothing."""
    found = detect_session()
    if found.kind is SessionKind.NONE:
        yield Check("desktop", "session", Verdict.BROKEN, NO_SESSION.sentence, NO_SESSION.remedy)
        return
    name = f"{found.kind.value} {found.display} {found.desktop}".strip()
    yield Check("desktop", "session", Verdict.FOUND, name)


def hotkey(settings: Settings) -> list[Check]:
    """Whether the key is seen going down and up."""
    key = hotkeys.parse_key(settings.hotkey.key)
    return of_backends("hotkey", hotkeys.reports(detect_session(), key), Verdict.BROKEN, NO_KEY)


def insertion() -> list[Check]:
    """Ways to insert text."""
    return of_backends("insert", injection.reports(detect_session()), Verdict.BROKEN, NO_INSERTION)


def tray() -> list[Check]:
    """Something that shows the icon; there is a window for want of it."""
    none = Problem("doctor.no_tray", "No tray was found.", tray_host.NO_HOST)
    return of_backends("tray", tray_host.reports(detect_session()), Verdict.MISSING, none)
