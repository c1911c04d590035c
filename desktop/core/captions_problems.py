"""What the user reads about captions."""

from __future__ import annotations

from typing import Final

from audio.events import Problem

SAME_DEVICE: Final = Problem(
    "captions-same-device",
    "Microphone and system sound are the same device, so only the system sound is captioned.",
    "Choose another microphone in the tray menu.",
)
LATEST_LETTERS: Final = 120
"""A notification is no transcript."""
WAITING: Final = "Recognition is behind; nothing is lost."
LOST_TEXT: Final = Problem(
    "captions-lost",
    "Some of what was said has no captions, because it waited too long for a model.",
    "Keep the sound of meetings (settings, Captions) to be able to transcribe it later.",
)
AUTO_STOPPED: Final = "Captions ended by themselves: nobody has spoken for a while."
PAUSED: Final = "Paused"
NO_SPEECH_YET: Final = "Listening"


def loading(seconds: float) -> str:
    """While the model is on its way."""
    return f"The model is loading, {seconds:.0f} s."


def keyword_said(keyword: str, speaker: str, text: str) -> str:
    """A word that the user waits for; the text is told to them only."""
    latest = text if len(text) <= LATEST_LETTERS else "…" + text[-LATEST_LETTERS:]
    return f"“{keyword}” was said. {speaker}: {latest}"


def without_text(count: int) -> Problem:
    """At the end of a meeting."""
    return Problem(
        "captions-incomplete",
        f"The meeting is saved, but {count} of its utterances have no text.",
        "Load the model, then transcribe the kept sound if you keep it.",
    )


def bookmarked(at_ms: int) -> str:
    """Said for a moment after a bookmark was made."""
    minutes, seconds = divmod(at_ms // 1000, 60)
    time = f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
    return f"Bookmark at {time}."
