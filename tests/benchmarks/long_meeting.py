"""A meeting of hours in minutes: the real parts from voice gate to core, and a worker with a script.

The core's clock goes with the sound, as in a real meeting: what it keeps for a minute is a minute's.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final

import numpy as np
import psutil
from figures import spread

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from audio.ears import EarMaker  # noqa: E402 (the folder above must be known first)
from audio.events import AudioEvent, SpeechEnded  # noqa: E402
from audio.listening import Listening  # noqa: E402
from audio.pcm import FRAME_BYTES  # noqa: E402
from audio.segmenter import count_from  # noqa: E402
from desktop.captions_relay import CaptionsRelay  # noqa: E402
from desktop.captions_sound import captions_listener_settings  # noqa: E402
from desktop.core import captions_facts as cap  # noqa: E402
from desktop.core.captions import CaptionsSession  # noqa: E402
from desktop.core.captions_facts import Source  # noqa: E402
from desktop.core.captions_meeting import CaptionsSettings  # noqa: E402
from desktop.core.commands import CancelUtterances  # noqa: E402
from desktop.core.events import TimePassed  # noqa: E402
from desktop.settings.schema import AudioSettings  # noqa: E402
from recognizer.chosen import chosen_recognizer  # noqa: E402
from recognizer.events import Final as FinalText  # noqa: E402
from recognizer.events import ModelSpec, Ready  # noqa: E402

ANSWER_S: Final = 60.0
TICK_MS: Final = 500
HOUR_MS: Final = 3_600_000
MINUTE_MS: Final = 60_000
SCRIPT = ModelSpec("scripted", "scripted", options=(("words", "we will meet at the station at nine"),))


class LongMeeting:
    """One meeting; the thread that made it plays the part of audio and GUI thread in turn."""

    def __init__(self, sound: bytes, log_dir: Path) -> None:
        self.waits_ms: list[float] = []
        self._sound, self._at = sound, 0
        self._facts: SimpleQueue[object] = SimpleQueue()
        self._driver = chosen_recognizer(self._facts.put, log_dir, None)
        self._relay = CaptionsRelay(self._driver, self._facts.put, lambda: 600)
        self._session = CaptionsSession(CaptionsSettings(sources=(Source.OTHERS,)))
        self._tell = self._relay.ear(Source.OTHERS)
        self._ended_s: dict[int, float] = {}
        self._next_tick_ms = 0.0
        self._began_ms = time.monotonic() * 1000.0
        self._listening: Listening | None = None
        self._driver.load(SCRIPT)
        while not isinstance(self._facts.get(timeout=ANSWER_S), Ready):
            pass
        self._relay.start()
        ears = EarMaker(count_from(1)).make(captions_listener_settings(AudioSettings(), None), 1)
        self._listening = Listening(self._begin(), ears, self._on_event)
        self._listening.begin("Loop", [], 0.0)

    def _now_ms(self) -> float:
        return self._began_ms + (self._listening.heard_ms if self._listening is not None else 0)

    def hear(self, length_ms: int) -> list[float]:
        """So much more of the same sound; how long each utterance waited for its text, in ms."""
        assert self._listening is not None
        begun = len(self.waits_ms)
        until_ms = self._listening.heard_ms + length_ms
        while self._listening.heard_ms < until_ms:
            self._listening.hear(self._sound[self._at : self._at + FRAME_BYTES])
            self._at = (self._at + FRAME_BYTES) % (len(self._sound) // FRAME_BYTES * FRAME_BYTES)
            self._take_facts()
        return self.waits_ms[begun:]

    def stop(self) -> None:
        """End worker and threads."""
        assert self._listening is not None
        self._listening.end()
        self._take_facts()
        self._relay.stop()
        self._driver.stop()

    def _begin(self) -> int:
        wishes = self._session.handle(cap.CaptionsStartRequested(self._now_ms()), self._now_ms())
        return next(wish.listening_id for wish in wishes if isinstance(wish, cap.BeginHearing))

    def _on_event(self, event: AudioEvent) -> None:
        if isinstance(event, SpeechEnded):
            self._ended_s[event.utterance_id] = time.monotonic()
        self._tell(event)

    def _take_facts(self) -> None:
        """All there are; while an utterance has no text yet, wait for it, as real time would."""
        if self._now_ms() >= self._next_tick_ms:
            self._next_tick_ms = self._now_ms() + TICK_MS
            self._handle(TimePassed(self._now_ms()))
        while True:
            try:
                fact = self._facts.get(timeout=ANSWER_S) if self._ended_s else self._facts.get_nowait()
            except Empty:
                assert not self._ended_s, "an utterance got no text"
                return
            self._handle(fact)

    def _handle(self, fact: object) -> None:
        for wish in self._session.handle(fact, self._now_ms()):
            match wish:
                case cap.ForgetSound():
                    self._relay.forget(wish.utterance_id)
                case cap.HearAgain():
                    self._relay.hear_again(wish.utterance_id)
                case CancelUtterances():
                    for utterance_id in wish.utterance_ids:
                        self._driver.cancel(utterance_id)
                case _:
                    pass
        if isinstance(fact, FinalText) and fact.utterance_id in self._ended_s:
            ended_s = self._ended_s.pop(fact.utterance_id)
            self.waits_ms.append((time.monotonic() - ended_s) * 1000)


def long_figures(speech: np.ndarray, hours: float, folder: Path) -> dict[str, Any]:
    """Delay in the last hour (of a shorter run the last eighth), and memory.

    A busy machine slows whoever runs at that moment. So the last hour is heard in turns with the first of
    a fresh meeting, a minute each.
    """
    length_ms = round(hours * HOUR_MS)
    piece_ms = min(HOUR_MS, length_ms // 8)
    meeting, begun_s = LongMeeting(speech.tobytes(), folder), time.monotonic()
    first = meeting.hear(piece_ms)
    early_bytes = psutil.Process().memory_info().rss
    meeting.hear(length_ms - 2 * piece_ms)
    late_bytes = psutil.Process().memory_info().rss
    fresh, last, beside = LongMeeting(speech.tobytes(), folder), [], []
    for _ in range(max(1, piece_ms // MINUTE_MS)):
        last += meeting.hear(MINUTE_MS)
        beside += fresh.hear(MINUTE_MS)
    meeting.stop()
    fresh.stop()
    return {
        "long_hours": hours,
        "long_took_s": round(time.monotonic() - begun_s),
        "long_utterances": len(meeting.waits_ms),
        "long_first_hour_ms": spread(first),
        "long_last_hour_ms": spread(last),
        "long_fresh_hour_ms": spread(beside),
        "long_delay_growth_ratio": round(statistics.median(last) / statistics.median(beside), 3),
        "long_memory_growth_ratio": round(late_bytes / early_bytes, 3),
    }
