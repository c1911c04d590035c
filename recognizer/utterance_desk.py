"""Takes utterances in, hands their answers out, and tells a fresh worker all that is still owed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from audio.events import Problem
from audio.pcm import SAMPLE_BYTES, SAMPLE_RATE_HZ
from recognizer import events, inbox, messages
from recognizer.base import EmitRecognizerEvent
from recognizer.ledger import Ledger, Utterance

_PIECE_BYTES: Final = 32_000
MOST_WAITING_MS: Final[dict[int, int]] = {events.Priority.FILE: 600_000, events.Priority.CAPTIONS: 300_000}
"""Sound of this or a higher priority that may wait before another utterance is refused; a dictation never
is. For files so much that the worker can make large batches of utterances of like length."""


class UtteranceDesk:
    """The ledger, with ``say`` towards the worker (dropped while none is ready) and ``emit`` outside.

    ``blocked_by`` is the problem of a failed load: what ends now cannot be recognised. Utterances
    still open then keep their sound, because another load may come before they end.
    """

    def __init__(self, emit: EmitRecognizerEvent, say: Callable[[messages.ToWorker], None]) -> None:
        self.blocked_by: Problem | None = None
        self._emit = emit
        self._say = say
        self._ledger = Ledger()
        self._alone: int | None = None
        self._held_back: deque[int] = deque()

    @property
    def is_owing(self) -> bool:
        """Some utterance has no answer yet."""
        return len(self._ledger) > 0

    @property
    def is_working(self) -> bool:
        """Some utterance needs a worker."""
        return bool(self._ledger.unfinished())

    @property
    def longest_bytes(self) -> int:
        """Length of the longest unfinished utterance."""
        return self._ledger.longest_bytes()

    def oldest_id(self) -> int | None:
        """The utterance that a worker most likely was working on."""
        if self._alone is not None:
            return self._alone
        return next((each.utterance_id for each in self._ledger.unfinished()), None)

    def handle(self, wish: inbox.Wish) -> None:
        """Begin, feed, end or cancel."""
        match wish:
            case inbox.Begin(utterance_id, priority):
                self._begin(utterance_id, priority)
            case inbox.Feed(utterance_id, pcm):
                self._feed(utterance_id, pcm)
            case inbox.End(utterance_id):
                self._end(utterance_id)
            case inbox.Cancel(utterance_id):
                if self._ledger.remove(utterance_id) is not None:
                    self._say(messages.Cancel(utterance_id))
                    self._tell_next(utterance_id)

    def _begin(self, utterance_id: int, priority: int) -> None:
        waiting_ms = duration_ms_of(self._ledger.kept_bytes_from(priority))
        if waiting_ms > MOST_WAITING_MS.get(priority, waiting_ms):
            self._emit(events.Overloaded(utterance_id, waiting_ms))
        elif self._ledger.begin(utterance_id, priority):
            self._say(messages.Begin(utterance_id, priority))

    def replay(self, *, carefully: bool = False) -> None:
        """Tell a fresh worker every unfinished utterance from its first sample.

        ``carefully``, after a crash: those of files are heard together, so nobody knows which of them it was.
        The worker is told one at a time then, until all that were owed are answered.
        """
        owed = self._ledger.unfinished()
        files = [
            each.utterance_id for each in owed if each.is_ended and each.priority <= events.Priority.FILE
        ]
        self._held_back = deque(files[1:] if carefully else ())
        self._alone = files[0] if carefully and files else None
        for utterance in owed:
            if utterance.utterance_id not in self._held_back:
                self._tell(utterance)

    def worker_broke(self, problem: Problem) -> None:
        """A worker crashed. If a file's utterance was alone with it, and so was before, it is to blame."""
        if self._alone is not None and not self.may_retry(self._alone):
            self.fail(self._alone, problem)

    def _tell(self, utterance: Utterance) -> None:
        self._say(messages.Begin(utterance.utterance_id, utterance.priority))
        sound = b"".join(utterance.pieces)
        for start in range(0, len(sound), _PIECE_BYTES):
            self._say(messages.Audio(utterance.utterance_id, sound[start : start + _PIECE_BYTES]))
        if utterance.is_ended:
            self._say(messages.End(utterance.utterance_id))

    def _tell_next(self, answered_id: int) -> None:
        """The one that was told alone is settled: the next of those held back."""
        if answered_id != self._alone:
            return
        self._alone = None
        while self._held_back and self._alone is None:
            utterance = self._ledger.get(self._held_back.popleft())
            if utterance is not None and utterance.failure is None:
                self._alone = utterance.utterance_id
                self._tell(utterance)

    def block(self, problem: Problem) -> None:
        """No worker will come: answer what is ended with ``problem``."""
        self.blocked_by = problem
        for utterance in self._ledger.unfinished():
            if utterance.is_ended:
                self.fail(utterance.utterance_id, problem)

    def may_retry(self, utterance_id: int) -> bool:
        """Whether an utterance that broke a worker gets one more chance."""
        utterance = self._ledger.get(utterance_id)
        if utterance is None:
            return False
        utterance.hangs += 1
        return utterance.hangs <= 1

    def fail(self, utterance_id: int, problem: Problem) -> None:
        """The answer will be ``problem``: now if the utterance is ended, else when it is."""
        utterance = self._ledger.get(utterance_id)
        if utterance is None:
            return
        self._ledger.fail(utterance_id, problem)
        if utterance.is_ended:
            self._answer_failure(utterance)
        self._tell_next(utterance_id)

    def on_text(self, text: messages.TextChanged) -> None:
        """Pass a partial on, unless it is not asked for any more."""
        if self._ledger.get(text.utterance_id) is not None:
            self._emit(events.Partial(text.utterance_id, text.committed, text.tentative, text.audio_ms))

    def on_done(self, done: messages.UtteranceDone) -> None:
        """Pass a final on; its sound is let go."""
        if self._ledger.remove(done.utterance_id) is not None:
            self._emit(_final(done))
            self._tell_next(done.utterance_id)

    def _feed(self, utterance_id: int, pcm: bytes) -> None:
        if self._ledger.feed(utterance_id, pcm):
            self._say(messages.Audio(utterance_id, pcm))
        elif (utterance := self._ledger.get(utterance_id)) is not None and utterance.failure is not None:
            self._say(messages.Cancel(utterance_id))

    def _end(self, utterance_id: int) -> None:
        utterance = self._ledger.end(utterance_id)
        if utterance is None:
            return
        utterance.failure = utterance.failure or self.blocked_by
        if utterance.failure is not None:
            self._answer_failure(utterance)
        else:
            self._say(messages.End(utterance_id))

    def _answer_failure(self, utterance: Utterance) -> None:
        self._ledger.remove(utterance.utterance_id)
        assert utterance.failure is not None
        self._emit(events.UtteranceFailed(utterance.utterance_id, utterance.failure))


def duration_ms_of(kept_bytes: int) -> int:
    """How long that much sound lasts."""
    return kept_bytes * 1000 // (SAMPLE_BYTES * SAMPLE_RATE_HZ)


def _final(done: messages.UtteranceDone) -> events.Final:
    told = (done.utterance_id, done.text, done.audio_ms, done.engine_ms, done.words, done.notice)
    return events.Final(*told, done.speaker)
