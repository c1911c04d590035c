"""``plosive doctor``: engines, models, the graphics card."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from typing import Final

from audio.events import Problem
from desktop import wiring
from desktop.cli.checks import Check, Verdict, missing
from desktop.cli.recognition import Recognition
from desktop.model_choice import (
    EMBEDDED_NAME,
    FUNASR_ENGINE,
    WHOLE_ENGINE,
    choose_model,
    finished_model,
    installed,
    model_folders,
)
from desktop.oslayer.paths import AppPaths
from desktop.settings.schema import Settings
from recognizer.gpu import GpuProbe
from recognizer.gpu_reading import GpuReading

GIB: Final = 1 << 30
ENGINE_PARTS: Final = {
    "pocketsphinx": ("pocketsphinx",),
    FUNASR_ENGINE: ("torch", "funasr", "kaldi_native_fbank"),
    WHOLE_ENGINE: ("torch", "funasr", "kaldi_native_fbank"),
}


def engines(settings: Settings, paths: AppPaths) -> Iterator[Check]:
    """Whether what each engine needs is installed; only the chosen one must be there."""
    is_here = wiring.server(settings) is None
    needed = choose_model(settings.model, model_folders(paths)).engine if is_here else ""
    for engine, parts in ENGINE_PARTS.items():
        absent = [part for part in parts if importlib.util.find_spec(part) is None]
        if not absent:
            yield Check("engine", engine, Verdict.FOUND)
            continue
        verdict = Verdict.BROKEN if engine == needed else Verdict.MISSING
        remedy = "Install Plosive again, with all it needs."
        yield Check("engine", engine, verdict, f"not installed: {', '.join(absent)}", remedy)


def models(paths: AppPaths) -> Iterator[Check]:
    """What can be chosen."""
    yield Check("model", EMBEDDED_NAME, Verdict.FOUND, "US English, built in")
    for name, folder in installed(model_folders(paths)).items():
        yield Check("model", name, Verdict.FOUND, str(folder))


def recognition_server(settings: Settings) -> Iterator[Check]:
    """Whether speech leaves this computer; that the server answers is seen when the model loads."""
    server = wiring.server(settings)
    if server is None:
        yield Check("server", "server", Verdict.FOUND, "none; speech is recognised on this computer")
        return
    yield Check("server", server.host, Verdict.FOUND, f"speech is recognised there ({server.protocol})")


def chosen_model_loads(settings: Settings, paths: AppPaths) -> Iterator[Check]:
    """Starts the worker for real and ends it again."""
    server = wiring.server(settings)
    model = server.as_model() if server else finished_model(settings, model_folders(paths))
    listening = wiring.listener_settings(settings, paths.recordings)
    with Recognition(model, listening, paths.logs, server) as recognition:
        ready = recognition.ready
    detail = f"{model.name}: ready on {ready.device} after {ready.load_ms / 1000:.1f} s"
    yield Check("model", "chosen model", Verdict.FOUND, detail)
    if ready.notice is not None:
        yield missing("model", "device", ready.notice)


def cards() -> Iterator[Check]:
    """NVIDIA cards with their memory. None is no fault: the processor does the work."""
    probe = GpuProbe()
    try:
        snapshot = probe.read()
        trouble: Problem | None = snapshot.problem or probe.trouble
    finally:
        probe.close()
    for reading in snapshot.readings:
        yield Check("gpu", reading.name, Verdict.FOUND, _memory(reading))
    if trouble is not None:
        yield missing("gpu", "driver", trouble)
    elif not snapshot.readings:
        yield Check("gpu", "card", Verdict.FOUND, "no NVIDIA card; models run on the processor")


def _memory(reading: GpuReading) -> str:
    if reading.is_asleep:
        return "asleep"
    used, total = reading.used_bytes / GIB, reading.total_bytes / GIB
    return f"GPU memory {used:.1f} / {total:.1f} GiB ({100 * reading.used_fraction:.0f} %)"
