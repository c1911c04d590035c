"""The text of one dictation, put together from its utterances."""

from __future__ import annotations

from dataclasses import dataclass, field

from audio.events import Problem
from desktop.core.text_rules import join, needs_space
from recognizer.events import Final, Partial, UtteranceFailed


@dataclass(slots=True)
class _Utterance:
    committed: str = ""
    tentative: str = ""
    final: str | None = None
    problem: Problem | None = None

    @property
    def is_settled(self) -> bool:
        return self.final is not None or self.problem is not None


@dataclass(slots=True)
class Transcript:
    """Utterances in the order they were spoken, whatever order their texts arrive in."""

    engine_ms: float = 0.0
    _utterances: dict[int, _Utterance] = field(default_factory=dict)

    def open(self, utterance_id: int) -> None:
        """Expect text for ``utterance_id``."""
        self._utterances.setdefault(utterance_id, _Utterance())

    def owns(self, utterance_id: int) -> bool:
        """Whether the utterance belongs to this dictation."""
        return utterance_id in self._utterances

    def take(self, event: Partial | Final | UtteranceFailed) -> bool:
        """Note what a recognizer said; returns whether the text changed."""
        utterance = self._utterances.get(event.utterance_id)
        if utterance is None or utterance.is_settled:
            return False
        match event:
            case Partial():
                utterance.committed, utterance.tentative = event.committed, event.tentative
            case Final():
                utterance.final = event.text
                self.engine_ms = event.engine_ms
            case UtteranceFailed():
                utterance.problem = event.problem
        return True

    @property
    def utterance_ids(self) -> tuple[int, ...]:
        """Ids in spoken order."""
        return tuple(self._utterances)

    @property
    def pending_ids(self) -> tuple[int, ...]:
        """Utterances that still owe their text."""
        return tuple(i for i, u in self._utterances.items() if not u.is_settled)

    @property
    def is_settled(self) -> bool:
        """Whether every utterance has its final text or its problem."""
        return all(utterance.is_settled for utterance in self._utterances.values())

    @property
    def problem(self) -> Problem | None:
        """The first problem of an utterance, if any."""
        return next((u.problem for u in self._utterances.values() if u.problem), None)

    @property
    def final_text(self) -> str:
        """Text of the settled utterances."""
        return join(*(u.final for u in self._utterances.values() if u.final))

    @property
    def shown(self) -> tuple[str, str]:
        """(committed, tentative) for display: everything said so far; put together they are the text."""
        committed, tentative = "", ""
        for utterance in self._utterances.values():
            settled = utterance.final if utterance.final is not None else utterance.committed
            if tentative:  # an unsettled utterance before this one: all that follows is tentative
                tentative = join(tentative, settled, utterance.tentative)
            else:
                committed = join(committed, settled)
                tentative = "" if utterance.final is not None else utterance.tentative
        return committed, " " + tentative if needs_space(committed, tentative) else tentative
