"""One listening: from its first kept frame to ``ListeningEnded``. No thread, no device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from audio.ears import Ears
from audio.events import (
    AudioEvent,
    AudioFrame,
    FramesLost,
    LevelMeasured,
    ListeningEnded,
    ListeningStarted,
    MicrophoneChanged,
    Problem,
    SoundNotKept,
    SpeechEvent,
    SpeechStarted,
)
from audio.level import LevelMeter
from audio.pcm import FRAME_BYTES, FRAME_MS

SILENT_FRAME: Final = bytes(FRAME_BYTES)


class Listening:
    """Counts audio time from its own first frame and tells everything through ``emit``."""

    def __init__(self, listening_id: int, ears: Ears, emit: Callable[[AudioEvent], None]) -> None:
        self.listening_id = listening_id
        self.heard_ms = 0
        self.quiet_ms = 0
        """For how long nobody has been speaking by now."""
        self.zeros_ms = 0
        """How long every sample has been exactly zero by now."""
        self._ears = ears
        self._emit = emit
        self._meter = LevelMeter()
        self._speech_ms = 0
        self._lost_ms = 0
        self._is_told_unkept = False
        self._utterance_ids: list[int] = []
        self._notices: list[Problem] = []

    @property
    def is_stirring(self) -> bool:
        """Whether there is something to hear right now that may become speech, or is just noise."""
        return self._ears.gate.is_voiced

    @property
    def is_speaking(self) -> bool:
        """Whether an utterance is open."""
        return self._ears.segmenter.is_speaking

    def begin(self, source_name: str, pre_roll: list[bytes], start_ms: float) -> None:
        """Sound is there; ``pre_roll`` is what was heard before the request."""
        preroll_ms = len(pre_roll) * FRAME_MS
        self._emit(ListeningStarted(self.listening_id, source_name, preroll_ms, start_ms))
        for pcm in pre_roll:
            self.hear(pcm)

    def hear(self, pcm: bytes) -> None:
        """Take the next 20 ms."""
        frame = AudioFrame(pcm, self.heard_ms)
        self.heard_ms += FRAME_MS
        self._keep(pcm)
        self.zeros_ms = self.zeros_ms + FRAME_MS if pcm == SILENT_FRAME else 0
        dbfs = self._meter.feed(pcm)
        if dbfs is not None:
            self._emit(LevelMeasured(self.listening_id, dbfs, self.heard_ms))
        is_speech = self._ears.gate.is_speech(pcm)
        self.quiet_ms = 0 if is_speech else self.quiet_ms + FRAME_MS
        self._speech_ms += FRAME_MS if is_speech else 0
        self._tell(self._ears.segmenter.feed(frame, is_speech or not self._ears.is_endpointing))

    def _keep(self, pcm: bytes) -> None:
        journal = self._ears.journal
        if journal is None or self._is_told_unkept:
            return
        journal.append(pcm)
        if journal.problem is not None:
            self._is_told_unkept = True
            self._emit(SoundNotKept(self.listening_id, journal.problem))

    def hear_nothing(self, lost_ms: int) -> None:
        """Sound is missing: a gap of silence takes its place."""
        self.note_lost(lost_ms)
        self.fill(lost_ms)

    def fill(self, silence_ms: int) -> None:
        """Silence that nobody needs to know of, in whole frames."""
        for _ in range(silence_ms // FRAME_MS):
            self.hear(SILENT_FRAME)
        self.zeros_ms = 0  # ours, not the device's

    def note_lost(self, lost_ms: int) -> None:
        """Sound is missing, and silence has been put in its place already."""
        self._lost_ms += lost_ms
        self._emit(FramesLost(self.listening_id, lost_ms, self.heard_ms))

    def change_source(self, source_name: str, problem: Problem | None) -> None:
        """The sound comes from elsewhere, or something is wrong with where it comes from."""
        if problem is not None:
            self._notices.append(problem)
        self._emit(MicrophoneChanged(self.listening_id, source_name, problem))

    def notice(self, problem: Problem) -> None:
        """Something to be read when it is over."""
        self._notices.append(problem)

    def end(self, problem: Problem | None = None) -> None:
        """Tell the rest and that it is over."""
        self._tell(self._ears.segmenter.flush())
        journal = self._ears.journal
        path = journal.keep() if journal is not None else None
        self._finish(str(path) if path is not None else None, problem, is_cancelled=False)

    def cancel(self) -> None:
        """Forget the sound and tell that it is over."""
        self._tell(self._ears.segmenter.abandon())
        if self._ears.journal is not None:
            self._ears.journal.drop()
        self._finish(None, None, is_cancelled=True)

    def _finish(self, journal_path: str | None, problem: Problem | None, is_cancelled: bool) -> None:
        notices = [*self._notices, *self._ears.gate.notices]
        if self._ears.journal is not None and self._ears.journal.problem is not None:
            notices.append(self._ears.journal.problem)
        self._emit(
            ListeningEnded(
                listening_id=self.listening_id,
                heard_ms=self.heard_ms,
                speech_ms=self._speech_ms,
                utterance_ids=tuple(self._utterance_ids),
                peak_dbfs=self._meter.peak_dbfs,
                lost_ms=self._lost_ms,
                journal_path=journal_path,
                problem=problem,
                cancelled=is_cancelled,
                notices=tuple(dict.fromkeys(notices)),
            )
        )

    def _tell(self, events: list[SpeechEvent]) -> None:
        for event in events:
            if isinstance(event, SpeechStarted):
                self._utterance_ids.append(event.utterance_id)
            self._emit(event)
