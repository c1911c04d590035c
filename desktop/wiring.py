"""What the settings mean to each part. Pure: one function for each part."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from audio.listener import ListenerSettings, WarmMode
from audio.segmenter import SegmenterConfig
from audio.vad import VadSettings
from desktop.core.gesture import GestureSettings, HotkeyMode
from desktop.core.giving_way import GivingWaySettings
from desktop.core.gpu_care import GpuCareSettings
from desktop.core.gpu_policy import CacheCareSettings
from desktop.core.keep_alive_commands import GiveWayTo, KeepAliveSettings
from desktop.core.session import SessionSettings
from desktop.model_choice import text_options
from desktop.oslayer.injection.base import InjectionRules
from desktop.settings.schema import Settings
from recognizer.remote_server import Server

MIB = 1 << 20


def listener_settings(settings: Settings, journal_dir: Path) -> ListenerSettings:
    """How the audio thread listens."""
    audio = settings.audio
    return ListenerSettings(
        source_name=audio.microphone or None,
        warm=cast(WarmMode, audio.warm),
        warm_s=float(audio.warm_s),
        pre_roll_ms=audio.pre_roll_ms,
        tail_ms=audio.tail_ms,
        longest_listening_s=float(audio.longest_dictation_s),
        vad=VadSettings(
            webrtc_mode=audio.vad_mode,
            use_silero=audio.confirm_with_silero,
            silero_threshold=audio.silero_threshold,
        ),
        segmenter=SegmenterConfig(
            pre_roll_ms=audio.pre_roll_ms,
            hangover_ms=audio.hangover_ms,
            longest_ms=audio.longest_utterance_s * 1000,
        ),
        journal_dir=str(journal_dir),
    )


def gesture_settings(settings: Settings) -> GestureSettings:
    """What the key means."""
    hotkey = settings.hotkey
    return GestureSettings(
        mode=HotkeyMode(hotkey.mode),
        tap_ms=hotkey.tap_ms,
        double_tap_ms=hotkey.double_tap_ms,
        double_tap_locks=hotkey.double_tap_locks,
    )


def shortcuts(settings: Settings) -> dict[str, tuple[str, str]]:
    """What can be started with a key of its own: name → (the setting's key, the key's name or "")."""
    keys = {
        "captions": "captions.key_toggle",
        "captions-pause": "captions.key_pause",
        "captions-bookmark": "captions.key_bookmark",
        "captions-lock": "captions.key_lock",
    }
    return {name: (key, str(settings.get(key))) for name, key in keys.items()}


def session_settings(settings: Settings) -> SessionSettings:
    """How a dictation ends."""
    return SessionSettings(append_space=settings.insert.append_space)


def injection_rules(settings: Settings) -> InjectionRules:
    """What may be done to get text into a window."""
    insert = settings.insert
    return InjectionRules(
        may_paste=insert.method in ("auto", "paste"),
        may_type=insert.method in ("auto", "typing"),
        newlines_in_terminals=insert.newlines_in_terminals,
        restores_clipboard=insert.restore_clipboard,
    )


def gpu_care_settings(settings: Settings) -> GpuCareSettings:
    """How the card is cared for and left to others."""
    gpu = settings.gpu
    gives_way = gpu.give_way != "off"
    return GpuCareSettings(
        giving_way=GivingWaySettings(
            full_screen=gives_way and gpu.give_way_full_screen,
            game_mode=gives_way and gpu.give_way_full_screen,
            listed=gives_way,
            floor_bytes=gpu.give_way_free_floor_mib * MIB if gives_way else 0,
        ),
        cache=CacheCareSettings(
            slack_limit_bytes=gpu.clean_between_utterances_mib * MIB,
            at_fraction=gpu.threshold_percent / 100.0,
            every_s=gpu.clean_every_min * 60.0,
        ),
        threshold=gpu.threshold_percent / 100.0,
        second_pass_keep_s=float(settings.model.second_pass_keep_s),
    )


def server(settings: Settings) -> Server | None:
    """Who recognises instead of this computer; ``None``: nobody."""
    chosen = settings.server
    if not chosen.url:
        return None
    return Server(
        url=chosen.url,
        protocol=chosen.protocol,
        token_file=chosen.token_file or None,
        ca_file=chosen.ca_file or None,
        is_insecure=chosen.insecure,
        language=chosen.language,
        hotwords=chosen.hotwords,
        text=text_options(settings),
    )


def keep_alive_settings(settings: Settings) -> KeepAliveSettings:
    """When the model comes and goes."""
    return KeepAliveSettings(
        idle_unload_s=float(settings.model.idle_unload_s),
        give_way_to=GiveWayTo.CPU if settings.gpu.give_way == "cpu" else GiveWayTo.NOTHING,
        comes_back=settings.gpu.comes_back,
        standby=settings.model.standby,
        standby_limit_bytes=settings.model.standby_mib * MIB,
        unload_on_lock=settings.model.unload_on_lock,
    )
