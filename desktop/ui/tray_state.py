"""What the tray shows, from what the program knows. Pure: no Qt, no clock."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from audio.events import Problem
from desktop.core.commands import Phase
from desktop.ui.words import GIB, memory, say, translated
from recognizer.gpu_reading import GpuReading


class Mark(StrEnum):
    """The shape in the middle of the icon."""

    UNLOADED = "unloaded"
    LOADING = "loading"
    READY = "ready"
    LISTENING = "listening"
    RECOGNISING = "recognising"
    TROUBLE = "trouble"


class ModelPhase(StrEnum):
    """Where the model is between away and ready."""

    UNLOADED = "unloaded"
    LOADING = "loading"
    READY = "ready"
    UNLOADING = "unloading"


@dataclass(frozen=True, slots=True)
class GaugeShares:
    """Fractions 0–1 of one card's memory; ``is_over``: more is used than the user wants to see used."""

    ours: float
    others: float
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class IconState:
    """All that is drawn into the icon. Without ``gauge`` there is no ring. ``turn`` 0–1 rotates LOADING."""

    mark: Mark
    gauge: GaugeShares | None = None
    turn: float = 0.0


@dataclass(frozen=True, slots=True)
class TrayFacts:
    """What the program knows.

    ``session`` is the phase of the running dictation, ``None`` between dictations. ``gpu`` is the card
    to show (``None``: no NVML, or the model runs on the CPU and the user has no card). ``note`` is the
    last thing worth a line, such as what an unload gave back. ``gives_way_to`` is who the card is left to;
    ``standby_bytes`` what a prepared process keeps on the host. ``is_captioning``:
    live captions are listening.
    """

    model: ModelPhase = ModelPhase.UNLOADED
    model_name: str = ""
    device: str = ""
    loading_s: float | None = None
    session: Phase | None = None
    gpu: GpuReading | None = None
    warn_fraction: float = 0.9
    problem: Problem | None = None
    note: str = ""
    stays_unloaded: bool = False
    gives_way_to: str = ""
    standby_bytes: int = 0
    is_captioning: bool = False


@dataclass(frozen=True, slots=True)
class TrayState:
    """What the tray shows; equal states look equal, so that nothing is redrawn for them."""

    icon: IconState
    tooltip: str
    status_line: str
    gpu_line: str
    note: str
    dictation_label: str
    is_dictating: bool
    can_unload: bool
    can_load: bool
    can_clean: bool
    has_gpu: bool
    stays_unloaded: bool


def tray_state(facts: TrayFacts) -> TrayState:
    """Decide what the tray shows."""
    is_dictating = facts.session is Phase.LISTENING
    lines = (status_line(facts), gpu_line(facts.gpu))
    remedy = remedy_line(facts)
    return TrayState(
        icon=IconState(mark_of(facts), gauge_of(facts.gpu, facts.warn_fraction)),
        tooltip="\n".join(line for line in ("Plosive", lines[0], remedy, lines[1]) if line),
        status_line=lines[0],
        gpu_line=lines[1],
        note=remedy or translated(facts.note),
        dictation_label=say("menu.finish" if is_dictating else "menu.start"),
        is_dictating=is_dictating,
        can_unload=facts.model in {ModelPhase.READY, ModelPhase.LOADING},
        can_load=facts.model is ModelPhase.UNLOADED,
        can_clean=facts.model is ModelPhase.READY and facts.device.startswith("cuda"),
        has_gpu=facts.gpu is not None,
        stays_unloaded=facts.stays_unloaded,
    )


def mark_of(facts: TrayFacts) -> Mark:
    """Speech first, then trouble, then the model: what the user acts on now comes first."""
    match facts.session:
        case Phase.LISTENING:
            return Mark.LISTENING
        case Phase.RECOGNISING | Phase.INSERTING:
            return Mark.RECOGNISING
    if facts.problem is not None:
        return Mark.TROUBLE
    if facts.is_captioning and facts.model is not ModelPhase.LOADING:
        return Mark.LISTENING
    marks = {ModelPhase.LOADING: Mark.LOADING, ModelPhase.READY: Mark.READY}
    return marks.get(facts.model, Mark.UNLOADED)


def gauge_of(gpu: GpuReading | None, warn_fraction: float) -> GaugeShares | None:
    """Shares of the card, rounded to whole percents: what cannot be seen must not cause a repaint."""
    if gpu is None or not gpu.total_bytes:
        return None
    ours = round((gpu.ours_bytes or 0) / gpu.total_bytes, 2)
    used = round(gpu.used_fraction, 2)
    return GaugeShares(ours, max(0.0, round(used - ours, 2)), gpu.used_fraction >= warn_fraction)


def status_line(facts: TrayFacts) -> str:
    """One line: what happens, with which model, where."""
    if facts.session is Phase.LISTENING:
        return say("status.listening")
    if facts.session in {Phase.RECOGNISING, Phase.INSERTING}:
        return say("status.recognising")
    if facts.problem is not None:
        return translated(facts.problem.sentence)
    if facts.is_captioning and facts.model is ModelPhase.READY:
        return say("status.captioning")
    return model_line(facts)


def remedy_line(facts: TrayFacts) -> str:
    """What to do about the trouble that the status line tells, if it tells one."""
    if facts.problem is None or mark_of(facts) is not Mark.TROUBLE:
        return ""
    return translated(facts.problem.remedy)


def model_line(facts: TrayFacts) -> str:
    """The model and its device, or that there is none."""
    name, device = translated(facts.model_name) or say("model.none"), device_name(facts.device)
    match facts.model:
        case ModelPhase.READY:
            return say("status.ready", model=name, device=device)
        case ModelPhase.LOADING:
            return say("status.loading", model=name)
        case ModelPhase.UNLOADING:
            return say("status.unloading")
    if facts.stays_unloaded:
        return say("status.kept-unloaded")
    if facts.gives_way_to:
        return say("status.gives-way", reason=translated(facts.gives_way_to))
    if facts.standby_bytes:
        return say("status.standby", memory=memory(facts.standby_bytes))
    return say("status.unloaded")


def device_name(device: str) -> str:
    """``cuda:0`` as people call it."""
    kind, _, index = device.partition(":")
    if kind == "cuda":
        return say("device.gpu", index=index or "0")
    known = {"cpu": say("device.cpu"), "mps": say("device.mps"), "server": say("device.server")}
    return known.get(kind, device)


def gpu_line(gpu: GpuReading | None) -> str:
    """``GPU memory 5.2 / 16.0 GiB (32 %)``, or nothing."""
    if gpu is None:
        return ""
    if gpu.is_asleep:
        return say("gpu.asleep", total=gpu.total_bytes / GIB)
    percent = round(gpu.used_fraction * 100)
    return say("gpu.line", used=gpu.used_bytes / GIB, total=gpu.total_bytes / GIB, percent=percent)
