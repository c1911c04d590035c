"""What follows when a dictation has come to its end: history, kept audio, words to the user."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from desktop.core.commands import (
    Command,
    Cue,
    DropAudio,
    KeepAudio,
    Phase,
    PlayCue,
    SaveDictation,
    TellProblem,
)
from desktop.core.dictation import NOTHING_HEARD, Dictation
from desktop.core.events import Problem, TextLanded, TextRefused

ON_CLIPBOARD: Final = "The text is on the clipboard: press Ctrl+V."


def landed(dictation: Dictation, event: TextLanded, now_ms: float) -> Iterator[Command]:
    """The text stands in the window."""
    dictation.phase, dictation.landed_ms = Phase.LANDED, now_ms
    lost = dictation.transcript.problem or (dictation.ended.problem if dictation.ended else None)
    yield SaveDictation(dictation.record(landed=True, method=event.method, problem=lost))
    yield from _settle_audio(dictation, lost)
    if event.notice:
        yield TellProblem(event.notice)
    yield PlayCue(Cue.LANDED)
    if lost:  # after the cue, which ends older trouble: this one stays in the tray
        yield TellProblem(lost)


def refused(dictation: Dictation, event: TextRefused) -> Iterator[Command]:
    """There is text, but not in the window; on the clipboard it is safe as well."""
    if dictation.is_retry and event.on_clipboard:
        yield from _retried(dictation)
        return
    dictation.phase, dictation.notice = Phase.FAILED, event.problem.sentence
    method = "clipboard" if event.on_clipboard else ""
    yield SaveDictation(dictation.record(landed=False, method=method, problem=event.problem))
    yield from _settle_audio(dictation, None if event.on_clipboard else event.problem)
    yield TellProblem(event.problem)
    yield PlayCue(Cue.FAILED)


def _retried(dictation: Dictation) -> Iterator[Command]:
    """The text of a retry has no window: on the clipboard is where it belongs."""
    dictation.phase, dictation.notice = Phase.LANDED, ON_CLIPBOARD
    yield SaveDictation(dictation.record(landed=False, method="clipboard", problem=None))
    yield from _settle_audio(dictation, None)
    yield PlayCue(Cue.LANDED)


def failed(dictation: Dictation, problem: Problem) -> Iterator[Command]:
    """There is no text. Where there was speech, its sound is kept for another try."""
    dictation.phase, dictation.notice = Phase.FAILED, problem.sentence
    heard_speech = dictation.ended is not None and dictation.ended.speech_ms > 0
    if heard_speech:
        yield SaveDictation(dictation.record(landed=False, method="", problem=problem))
    is_worth_keeping = heard_speech or dictation.is_retry  # what was kept once is not lost by trying again
    yield from _settle_audio(dictation, problem if is_worth_keeping else None)
    if problem is not NOTHING_HEARD:  # the overlay's word is enough for a key held in silence
        yield TellProblem(problem)
    yield PlayCue(Cue.FAILED)


def _settle_audio(dictation: Dictation, lost: Problem | None) -> Iterator[Command]:
    """Keep the sound when some of it did not become text, else drop it."""
    if dictation.journal_path is None:
        return
    if lost is None:
        yield DropAudio(dictation.journal_path)
    else:
        yield KeepAudio(dictation.dictation_id, dictation.journal_path, lost)
