"""``plosive stream FILE``: a recording recognised like live speech, every event on record.

It is heard as live captions hear: nobody holds a key, so noise must be told from speech. One JSON line for
each event, so that an outsider can compute latencies and how often text changed:

``wall_ms``       when it was told, counted from the first sample; with ``--realtime`` the delay of a text
                  is ``wall_ms`` − ``audio_ms``
``audio_ms``      the place in the recording: where an utterance begins or ends, how far a text reaches
``utterance_id``  which utterance; ``null`` for the stream itself
``kind``          ready, speech_started, partial, speech_ended, final, failed, ended
``committed``     text that will not change; ``tentative``: text that may

Besides: ``ready`` has model, device, load_ms and hangover_ms (so much silence ends an utterance, and is the
end of it); ``final`` has engine_ms and words (text, start_ms, end_ms); ``speech_ended`` has reason;
``failed`` and ``ended`` have problem, a code or ``null``.
"""

from __future__ import annotations

import json
import os
import sys
from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from audio.events import Problem, SpeechEnded, SpeechStarted
from audio.listener import ListenerSettings
from audio.wav_source import WavSource
from desktop.captions_sound import captions_listener_settings
from desktop.cli import output
from desktop.cli.output import CommandFailed
from desktop.cli.recognition import Recognition, SourceEnded, Told
from desktop.cli.transcribe import open_recognition, problem_of
from desktop.settings.schema import Settings
from recognizer.events import Final, Partial, UtteranceFailed

Record = dict[str, Any]


def run(arguments: Namespace) -> int:
    """Hear the file, write the events; 1 if it could not be heard or recognised whole."""
    code = output.OK
    source = WavSource(arguments.file, is_realtime=not arguments.fast)
    problem = problem_of(source)
    if problem is not None:
        raise CommandFailed(problem)
    with _opened(arguments.events) as out, open_recognition(arguments, _listening) as recognition:
        write(out, ready_record(recognition))
        scribe = Scribe()
        for told in recognition.hear(source, is_realtime=not arguments.fast):
            write(out, scribe.record(told))
            code = max(code, _tell(told))
    return code


def _listening(settings: Settings) -> ListenerSettings:
    return captions_listener_settings(settings.audio, None)


def write(out: TextIO, record: Record) -> None:
    """One line, there for whoever follows the file."""
    out.write(json.dumps(record, ensure_ascii=False) + "\n")
    out.flush()


def ready_record(recognition: Recognition) -> Record:
    """The first line: what recognises, before any sound."""
    ready = recognition.ready
    more = {"model": ready.model.name, "device": ready.device, "load_ms": round(ready.load_ms, 1)}
    hangover_ms = recognition.settings.segmenter.hangover_ms
    return _record(0.0, 0, None, "ready") | more | {"hangover_ms": hangover_ms}


class Scribe:
    """Facts as records; remembers where each utterance begins, to tell places in the recording."""

    def __init__(self) -> None:
        self._starts_ms: dict[int, int] = {}

    def record(self, told: Told) -> Record:
        """One line of the log."""
        wall_ms, fact = told.wall_ms, told.fact
        match fact:
            case SpeechStarted():
                self._starts_ms[fact.utterance_id] = fact.at_ms
                return _record(wall_ms, fact.at_ms, fact.utterance_id, "speech_started")
            case SpeechEnded():
                ended = _record(wall_ms, fact.at_ms, fact.utterance_id, "speech_ended")
                return ended | {"reason": fact.reason.value}
            case Partial():
                at_ms = self._starts_ms[fact.utterance_id] + fact.audio_ms
                return _record(wall_ms, at_ms, fact.utterance_id, "partial", fact.committed, fact.tentative)
            case Final():
                return self._final(wall_ms, fact)
            case UtteranceFailed():
                at_ms = self._starts_ms.pop(fact.utterance_id)
                return _record(wall_ms, at_ms, fact.utterance_id, "failed") | {"problem": fact.problem.code}
            case SourceEnded():
                code = fact.problem.code if fact.problem else None
                return _record(wall_ms, fact.heard_ms, None, "ended") | {"problem": code}

    def _final(self, wall_ms: float, final: Final) -> Record:
        start_ms = self._starts_ms.pop(final.utterance_id)
        words = [[word.text, start_ms + word.start_ms, start_ms + word.end_ms] for word in final.words]
        more = {"engine_ms": round(final.engine_ms, 1), "words": words}
        return _record(wall_ms, start_ms + final.audio_ms, final.utterance_id, "final", final.text) | more


def _record(
    wall_ms: float,
    audio_ms: int,
    utterance_id: int | None,
    kind: str,
    committed: str = "",
    tentative: str = "",
) -> Record:
    return {
        "wall_ms": round(wall_ms, 1),
        "audio_ms": audio_ms,
        "utterance_id": utterance_id,
        "kind": kind,
        "committed": committed,
        "tentative": tentative,
    }


def _tell(told: Told) -> int:
    problems: tuple[Problem, ...] = ()
    if isinstance(told.fact, Final) and told.fact.notice is not None:
        output.tell(told.fact.notice)  # there is text all the same
    if isinstance(told.fact, SourceEnded):
        problems = told.fact.notices
    if isinstance(told.fact, (SourceEnded, UtteranceFailed)) and told.fact.problem is not None:
        problems = (*problems, told.fact.problem)
    for problem in problems:
        output.tell(problem)
    return output.FAILED if any(not each.code.startswith("vad") for each in problems) else output.OK


@contextmanager
def _opened(name: str) -> Iterator[TextIO]:
    """The events' file, mode 0600 because it holds words; ``-`` is stdout. Raises ``CommandFailed``."""
    if name == "-":
        yield sys.stdout
        return
    try:
        descriptor = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    except OSError as error:
        problem = Problem("stream.out", f"{name} cannot be written ({error.strerror}).", "Name another file.")
        raise CommandFailed(problem) from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        yield file
