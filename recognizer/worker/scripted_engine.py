"""A test instrument, not a recogniser: it proves what sound arrived and fails when told to.

Its final text is ``<SHA-256 of all PCM> <samples>``; a test that replays or kills compares it with
what it sent. ``ModelSpec.options`` (all optional, numbers in decimal):

=================  =================================================================================
``words``          say these words instead (one for each 300 ms heard), digest left out
``load_ms``        how long loading takes
``load_problem``   refuse to load
``falls_back``     run on the CPU, whatever was asked, and say so
``step_ms``        how long each piece of sound takes
``end_ms``         how long the final takes
``crash_at_ms``    kill this process (SIGKILL) when an utterance has so much sound
``hang_at_ms``     never come back from the step that reaches so much sound
``freeze_at_ms``   stop the whole process (SIGSTOP) there, so that not even its reader runs
``oom_at_ms``      report out of device memory there, unless the CPU was asked for
``full_on_cpu``    and even then
``refuse_at_ms``   refuse the utterance there
``once``           a path: the fault happens only while that file does not exist, and creates it
``script``         a path: JSON with more of these, read when the model is loaded
``noise_bytes``    write so much to stderr at each piece of sound
``prints``         print a line to stdout at each piece of sound, as FunASR does
=================  =================================================================================
"""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Final

from audio.events import Problem
from recognizer.events import ModelSpec, Word
from recognizer.messages import MemoryHeld
from recognizer.problems import OUT_OF_MEMORY_CODE
from recognizer.worker.engine import EngineError, Outcome, Running, TellStage, Text
from recognizer.worker.host_memory import host_only

_WORD_MS: Final = 300
_FAULTS: Final = ("crash_at_ms", "hang_at_ms", "freeze_at_ms", "oom_at_ms", "refuse_at_ms")

SCRIPTED_REFUSAL = Problem("scripted-refusal", "The script says no.", "Change the script.")
SCRIPTED_FALL_BACK = Problem(
    "device-fell-back", "The script says that the card does not start.", "Change the script."
)
SCRIPTED_OUT_OF_MEMORY = Problem(
    OUT_OF_MEMORY_CODE, "The script says that the device is full.", "Change the script."
)


class ScriptedEngine:
    """See the module."""

    step_bytes = 6_400

    def __init__(self) -> None:
        self._options: dict[str, str] = {}

    def prepare(self, model: ModelSpec, tell_stage: TellStage) -> None:
        """Only remembers the script."""
        self._options = dict(model.options)
        tell_stage("imports")

    def load(self, model: ModelSpec, tell_stage: TellStage) -> Running:
        """Waits as long as scripted; refuses if scripted."""
        self._options = _script(dict(model.options))
        if model.device == "cpu" and "full_on_cpu" not in self._options:
            self._options.pop("oom_at_ms", None)
        tell_stage("weights")
        time.sleep(self._number("load_ms") / 1000.0)
        if "load_problem" in self._options:
            raise EngineError(SCRIPTED_REFUSAL)
        if "falls_back" in self._options:
            return Running("cpu", SCRIPTED_FALL_BACK)
        return Running(model.device if model.device != "auto" else "cpu")

    def open(self) -> ScriptedStream:
        """A stream that follows the script."""
        return ScriptedStream(self._options)

    def memory(self) -> MemoryHeld:
        """Host figures only."""
        return host_only()

    def clean(self) -> None:
        """Nothing is cached."""

    def for_files(self) -> None:
        """It hears one after the other."""

    def rest(self) -> bool:
        """There is no work of its own."""
        return False

    def _number(self, name: str) -> int:
        return int(self._options.get(name, "0"))


def _script(options: dict[str, str]) -> dict[str, str]:
    if "script" not in options:
        return options
    more = json.loads(Path(options["script"]).read_text(encoding="utf-8"))
    return options | {str(name): str(value) for name, value in more.items()}


class ScriptedStream:
    """One utterance of the script."""

    def __init__(self, options: dict[str, str]) -> None:
        self._options = options
        self._words = options.get("words", "").split()
        self._digest = hashlib.sha256()
        self._bytes = 0

    def feed(self, pcm: bytes) -> Text | None:
        """One word for each 300 ms; the last one is tentative."""
        self._make_noise()
        self._bytes += len(pcm)
        self._digest.update(pcm)
        self._sleep("step_ms")
        self._fail_if_due()
        said = self._said()
        return Text(" ".join(said[:-1]), " ".join(said[-1:]))

    def end(self) -> Outcome:
        """The words, or the digest of what was heard."""
        self._sleep("end_ms")
        if not self._words:
            return Outcome(f"{self._digest.hexdigest()} {self._bytes // 2}")
        words = (Word(word, i * _WORD_MS, (i + 1) * _WORD_MS) for i, word in enumerate(self._words))
        return Outcome(" ".join(self._words), tuple(words))

    def close(self) -> None:
        """Nothing is held."""

    def _said(self) -> list[str]:
        count = 1 + self._bytes // 32 // _WORD_MS
        return self._words[:count] if self._words else [f"w{i}" for i in range(count)]

    def _sleep(self, name: str) -> None:
        time.sleep(int(self._options.get(name, "0")) / 1000.0)

    def _make_noise(self) -> None:
        sys.stderr.write("n" * int(self._options.get("noise_bytes", "0")))
        if "prints" in self._options:
            sys.stdout.write("printed by a library\n")
            sys.stdout.flush()

    def _fail_if_due(self) -> None:
        for fault in _FAULTS:
            if fault in self._options and self._bytes // 32 >= int(self._options[fault]):
                self._fail(fault)

    def _fail(self, fault: str) -> None:
        if "once" in self._options:
            marker = Path(self._options["once"])
            if marker.exists():
                return
            marker.touch(mode=0o600)
        match fault:
            case "crash_at_ms":
                os.kill(os.getpid(), getattr(signal, "SIGKILL", signal.SIGTERM))
            case "hang_at_ms":
                time.sleep(3600.0)
            case "freeze_at_ms":
                os.kill(os.getpid(), signal.SIGSTOP)
            case "oom_at_ms":
                raise EngineError(SCRIPTED_OUT_OF_MEMORY, retry=True)
            case _:
                raise EngineError(SCRIPTED_REFUSAL)
