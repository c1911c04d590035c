"""The settings of live captions; see ``schema``."""

from __future__ import annotations

import re
from dataclasses import dataclass

from desktop.settings.option import BadValue, full_path, option


def colour(text: str) -> str:
    """``#RRGGBB`` in capitals. Raises ``BadValue``."""
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", text):
        raise BadValue("must be a colour like #F4F6FA")
    return text.upper()


def shortcut(text: str) -> str:
    """The canonical name of a key, or nothing. Raises ``BadValue``."""
    from desktop.oslayer.hotkeys.keys import KeyNameError, parse_shortcut

    try:
        return parse_shortcut(text).name if text else ""
    except KeyNameError as error:
        raise BadValue(
            f"is no key that can be used: {error.problem.sentence} {error.problem.remedy}"
        ) from error


def loopback_url(text: str) -> str:
    """Where OBS listens on this computer. Raises ``BadValue``."""
    if not re.fullmatch(r"ws://(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?/?", text):
        raise BadValue("must be an address on this computer, like ws://127.0.0.1:4455")
    return text


@dataclass(frozen=True, slots=True)
class CaptionsOptions:
    """Live captions of what you say and of what the computer plays."""

    source: str = option(
        "both",
        "Whom to caption: me (the microphone), others (what the computer plays) or both.",
        choices=("both", "me", "others"),
    )
    label_me: str = option("", "What you are called in captions and transcripts; empty: Me.")
    label_others: str = option("", "What the others are called there; empty: Others.")
    speaker_turns: str = option(
        "",
        "Name or folder of a model that tells the voices of the others apart, such as cam++; empty: none.",
    )
    mode: str = option(
        "fast",
        "fast: words appear at once and may still change. calm: only words that stay.",
        choices=("fast", "calm"),
    )
    lines: int = option(2, "Lines of text in the window.", within=(1, 6))
    font_family: str = option("", "Font of the captions; empty: the desktop's own.")
    font_px: int = option(28, "Size of the letters.", unit="px", within=(14, 96))
    text_colour: str = option("#F4F6FA", "Colour of the text, like #F4F6FA.", check=colour)
    ground_colour: str = option("#1B1F27", "Colour of the ground, like #1B1F27.", check=colour)
    opacity_percent: int = option(
        84, "How much the ground covers what is behind it.", unit="%", within=(0, 100)
    )
    outline_px: int = option(2, "Outline of the letters.", unit="px", within=(0, 6))
    width_percent: int = option(
        60, "Share of the screen's width, until you resize the window.", unit="%", within=(15, 100)
    )
    is_locked: bool = option(False, "Clicks go through the window to what is behind it.")
    hide_after_s: int = option(
        8, "Hide the window when nobody has spoken for this long; 0: never.", unit="s", within=(0, 3600)
    )
    auto_stop_min: int = option(
        15, "End captions when nobody has spoken for this long; 0: never.", unit="min", within=(0, 1440)
    )
    keep_audio: bool = option(False, "Keep the sound of meetings beside their text, as FLAC files.")
    keywords: tuple[str, ...] = option((), "Tell you when one of these words is said, such as your name.")
    key_toggle: str = option("", "Key that starts and ends captions; empty: none.", check=shortcut)
    key_pause: str = option("", "Key that pauses captions; empty: none.", check=shortcut)
    key_bookmark: str = option(
        "", "Key that marks the moment in the transcript; empty: none.", check=shortcut
    )
    key_lock: str = option(
        "", "Key that lets clicks through the window, or no longer; empty: none.", check=shortcut
    )
    live_output: bool = option(
        False, "Let programs on this computer read the captions live, with a token, over a local WebSocket."
    )
    live_output_port: int = option(0, "Its port; 0: any that is free.", within=(0, 65535))
    obs: bool = option(False, "Send the captions to OBS as its stream's captions.")
    obs_url: str = option(
        "ws://127.0.0.1:4455", "Where OBS listens (Tools, WebSocket server).", check=loopback_url
    )
    obs_text_source: str = option(
        "", "Name of a text source of OBS to write the captions into as well; empty: none."
    )
    obs_password_file: str = option(
        "", "File whose first line is the password of OBS's WebSocket server; empty: none.", check=full_path
    )
