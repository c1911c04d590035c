"""What each part of the program takes from the settings, in that part's own type."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, cast

from desktop.settings.schema import AudioSettings, InsertSettings, ModelSettings, Settings

if TYPE_CHECKING:
    from audio.listener import ListenerSettings, WarmMode
    from audio.segmenter import SegmenterConfig
    from audio.vad import VadSettings
    from desktop.core.gesture import GestureSettings
    from desktop.core.keep_alive_commands import KeepAliveSettings
    from desktop.core.session import SessionSettings
    from desktop.oslayer.injection.base import InjectionRules


def gesture_settings(settings: Settings) -> GestureSettings:
    """What the dictation key means."""
    from desktop.core.gesture import GestureSettings, HotkeyMode

    hotkey = settings.hotkey
    return GestureSettings(
        mode=HotkeyMode(hotkey.mode),
        tap_ms=hotkey.tap_ms,
        double_tap_ms=hotkey.double_tap_ms,
        double_tap_locks=hotkey.double_tap_locks,
    )


def session_settings(settings: Settings) -> SessionSettings:
    """How a dictation goes."""
    from desktop.core.session import SessionSettings

    return SessionSettings(append_space=settings.insert.append_space)


def segmenter_config(audio: AudioSettings) -> SegmenterConfig:
    """Where utterances begin and end."""
    from audio.segmenter import SegmenterConfig

    return SegmenterConfig(
        pre_roll_ms=audio.pre_roll_ms,
        hangover_ms=audio.hangover_ms,
        longest_ms=max(1000, audio.longest_utterance_s * 1000),
    )


def vad_settings(audio: AudioSettings) -> VadSettings:
    """What counts as speech."""
    from audio.vad import VadSettings

    return VadSettings(audio.vad_mode, audio.confirm_with_silero, audio.silero_threshold)


def listener_settings(audio: AudioSettings, journal_dir: Path) -> ListenerSettings:
    """How the audio thread listens; it keeps its sound in ``journal_dir``."""
    from audio.listener import ListenerSettings

    return ListenerSettings(
        source_name=audio.microphone or None,
        warm=cast("WarmMode", audio.warm),
        warm_s=float(audio.warm_s),
        pre_roll_ms=audio.pre_roll_ms,
        tail_ms=audio.tail_ms,
        shortest_tail_ms=min(100, audio.tail_ms),
        longest_listening_s=float(audio.longest_dictation_s),
        vad=vad_settings(audio),
        segmenter=segmenter_config(audio),
        journal_dir=str(journal_dir),
    )


def injection_rules(insert: InsertSettings) -> InjectionRules:
    """How text may get into a window."""
    from desktop.oslayer.injection.base import InjectionRules

    return InjectionRules(
        may_paste=insert.method in {"auto", "paste"},
        may_type=insert.method in {"auto", "typing"},
        newlines_in_terminals=insert.newlines_in_terminals,
    )


def keep_alive_settings(settings: Settings) -> KeepAliveSettings:
    """How long the model stays, and what happens when somebody else needs the card."""
    from desktop.core.keep_alive_commands import GiveWayTo, KeepAliveSettings

    model = settings.model
    return KeepAliveSettings(
        idle_unload_s=float(model.idle_unload_s),
        give_way_to=GiveWayTo.CPU if settings.gpu.give_way == "cpu" else GiveWayTo.NOTHING,
        comes_back=settings.gpu.comes_back,
        standby=model.standby,
        standby_limit_bytes=model.standby_mib << 20,
        unload_on_lock=model.unload_on_lock,
    )


def memory_fraction(model: ModelSettings) -> float | None:
    """Ceiling for the worker's share of the card; ``None`` without one."""
    return model.memory_fraction or None
