"""Dictation from the request to the text in the window: events in, commands out.

A new dictation may begin while earlier ones are still being recognised; texts are inserted in
the order they were spoken. The session knows no thread, no clock and no file: the time of each
event comes with it.

Over 250 lines because it is one state machine: what one event does to a dictation must be read
beside what the others do. What has no state stands in ``dictation``, ``transcript``, ``outcome``.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from audio.events import FramesLost, LevelMeasured, ListeningEnded, ListeningStarted, MicrophoneChanged
from desktop.core import events as ev
from desktop.core import outcome
from desktop.core.commands import (
    AcquireLease,
    CancelListening,
    CancelUtterances,
    Command,
    Cue,
    DropAudio,
    HideOverlay,
    InsertText,
    OverlayView,
    Phase,
    PlayCue,
    ReleaseLease,
    ReplayAudio,
    ShowOverlay,
    StartListening,
    StopListening,
    TellProblem,
    WatchCancelKey,
)
from desktop.core.dictation import Dictation
from desktop.core.text_rules import for_insertion
from recognizer import events as rec

LEASE = "dictation"


@dataclass(frozen=True, slots=True)
class SessionSettings:
    """``appear_ms``: a shorter press (a shortcut, a slip) shows no overlay."""

    append_space: bool = True
    appear_ms: float = 150.0
    landed_shown_ms: int = 900
    failed_shown_ms: int = 4000


class DictationSession:
    """The core of dictation; see the module's docstring."""

    def __init__(self, settings: SessionSettings) -> None:
        self.settings = settings
        self._dictations: dict[int, Dictation] = {}
        self._next_id = 1
        self._loading_since_ms: float | None = None
        self._unavailable: ev.Problem | None = None
        self._thrown_away: set[int] = set()  # cancelled listenings whose end is still to be told
        self._told_notices: set[str] = set()

    # --- what others may ask -----------------------------------------------------------------

    @property
    def listening(self) -> Dictation | None:
        """The dictation that hears the microphone now."""
        return next((d for d in self._dictations.values() if d.is_listening), None)

    @property
    def phase(self) -> Phase | None:
        """The phase of the latest unfinished dictation; ``None`` when there is none."""
        latest = self._latest()
        return latest.phase if latest else None

    @property
    def wants_time(self) -> bool:
        """True while ``TimePassed`` events matter (elapsed time, delayed overlay, loading time)."""
        return bool(self._dictations)

    # --- events ------------------------------------------------------------------------------

    def handle(self, event: object, now_ms: float) -> list[Command]:
        """Commands that follow from ``event`` at ``now_ms``; unknown events mean nothing here."""
        match event:
            case ev.StartRequested():
                return list(self._start(event))
            case ev.StopRequested():
                return list(self._stop(event.now_ms))
            case ev.CancelRequested():
                return list(self._cancel(event.now_ms))
            case ev.RetryRequested():
                return list(self._retry(event))
            case ev.TextLanded() | ev.TextRefused():
                return list(self._answered(event, now_ms))
            case ev.ModelUnavailable():
                return list(self._model_unavailable(event.problem, now_ms))
            case ev.DictationLocked():
                return list(self._locked(now_ms))
            case ev.TimePassed():
                return list(self._show_latest(now_ms))
            case rec.WorkerStarting() | rec.Loading() | rec.Ready() | rec.LoadFailed() | rec.WorkerExited():
                return list(self._model_changed(event, now_ms))
            case rec.Partial() | rec.Final() | rec.UtteranceFailed():
                return list(self._text(event, now_ms))
            case _:
                return list(self._sound(event, now_ms))

    def _sound(self, event: object, now_ms: float) -> Iterator[Command]:
        match event:
            case ListeningStarted():
                yield from self._listening_started(event, now_ms)
            case LevelMeasured():
                if dictation := self._dictations.get(event.listening_id):
                    dictation.dbfs = event.dbfs
                    yield from self._show_latest(now_ms)
            case MicrophoneChanged():
                yield from self._microphone_changed(event, now_ms)
            case FramesLost():
                if dictation := self._dictations.get(event.listening_id):
                    dictation.notice = f"The microphone lost {event.lost_ms} ms of sound."
            case ListeningEnded():
                yield from self._listening_ended(event, now_ms)
            case ev.UtteranceOpened():
                yield from self._utterance_opened(event)

    def _utterance_opened(self, event: ev.UtteranceOpened) -> Iterator[Command]:
        if dictation := self._dictations.get(event.dictation_id):
            dictation.transcript.open(event.utterance_id)
            if self._unavailable:
                yield from self._give_up(dictation, (event.utterance_id,), self._unavailable)
        else:  # cancelled while its first sound was on the way
            yield CancelUtterances((event.utterance_id,))

    # --- beginning and end of listening ----------------------------------------------------------

    def _start(self, event: ev.StartRequested) -> Iterator[Command]:
        if self.listening:
            return
        dictation = self._new(event.origin, event.target, event.now_ms)
        yield StartListening(dictation.dictation_id)
        yield AcquireLease(LEASE, event.now_ms)
        yield WatchCancelKey(True)

    def _retry(self, event: ev.RetryRequested) -> Iterator[Command]:
        if any(each.retried_path == event.journal_path for each in self._dictations.values()):
            return
        dictation = self._new(ev.Origin.TRAY, event.target, event.now_ms)
        dictation.phase, dictation.retried_path = Phase.RECOGNISING, event.journal_path
        yield AcquireLease(LEASE, event.now_ms)
        yield ReplayAudio(dictation.dictation_id, event.journal_path)

    def _new(self, origin: ev.Origin, target: ev.TargetWindow | None, now_ms: float) -> Dictation:
        dictation = Dictation(self._next_id, origin, target, now_ms)
        self._dictations[self._next_id] = dictation
        self._next_id += 1
        return dictation

    def _listening_started(self, event: ListeningStarted, now_ms: float) -> Iterator[Command]:
        dictation = self._dictations.get(event.listening_id)
        if dictation is None:
            return
        dictation.first_frame_ms = event.start_ms
        yield PlayCue(Cue.READY)
        yield from self._show_latest(now_ms)

    def _locked(self, now_ms: float) -> Iterator[Command]:
        if dictation := self.listening:
            dictation.locked = True
            yield from self._show_latest(now_ms)

    def _microphone_changed(self, event: MicrophoneChanged, now_ms: float) -> Iterator[Command]:
        dictation = self._dictations.get(event.listening_id)
        if dictation is None:
            return
        dictation.notice = event.problem.sentence if event.problem else ""
        if event.problem:
            dictation.shown_problems.add(event.problem)
        yield from self._show_latest(now_ms)

    def _stop(self, now_ms: float) -> Iterator[Command]:
        dictation = self.listening
        if dictation is None:
            return
        dictation.phase, dictation.stopped_ms = Phase.RECOGNISING, now_ms
        yield StopListening(dictation.dictation_id)
        yield WatchCancelKey(False)
        yield from self._show_latest(now_ms)

    def _listening_ended(self, event: ListeningEnded, now_ms: float) -> Iterator[Command]:
        dictation = self._dictations.get(event.listening_id)
        if dictation is None:
            if event.listening_id in self._thrown_away and event.journal_path:
                yield DropAudio(event.journal_path)  # it had ended before it heard that it was cancelled
            self._thrown_away.discard(event.listening_id)
            return
        yield from self._tell_notices(dictation, event)
        if dictation.is_listening:  # the microphone failed, or the longest time was reached
            dictation.phase, dictation.stopped_ms = Phase.RECOGNISING, now_ms
            dictation.notice = event.problem.sentence if event.problem else dictation.notice
            yield WatchCancelKey(False)
            yield from self._show_latest(now_ms)  # who goes on speaking must see that nobody listens
        dictation.ended = event
        for utterance_id in event.utterance_ids:
            dictation.transcript.open(utterance_id)
        yield from self._advance(now_ms)

    def _tell_notices(self, dictation: Dictation, event: ListeningEnded) -> Iterator[Command]:
        """What should be read about the listening: why it ended by itself; all else once in a run."""
        for notice in event.notices:
            is_shown = notice == event.problem or notice in dictation.shown_problems
            if not is_shown and (dictation.is_listening or notice.code not in self._told_notices):
                self._told_notices.add(notice.code)
                yield TellProblem(notice)

    def _cancel(self, now_ms: float) -> Iterator[Command]:
        """Throw away what is being said, or else what is still being recognised."""
        dictation = self.listening or self._latest()
        if dictation is None or dictation.phase is Phase.INSERTING:
            return
        if dictation.is_listening or dictation.ended is None:
            yield CancelListening(dictation.dictation_id)
            yield WatchCancelKey(False)
            if not dictation.is_retry:
                self._thrown_away.add(dictation.dictation_id)
        yield CancelUtterances(dictation.transcript.utterance_ids)
        if dictation.journal_path and not dictation.is_retry:
            yield DropAudio(dictation.journal_path)
        if dictation.is_shown:
            yield PlayCue(Cue.CANCELLED)
        yield from self._forget(dictation, now_ms, shown_ms=0)
        yield from self._advance(now_ms)

    # --- text ----------------------------------------------------------------------------------

    def _text(self, event: rec.Partial | rec.Final | rec.UtteranceFailed, now_ms: float) -> Iterator[Command]:
        owner = next((d for d in self._dictations.values() if d.transcript.owns(event.utterance_id)), None)
        if owner is None or not owner.transcript.take(event):
            return
        if isinstance(event, rec.Partial) and owner.first_partial_ms is None:
            owner.first_partial_ms = now_ms
        if isinstance(event, rec.Final):
            owner.final_ms = now_ms
            if event.notice is not None:
                yield TellProblem(event.notice)
        yield from self._advance(now_ms)
        yield from self._show_latest(now_ms)

    def _advance(self, now_ms: float) -> Iterator[Command]:
        """Bring finished dictations out, first spoken first; one insertion at a time."""
        for dictation in list(self._dictations.values()):
            if dictation.phase is not Phase.RECOGNISING or not dictation.is_complete:
                return
            dictation.text = for_insertion(
                dictation.transcript.final_text, append_space=self.settings.append_space
            )
            if dictation.text:
                dictation.phase = Phase.INSERTING
                yield InsertText(dictation.dictation_id, dictation.text, dictation.target)
                return
            yield from outcome.failed(dictation, dictation.why_empty())
            yield from self._forget(dictation, now_ms, shown_ms=self.settings.failed_shown_ms)

    def _answered(self, event: ev.TextLanded | ev.TextRefused, now_ms: float) -> Iterator[Command]:
        dictation = self._dictations.get(event.dictation_id)
        if dictation is None:
            return
        if isinstance(event, ev.TextLanded):
            yield from outcome.landed(dictation, event, now_ms)
            yield from self._forget(dictation, now_ms, shown_ms=self.settings.landed_shown_ms)
        else:
            yield from outcome.refused(dictation, event)
            yield from self._forget(dictation, now_ms, shown_ms=self.settings.failed_shown_ms)
        yield from self._advance(now_ms)

    # --- the model ------------------------------------------------------------------------------

    def _model_unavailable(self, problem: ev.Problem, now_ms: float) -> Iterator[Command]:
        """Whatever waits for text waits in vain; who still speaks goes on, into the journal."""
        self._unavailable = problem
        for dictation in list(self._dictations.values()):
            yield from self._give_up(dictation, dictation.transcript.pending_ids, problem)
            dictation.notice = problem.sentence
        yield from self._advance(now_ms)
        yield from self._show_latest(now_ms)

    def _give_up(
        self, dictation: Dictation, utterance_ids: tuple[int, ...], problem: ev.Problem
    ) -> Iterator[Command]:
        for utterance_id in utterance_ids:
            dictation.transcript.take(rec.UtteranceFailed(utterance_id, problem))
        if utterance_ids:
            yield CancelUtterances(utterance_ids)

    def _model_changed(
        self,
        event: rec.WorkerStarting | rec.Loading | rec.Ready | rec.LoadFailed | rec.WorkerExited,
        now_ms: float,
    ) -> Iterator[Command]:
        is_loading = isinstance(event, rec.WorkerStarting | rec.Loading)
        if is_loading:
            self._unavailable = None
            self._loading_since_ms = now_ms if self._loading_since_ms is None else self._loading_since_ms
        else:
            self._loading_since_ms = None
        yield from self._show_latest(now_ms)

    # --- showing -------------------------------------------------------------------------------

    def _forget(self, dictation: Dictation, now_ms: float, *, shown_ms: int) -> Iterator[Command]:
        del self._dictations[dictation.dictation_id]
        if dictation.phase in (Phase.LANDED, Phase.FAILED) and not self.listening:
            yield ShowOverlay(self._view(dictation, now_ms))
        if not self._dictations:
            yield HideOverlay(shown_ms)
            yield ReleaseLease(LEASE, now_ms)

    def _latest(self) -> Dictation | None:
        return next(reversed(self._dictations.values()), None)

    def _show_latest(self, now_ms: float) -> Iterator[Command]:
        dictation = self.listening or self._latest()
        if dictation is None or now_ms - dictation.started_ms < self.settings.appear_ms:
            return
        dictation.is_shown = True
        yield ShowOverlay(self._view(dictation, now_ms))

    def _view(self, dictation: Dictation, now_ms: float) -> OverlayView:
        committed, tentative = dictation.transcript.shown
        loading = self._loading_since_ms
        return OverlayView(
            phase=dictation.phase,
            committed=committed,
            tentative=tentative,
            dbfs=dictation.dbfs,
            elapsed_ms=now_ms - dictation.started_ms,
            locked=dictation.locked,
            loading_ms=None if loading is None else now_ms - loading,
            notice=dictation.notice,
        )
