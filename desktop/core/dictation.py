"""One press-to-finish act of the user: what is known of it so far."""

from __future__ import annotations

from dataclasses import dataclass, field

from audio.events import ListeningEnded, Problem
from desktop.core.commands import DictationLatencies, DictationRecord, Phase
from desktop.core.events import Origin, TargetWindow
from desktop.core.transcript import Transcript

NOTHING_HEARD = Problem(
    "nothing-heard",
    "No speech was heard.",
    "Check that the right microphone is chosen in the tray menu and that it is not muted.",
)
TOO_QUIET = Problem(
    "too-quiet",
    "The microphone delivered almost no sound.",
    "Raise the input volume or choose another microphone in the tray menu.",
)
NOT_UNDERSTOOD = Problem(
    "not-understood",
    "Speech was heard, but no words were understood.",
    "The recording is kept: try again from the tray menu, with another model if you like.",
)
_TOO_QUIET_DBFS = -60.0
_SILENT = "microphone.silent"  # muted, or dead: it says more than that there was little to hear


@dataclass(slots=True)
class Dictation:
    """State of one dictation; times are monotonic wall ms.

    ``retried_path``: the kept recording that is heard again; "": the user is speaking.
    """

    dictation_id: int
    origin: Origin
    target: TargetWindow | None
    started_ms: float
    phase: Phase = Phase.LISTENING
    locked: bool = False
    stopped_ms: float | None = None
    first_frame_ms: float | None = None
    first_partial_ms: float | None = None
    final_ms: float | None = None
    landed_ms: float | None = None
    dbfs: float = -96.0
    notice: str = ""
    is_shown: bool = False
    retried_path: str = ""
    ended: ListeningEnded | None = None
    text: str = ""
    shown_problems: set[Problem] = field(default_factory=set)
    transcript: Transcript = field(default_factory=Transcript)

    @property
    def is_listening(self) -> bool:
        """The user has not finished speaking."""
        return self.phase is Phase.LISTENING

    @property
    def is_retry(self) -> bool:
        """It hears a kept recording again."""
        return bool(self.retried_path)

    @property
    def is_complete(self) -> bool:
        """All sound is in and every utterance is answered."""
        return self.ended is not None and self.transcript.is_settled

    @property
    def journal_path(self) -> str | None:
        """Where the sound is kept."""
        return self.ended.journal_path if self.ended else None

    def why_empty(self) -> Problem:
        """Why there is no text: the first cause that is known."""
        if self.ended is None:
            return NOTHING_HEARD
        if self.ended.problem:
            return self.ended.problem
        if self.transcript.problem:
            return self.transcript.problem
        if self.ended.speech_ms > 0:
            return NOT_UNDERSTOOD
        if silent := [one for one in self.ended.notices if one.code == _SILENT]:
            return silent[0]
        return TOO_QUIET if self.ended.peak_dbfs < _TOO_QUIET_DBFS else NOTHING_HEARD

    def record(self, *, landed: bool, method: str, problem: Problem | None) -> DictationRecord:
        """The finished dictation as history knows it."""
        return DictationRecord(
            dictation_id=self.dictation_id,
            text=self.text,
            origin=self.origin,
            heard_ms=self.ended.heard_ms if self.ended else 0,
            speech_ms=self.ended.speech_ms if self.ended else 0,
            window_class=self.target.wm_class if self.target else "",
            landed=landed,
            method=method,
            latencies=self._latencies(),
            problem=problem,
            journal_path=self.journal_path,
        )

    def _latencies(self) -> DictationLatencies:
        return DictationLatencies(
            key_down_to_first_frame_ms=self.first_frame_ms,
            key_down_to_first_partial_ms=_since(self.started_ms, self.first_partial_ms),
            key_up_to_final_ms=_since(self.stopped_ms, self.final_ms),
            key_up_to_landed_ms=_since(self.stopped_ms, self.landed_ms),
            engine_ms=self.transcript.engine_ms,
        )


def _since(start_ms: float | None, end_ms: float | None) -> float | None:
    return None if start_ms is None or end_ms is None else end_ms - start_ms
