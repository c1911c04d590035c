"""What live captions move, as their desk sees it, and what the settings mean to their core."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from audio.events import Problem
from desktop.core import captions_facts as cap
from desktop.core.captions_facts import Source
from desktop.core.captions_meeting import CaptionsSettings
from desktop.core.captions_view import CaptionsView
from desktop.core.timed_text import Bookmark, TimedText
from desktop.settings.schema import Settings
from desktop.ui.captions_words import label_of
from recognizer.base import Recognizer

_SOURCES: Final = {"both": (Source.ME, Source.OTHERS), "me": (Source.ME,), "others": (Source.OTHERS,)}


class Keeper(Protocol):
    """Who keeps the model loaded."""

    def acquire(self, holder: str, now_ms: float) -> None: ...
    def release(self, holder: str, now_ms: float) -> None: ...


class Screen(Protocol):
    """Where captions are read."""

    def show(self, view: CaptionsView) -> None: ...
    def hide(self) -> None: ...


class MeetingMemory(Protocol):
    """Where meetings are kept; none of it waits."""

    def begin(self, key: str, started: datetime, recording: Path | None) -> None: ...
    def add_line(self, key: str, number: int, line: TimedText) -> None: ...
    def add_bookmark(self, key: str, bookmark: Bookmark) -> None: ...
    def end(self, key: str, duration_ms: int) -> None: ...


@dataclass(frozen=True, slots=True)
class CaptionsParts:
    """What captions move. ``outputs`` take every caption that is published; ``changed``: redraw the tray."""

    recognizer: Recognizer
    keeper: Keeper
    screen: Screen
    memory: MeetingMemory
    post: Callable[[object], None]
    next_utterance_id: Callable[[], int]
    tell: Callable[[Problem], None]
    say: Callable[[str], None]
    outputs: Iterable[Callable[[cap.PublishCaption], None]]
    changed: Callable[[], None]
    recordings: Path


def core_settings(settings: Settings) -> CaptionsSettings:
    """What the settings mean to the core."""
    chosen = settings.captions
    return CaptionsSettings(
        sources=_SOURCES[chosen.source],
        label_me=chosen.label_me or label_of(Source.ME),
        label_others=chosen.label_others or label_of(Source.OTHERS),
        is_calm=chosen.mode == "calm",
        auto_stop_min=chosen.auto_stop_min,
        hide_after_s=chosen.hide_after_s,
        keywords=chosen.keywords,
    )
