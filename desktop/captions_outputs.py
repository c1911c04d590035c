"""Captions for other programs, as the settings want them; nothing is loaded while nobody wants any.

The local server is there as long as the setting is on, so that programs find it before a meeting; OBS is
connected to while captions are on. GUI thread only.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from audio.events import Problem
from desktop.core.captions_facts import PublishCaption
from desktop.live_output.facts import (
    LiveOutputChanged,
    LiveOutputSettings,
    LiveOutputTroubled,
    ObsChoice,
    ServerChoice,
)
from desktop.settings.schema import Settings

if TYPE_CHECKING:
    from desktop.live_output.output import LiveOutput


class CaptionsOutputs:
    """``post`` takes facts of the thread ``live-output``; ``token_file`` holds the secret for readers."""

    def __init__(
        self,
        settings: Callable[[], Settings],
        post: Callable[[object], None],
        tell: Callable[[Problem], None],
        token_file: Path,
    ) -> None:
        self._settings = settings
        self._post = post
        self._tell = tell
        self._token_file = token_file
        self._output: LiveOutput | None = None
        self._wanted = LiveOutputSettings()
        self._state = LiveOutputChanged()

    def follow(self, *, is_captioning: bool) -> None:
        """The settings have changed, or captions began or ended."""
        wanted = self._wishes(is_captioning)
        if wanted == self._wanted:
            return
        self._wanted = wanted
        if self._output is not None:
            self._output.configure(wanted)
            return
        from desktop.live_output.output import LiveOutput

        self._output = LiveOutput(self._post)
        self._output.start(wanted)

    def publish(self, caption: PublishCaption) -> None:
        """Tell whoever reads."""
        if self._output is not None:
            self._output.publish(caption)

    def take(self, event: object) -> bool:
        """What the thread tells; whether this was it."""
        match event:
            case LiveOutputChanged():
                self._state = event
            case LiveOutputTroubled():
                self._tell(event.problem)
            case _:
                return False
        return True

    def status(self) -> dict[str, Any]:
        """Where captions can be read, by how many they are, and how OBS does."""
        state = self._state
        token_file = str(self._token_file) if state.url else ""
        return {"url": state.url, "token_file": token_file, "listeners": state.listeners, "obs": state.obs}

    def stop(self) -> None:
        """Say good-bye to whoever reads."""
        if self._output is not None:
            self._output.stop()

    def _wishes(self, is_captioning: bool) -> LiveOutputSettings:
        chosen = self._settings().captions
        server = ServerChoice(self._token_file, chosen.live_output_port) if chosen.live_output else None
        password_file = Path(chosen.obs_password_file).expanduser() if chosen.obs_password_file else None
        obs = ObsChoice(chosen.obs_url, password_file, chosen.obs_text_source)
        return LiveOutputSettings(server, obs if chosen.obs and is_captioning else None)
