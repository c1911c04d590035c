"""A model for whole utterances on its own (SenseVoice, paraformer-zh, Fun-ASR-Nano), without a streaming one.

As an engine it only checks the directory and chooses the device; its streams hear nothing. The model is that
of ``second_pass``, which hears every utterance as a whole, and in batches those of files. So
``ModelSpec.path`` names the whole model here, and there are no partials.
"""

from __future__ import annotations

from recognizer.events import ModelSpec
from recognizer.messages import MemoryHeld
from recognizer.worker.engine import Outcome, Running, TellStage, Text
from recognizer.worker.host_memory import host_only
from recognizer.worker.second_pass_dir import HEARING_KINDS, open_whole_model_dir


class WholeEngine:
    """See the module."""

    step_bytes = 320_000

    def prepare(self, model: ModelSpec, tell_stage: TellStage) -> None:
        """Check the directory and import torch. Raises ``EngineError``."""
        open_whole_model_dir(model.path or "", HEARING_KINDS)
        tell_stage("imports")
        import torch  # noqa: F401 - so that a standby worker has it

    def load(self, model: ModelSpec, tell_stage: TellStage) -> Running:
        """Choose the device; the weights follow at once (``SecondPass.load_if_alone``)."""
        self.prepare(model, tell_stage)
        from recognizer.worker.device import choose_device

        tell_stage("weights")
        return Running(*choose_device(model.device))

    def open(self) -> _Deaf:
        """Begin an utterance."""
        return _Deaf()

    def memory(self) -> MemoryHeld:
        """Host figures only; those of the device are the second pass's."""
        return host_only()

    def clean(self) -> None:
        """Nothing is cached here."""

    def for_files(self) -> None:
        """Its model is that of the second pass."""

    def rest(self) -> bool:
        """There is no work of its own."""
        return False


class _Deaf:
    """A stream that leaves everything to the pass over the whole."""

    def feed(self, pcm: bytes) -> Text | None:
        """No partial."""
        return None

    def end(self) -> Outcome:
        """Nothing."""
        return Outcome("")

    def close(self) -> None:
        """Nothing is held."""
