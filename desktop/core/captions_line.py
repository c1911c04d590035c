"""One utterance of a meeting: what is known of it so far."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from desktop.core.captions_facts import Source
from desktop.core.captions_view import CaptionsLine
from desktop.core.echo import HeardSpan
from desktop.core.text_rules import join, needs_space
from desktop.core.timed_text import TimedText
from recognizer.events import Final, Partial, Word


@dataclass(slots=True)
class Caption:
    """Times are milliseconds from the start of the meeting; ``end_ms`` grows while somebody speaks.

    ``is_answered``: the recognizer owes nothing any more. ``is_refused``: it would not take the sound yet.
    ``is_echo``: only the loudspeakers were heard, so it is neither shown nor saved.
    """

    utterance_id: int
    source: Source
    speaker: str
    start_ms: int
    end_ms: int
    committed: str = ""
    tentative: str = ""
    words: tuple[Word, ...] = ()
    is_final: bool = False
    is_ended: bool = False
    is_answered: bool = False
    is_refused: bool = False
    is_echo: bool = False
    envelope: list[float] = field(default_factory=list)
    changed_ms: float = 0.0  # wall time of the last change of its text

    @property
    def text(self) -> str:
        """All of it."""
        return join(self.committed, self.tentative)

    def take(self, event: Partial | Final, now_ms: float) -> bool:
        """What a recognizer said; whether the text changed. After the final nothing changes any more."""
        if self.is_final:
            return False
        before = (self.committed, self.tentative, self.is_final)
        if isinstance(event, Final):
            self.committed, self.tentative = event.text.strip(), ""
            self.words, self.is_final, self.is_answered = event.words, True, True
        else:
            self.committed, self.tentative = event.committed, event.tentative
        is_changed = before != (self.committed, self.tentative, self.is_final)
        if is_changed:
            self.changed_ms = now_ms
        return is_changed

    def keep(self, words: tuple[Word, ...]) -> None:
        """Only these of its words are what was said; all of them: nothing changes."""
        if len(words) < len(self.words):
            self.words, self.committed = words, ""
            for word in words:
                self.committed = join(self.committed, word.text)

    def shown(self, *, is_calm: bool, is_named: bool) -> CaptionsLine | None:
        """As the window shows it; nothing while there is no text to show."""
        tentative = "" if is_calm or self.is_final else self.tentative
        if self.is_echo or not (self.committed or tentative):
            return None
        if needs_space(self.committed, tentative):
            tentative = " " + tentative
        speaker = self.speaker if is_named else ""
        return CaptionsLine(self.utterance_id, speaker, self.committed, tentative, self.is_final)

    def timed(self) -> TimedText:
        """As the transcript keeps it, words timed from the start of the meeting."""
        words = tuple(
            Word(word.text, word.start_ms + self.start_ms, word.end_ms + self.start_ms) for word in self.words
        )
        end_ms = max(self.end_ms, words[-1].end_ms if words else 0, self.start_ms + 1)
        return TimedText(self.start_ms, end_ms, self.text, self.speaker, words)

    def told(self) -> TimedText:
        """As other programs get it; an echo is taken back with empty text."""
        return replace(self.timed(), text="", words=()) if self.is_echo else self.timed()

    def span(self) -> HeardSpan:
        """As the judge of echoes hears it."""
        return HeardSpan(self.start_ms, self.end_ms, self.text, tuple(self.envelope))
