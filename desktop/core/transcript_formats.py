"""A transcript as the text of a file: plain text, SRT, WebVTT, JSON, Markdown.

Nothing here has words of its own, so that a file is right in every language. What was said cannot break
a file: line ends in it become spaces, and what a format would read as its own marks is written
so that it is shown instead.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from desktop.core.cues import cues
from desktop.core.text_columns import plain
from desktop.core.timed_text import About, Bookmark, TimedText
from recognizer.events import Word

FORMATS: Final = ("txt", "srt", "vtt", "json", "md")
JSON_FORMAT: Final = "plosive-transcript"
JSON_VERSION: Final = 1
HEADING_EVERY_MS: Final = 10 * 60_000
_UNSEEN: Final = "\u200b"  # a space of no width, between characters that must not be read as one mark
_MARKDOWN: Final = re.compile(r"([\\`*_\[\]<>&#|~])")


def written(format_: str, lines: Sequence[TimedText], about: About) -> str:
    """The whole file. ``format_`` is one of ``FORMATS``; raises ``KeyError`` for another.

    SRT and WebVTT have cues of at most 2 lines of 42 columns and 7 s, in order and never two at once;
    all have ``lines`` in the order of their starts. An empty transcript is a valid file, too.
    """
    return _WRITERS[format_](sorted(lines, key=lambda line: line.start_ms), about)


def clock(ms: int, mark: str = "") -> str:
    """``01:02:03``; with a ``mark`` between ``01:02:03,004``. Hours may have more than two digits.

    >>> clock(3_723_004), clock(3_723_004, "."), clock(360_000_000)
    ('01:02:03', '01:02:03.004', '100:00:00')
    """
    seconds, rest_ms = divmod(max(0, ms), 1000)
    whole = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    return f"{whole}{mark}{rest_ms:03}" if mark else whole


def _txt(lines: Sequence[TimedText], about: About) -> str:
    del about
    said = ((plain(line.speaker), plain(line.text)) for line in lines)
    return "".join(f"{speaker}: {text}\n" if speaker else f"{text}\n" for speaker, text in said if text)


def _srt(lines: Sequence[TimedText], about: About) -> str:
    del about
    made = enumerate(cues(lines, is_labelled=True), start=1)
    return "".join(
        f"{number}\n{clock(cue.start_ms, ',')} --> {clock(cue.end_ms, ',')}\n{_srt_text(cue.lines)}\n\n"
        for number, cue in made
    )


def _srt_text(lines: Sequence[str]) -> str:
    """SRT knows no escaping: marks of its tags and times are taken apart by something unseen."""
    apart = re.sub(r"<(?=[A-Za-z/!])|\{(?=\\)", lambda mark: mark[0] + _UNSEEN, "\n".join(lines))
    return apart.replace("-->", f"--{_UNSEEN}>")


def _vtt(lines: Sequence[TimedText], about: About) -> str:
    notes = [plain(about.title).replace("-->", f"--{_UNSEEN}>"), *_facts(about)]
    note = "\n".join(filter(None, notes)).replace("-->", f"--{_UNSEEN}>")
    made = (
        f"{clock(cue.start_ms, '.')} --> {clock(cue.end_ms, '.')}\n"
        f"{_voice(cue.speaker)}{_vtt_escaped(chr(10).join(cue.lines))}\n\n"
        for cue in cues(lines)
    )
    return "WEBVTT\n\n" + (f"NOTE\n{note}\n\n" if note else "") + "".join(made)


def _voice(speaker: str) -> str:
    name = plain(speaker)
    return f"<v {_vtt_escaped(name)}>" if name else ""


def _vtt_escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _json(lines: Sequence[TimedText], about: About) -> str:
    head = {"format": JSON_FORMAT, "version": JSON_VERSION} | asdict(about) | {"options": dict(about.options)}
    whole = json.dumps(head | {"lines": [asdict(line) for line in lines]}, ensure_ascii=False, indent=1)
    return whole.encode("utf-8", "replace").decode("utf-8") + "\n"


class NotATranscript(ValueError):
    """A text is no transcript in JSON, or one of a newer version."""


def read_json(text: str) -> tuple[list[TimedText], About]:
    """What ``written("json", …)`` wrote. Raises ``NotATranscript``."""
    try:
        known: dict[str, Any] = json.loads(text)
        if known.pop("format") != JSON_FORMAT or known.pop("version") > JSON_VERSION:
            raise NotATranscript("another format, or a newer version")
        lines = [
            TimedText(**each | {"words": tuple(Word(**word) for word in each["words"])})
            for each in known.pop("lines")
        ]
        known["options"] = tuple(known["options"].items())
        known["bookmarks"] = tuple(Bookmark(**each) for each in known["bookmarks"])
        return lines, About(**known)
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise NotATranscript(str(error)) from error


def _md(lines: Sequence[TimedText], about: About) -> str:
    return "\n\n".join(_md_parts(lines, about)) + "\n"


def _md_parts(lines: Sequence[TimedText], about: About) -> Iterator[str]:
    yield f"# {_md_escaped(about.title) or '–'}"
    if facts := _facts(about):
        yield "\n".join(f"- {_md_escaped(fact)}" for fact in facts)
    if about.bookmarks:
        yield "\n".join(f"- {_md_bookmark(mark)}" for mark in sorted(about.bookmarks, key=_when))
    marks = sorted(about.bookmarks, key=_when)
    next_heading_ms = HEADING_EVERY_MS
    for line in lines:
        if line.start_ms >= next_heading_ms:
            reached_ms = line.start_ms // HEADING_EVERY_MS * HEADING_EVERY_MS
            yield f"## {clock(reached_ms)}"
            next_heading_ms = reached_ms + HEADING_EVERY_MS
        while marks and marks[0].at_ms < line.start_ms:
            yield f"> {_md_bookmark(marks.pop(0))}"
        if text := _md_escaped(line.text):
            speaker = _md_escaped(line.speaker)
            yield f"**{clock(line.start_ms)}{f' {speaker}:' if speaker else ''}** {text}"
    yield from (f"> {_md_bookmark(mark)}" for mark in marks)


def _when(mark: Bookmark) -> int:
    return mark.at_ms


def _md_bookmark(mark: Bookmark) -> str:
    return f"🔖 **{clock(mark.at_ms)}** {_md_escaped(mark.note)}".rstrip()


def _md_escaped(text: str) -> str:
    return _MARKDOWN.sub(r"\\\1", plain(text))


def _facts(about: About) -> list[str]:
    """When, how long, by which model on what, with which options: one line each."""
    model = " · ".join(filter(None, (plain(about.model), plain(about.device))))
    length = clock(about.duration_ms) if about.duration_ms > 0 else ""
    options = [f"{plain(name)}: {plain(value)}" for name, value in about.options]
    return [fact for fact in (_moment(about.started_utc), length, model, *options) if fact]


def _moment(started_utc: str) -> str:
    """``2026-11-21 09:30 UTC``; what is no time is told as it is."""
    try:
        return f"{datetime.fromisoformat(started_utc):%Y-%m-%d %H:%M} UTC"
    except ValueError:
        return plain(started_utc)


_WRITERS: Final[dict[str, Callable[[Sequence[TimedText], About], str]]] = {
    "txt": _txt, "srt": _srt, "vtt": _vtt, "json": _json, "md": _md,
}  # fmt: skip
