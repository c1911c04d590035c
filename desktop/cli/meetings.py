"""``plosive meetings``: what was said in meetings, from the command line."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from audio.events import Problem
from desktop.cli import output
from desktop.cli.history import history_folder
from desktop.cli.output import CommandFailed
from desktop.core.transcript_formats import FORMATS, clock
from desktop.history import HistoryFailed, HistoryStore, Meeting, Transcript
from desktop.history.entry import time_text
from desktop.history.meeting_export import text_of, write_text
from desktop.history.meetings import deleting
from desktop.history.store import FILE_NAME
from desktop.meeting_sound import drop_sound
from desktop.oslayer.paths import app_paths, runtime_folder
from desktop.oslayer.single_instance import ControlClient, ControlFailed

SHOWN_ID: Final = 8
LAST, ALL = "last", "all"


def run_list(arguments: Namespace) -> int:
    """Print the meetings, the newest last."""
    with _read() as store:
        meetings = store.meetings.latest()
    if arguments.json:
        output.result_json([_as_dict(each) for each in meetings])
        return output.OK
    for meeting in reversed(meetings):
        output.result(_line(meeting))
    if not meetings:
        output.say("There are no meetings.")
    return output.OK


def run_show(arguments: Namespace) -> int:
    """Print what was said, with times."""
    with _read() as store:
        transcript = _transcript(store, arguments.id)
    if arguments.json:
        output.result(text_of(transcript, "json", _title(transcript.meeting)).rstrip("\n"))
        return output.OK
    output.say(_line(transcript.meeting))
    for _, line in transcript.lines:
        output.result(_said(line.start_ms, line.speaker, line.text))
    return output.OK


def run_search(arguments: Namespace) -> int:
    """Print who said the words, when; exit code 1 when nobody did."""
    with _read() as store:
        found = store.meetings.search(" ".join(arguments.words))
        hits = [(each, _hits(store, each.meeting.key, each.numbers)) for each in found]
    if arguments.json:
        output.result_json([_as_dict(each.meeting) | {"hits": rows} for each, rows in hits])
    else:
        for each, rows in reversed(hits):
            output.result(_line(each.meeting))
            for row in rows:
                output.result(f"  {_said(row['start_ms'], row['speaker'], row['text'])}")
    if not hits:
        output.say("Nobody said that.")
    return output.OK if hits else output.FAILED


def run_export(arguments: Namespace) -> int:
    """Write one into a file of mode 0600, or to stdout."""
    out = str(arguments.out)
    form = arguments.format or ("txt" if out == "-" else Path(out).suffix.removeprefix(".").lower())
    if form not in FORMATS:
        remedy = f"Name a file that ends in {', '.join(FORMATS)}, or add --format."
        raise CommandFailed(Problem("meetings.format", f"{out!r} does not tell a format.", remedy))
    with _read() as store:
        transcript = _transcript(store, arguments.id)
    text = text_of(transcript, form, _title(transcript.meeting))
    if out == "-":
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        write_text(Path(out), text)
    return output.OK


def run_rename(arguments: Namespace) -> int:
    """Give a meeting a name."""
    with _write() as store:
        store.meetings.rename(_found(store, arguments.id).key, arguments.name)
    return output.OK


def run_delete(arguments: Namespace) -> int:
    """Forget a meeting (or all of them) and its sound, after asking. One that goes on stays."""
    with _write() as store:
        if not _is_running():
            store.meetings.close_leftovers()
        meetings = store.meetings.latest(-1) if arguments.id == ALL else [_found(store, arguments.id)]
        over = [each for each in meetings if not each.is_open]
        if meetings and not over:
            raise CommandFailed(Problem("meetings.open", "This meeting goes on.", "End the captions first."))
        if not arguments.yes and not _agreed(over):
            remedy = f"To do it: plosive meetings delete {arguments.id} --yes"
            raise CommandFailed(Problem("meetings.kept", "Nothing was deleted.", remedy))
        forgotten = deleting(*(each.key for each in over))(store)
    for recording in forgotten.recordings:
        drop_sound(Path(recording), app_paths().data / "meetings")
    output.say(f"{len(over)} meetings deleted.")
    return output.OK


# --- inside -------------------------------------------------------------------------------------------


@contextmanager
def _read() -> Iterator[HistoryStore]:
    with HistoryStore(history_folder(), is_read_only=True) as store:
        yield store


@contextmanager
def _write() -> Iterator[HistoryStore]:
    """Written here, then told to the running program, so that its windows show it."""
    if not (history_folder() / FILE_NAME).is_file():
        raise HistoryFailed(_unknown(""))
    with HistoryStore(history_folder()) as store:
        yield store
    with suppress(ControlFailed):
        ControlClient(runtime_folder() / "control.sock").call("reread-history", timeout_s=5.0)


def _is_running() -> bool:
    try:
        ControlClient(runtime_folder() / "control.sock").call("status", timeout_s=5.0)
    except ControlFailed:
        return False
    return True


def _found(store: HistoryStore, name: str) -> Meeting:
    """The meeting whose id begins so, or the last one. Raises ``CommandFailed``."""
    meetings = store.meetings.latest(-1)
    found = (
        meetings[:1] if name == LAST else [each for each in meetings if name and each.key.startswith(name)]
    )
    if not found:
        raise CommandFailed(_unknown(name))
    if len(found) > 1:
        remedy = "Give more letters: " + ", ".join(each.key for each in found[:5])
        raise CommandFailed(Problem("meetings.many", f"Several meetings begin with {name!r}.", remedy))
    return found[0]


def _unknown(name: str) -> Problem:
    what = f"There is no meeting {name!r}." if name not in {"", LAST} else "There are no meetings."
    return Problem("meetings.unknown", what, "plosive meetings list shows them.")


def _transcript(store: HistoryStore, name: str) -> Transcript:
    transcript = store.meetings.transcript(_found(store, name).key)
    if transcript is None:  # deleted in this very moment
        raise CommandFailed(_unknown(name))
    return transcript


def _hits(store: HistoryStore, key: str, numbers: tuple[int, ...]) -> list[dict[str, Any]]:
    transcript = store.meetings.transcript(key)
    lines = dict(transcript.lines) if transcript else {}
    return [
        {"start_ms": line.start_ms, "end_ms": line.end_ms, "speaker": line.speaker, "text": line.text}
        for number in numbers
        if (line := lines.get(number)) is not None
    ]


def _as_dict(meeting: Meeting) -> dict[str, Any]:
    ended = time_text(meeting.ended_utc) if meeting.ended_utc else None
    return {
        "id": meeting.key, "title": meeting.title, "started_utc": time_text(meeting.started_utc),
        "ended_utc": ended, "ended_by": meeting.ended_by, "duration_ms": meeting.duration_ms,
        "words": meeting.word_count, "is_kept": meeting.is_kept, "model": meeting.model,
        "device": meeting.device, "recording": meeting.recording,
    }  # fmt: skip


def _line(meeting: Meeting) -> str:
    """``1f0c9a3e  2026-11-21 10:00  00:52:10   4851 words  Weekly``."""
    local = meeting.started_utc.astimezone()
    end = "goes on" if meeting.is_open else "ended unexpectedly" if meeting.ended_by else ""
    note = "  ".join(filter(None, (meeting.title, f"({end})" if end else "")))
    figures = f"{clock(meeting.duration_ms)}  {meeting.word_count:>6} words"
    return f"{meeting.key[:SHOWN_ID]:<{SHOWN_ID}}  {local:%Y-%m-%d %H:%M}  {figures}  {note}".rstrip()


def _title(meeting: Meeting) -> str:
    return f"{meeting.started_utc.astimezone():%Y-%m-%d %H:%M}"


def _said(start_ms: int, speaker: str, text: str) -> str:
    return f"{clock(start_ms)}  {f'{speaker}: ' if speaker else ''}{' '.join(text.split())}"


def _agreed(meetings: list[Meeting]) -> bool:
    if not sys.stdin.isatty():
        return False
    rows = "".join(f"{_line(each)}\n" for each in meetings)
    sys.stderr.write(f"{rows}Delete {len(meetings)} meetings, for good? [y/N] ")
    sys.stderr.flush()
    return sys.stdin.readline().strip().lower() in {"y", "yes", "j", "ja", "是"}
