"""Live captions at work: facts go to the core, its wishes to listeners, recognizer, window and memory.

GUI thread only. Made with the program; threads and windows are made when captions are first wanted.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from desktop.bridge import Ticker
from desktop.captions_ears import CaptionsEars
from desktop.captions_parts import CaptionsParts, core_settings
from desktop.captions_relay import CaptionsRelay
from desktop.controller import monotonic_ms
from desktop.core import captions_facts as cap
from desktop.core.captions import CaptionsSession
from desktop.core.commands import AcquireLease, CancelUtterances, ReleaseLease, TellProblem
from desktop.core.events import TimePassed
from desktop.settings.schema import Settings

_log = logging.getLogger(__name__)
TICK_MS: Final = 500


class CaptionsDesk:
    """``settings`` tells those of now."""

    def __init__(self, parts: CaptionsParts, settings: Callable[[], Settings]) -> None:
        self._parts = parts
        self._settings = settings
        self._microphone = settings().audio.microphone
        self.session = CaptionsSession(core_settings(settings()))
        self._relay: CaptionsRelay | None = None
        self._ears: CaptionsEars | None = None
        self._keys: dict[int, str] = {}
        self._folders: dict[int, Path | None] = {}
        self.last_meeting = ""
        self._ticker = Ticker(TICK_MS, lambda: self.take(TimePassed(monotonic_ms())))

    # --- wishes of the user ------------------------------------------------------------------------

    def start(self) -> None:
        """Caption from now on."""
        self.take(cap.CaptionsStartRequested(monotonic_ms()))

    def stop(self) -> None:
        """The meeting is over."""
        self.take(cap.CaptionsStopRequested(monotonic_ms()))

    def toggle(self) -> None:
        """Start or stop."""
        self.stop() if self.session.is_on else self.start()

    def pause(self) -> None:
        """Hear nothing, or go on."""
        self.take(cap.CaptionsPauseRequested(monotonic_ms(), not self.session.is_paused))

    def bookmark(self, note: str = "") -> None:
        """Mark this moment."""
        self.take(cap.BookmarkRequested(monotonic_ms(), note))

    def configure(self) -> None:
        """The settings have changed."""
        self.session.configure(core_settings(self._settings()))
        if self._ears is not None:
            self._ears.configure()
        before, self._microphone = self._microphone, self._settings().audio.microphone
        if self._microphone != before:
            self.take(cap.MicrophoneChosen())
        self.take(TimePassed(monotonic_ms()))

    def quit(self) -> None:
        """End; what was said is saved as far as it is known."""
        self._ticker.run(False)
        if self._ears is not None:
            self._ears.stop()
        if self._relay is not None:
            self._relay.stop()
        self.take(cap.CaptionsLeft(monotonic_ms()))
        self._ticker.run(False)

    def status(self) -> dict[str, Any]:
        """What ``plosive captions status`` tells; the user's own words to them only."""
        meeting, view = self.session.meeting, self.session.view
        state = "off" if meeting is None else "paused" if meeting.is_paused else "on"
        return {
            "state": state,
            "meeting": self._keys.get(meeting.meeting_id, "") if meeting else "",
            "last_meeting": self.last_meeting,
            "lines_saved": meeting.lines_saved if meeting else 0,
            "echoes": meeting.echoes if meeting else 0,
            "sources": {
                source.value: {"is_heard": hearing.is_heard, "name": hearing.source_name}
                for source, hearing in (meeting.hearings.items() if meeting else ())
            },
            "view": view.state.value if view else "hidden",
            "notice": view.notice if view else "",
            "lines": [
                {"speaker": line.speaker, "text": line.committed + line.tentative, "is_final": line.is_final}
                for line in (view.lines if view else ())
            ],
        }

    # --- facts --------------------------------------------------------------------------------------

    def take(self, event: object) -> None:
        """Take one fact; unknown ones mean nothing here."""
        now_ms = monotonic_ms()
        before = (self.session.is_on, self.session.is_paused)
        for wish in self.session.handle(event, now_ms):
            self._hear(wish)
            self._keep(wish)
            self._present(wish)
        self._ticker.run(self.session.wants_time)
        if before != (self.session.is_on, self.session.is_paused):
            self._parts.changed()

    # --- wishes of the core ---------------------------------------------------------------------------

    def _hear(self, wish: cap.CaptionsCommand) -> None:
        parts = self._parts
        match wish:
            case cap.BeginHearing():
                folder = self._folders[wish.meeting_id]
                self._made_ears().begin(wish.source, wish.listening_id, folder, wish.source.value)
            case cap.EndHearing():
                self._made_ears().end(wish.source, wish.listening_id)
            case cap.HearAgain():
                self._made_relay().hear_again(wish.utterance_id)
            case cap.ForgetSound():
                self._made_relay().forget(wish.utterance_id)
            case CancelUtterances():
                for utterance_id in wish.utterance_ids:
                    parts.recognizer.cancel(utterance_id)
            case AcquireLease():
                parts.keeper.acquire(wish.holder, wish.now_ms)
            case ReleaseLease():
                parts.keeper.release(wish.holder, wish.now_ms)

    def _keep(self, wish: cap.CaptionsCommand) -> None:
        memory = self._parts.memory
        match wish:
            case cap.BeginMeeting():
                self._begin_meeting(wish.meeting_id)
            case cap.SaveLine():
                memory.add_line(self._keys[wish.meeting_id], wish.number, wish.line)
            case cap.SaveBookmark():
                memory.add_bookmark(self._keys[wish.meeting_id], wish.bookmark)
            case cap.EndMeeting():
                memory.end(self._keys[wish.meeting_id], wish.duration_ms)
                _log.info("captions ended: %d lines, %d without text", wish.lines, wish.lost)
                del self._folders[wish.meeting_id]

    def _begin_meeting(self, meeting_id: int) -> None:
        key, settings = str(uuid.uuid4()), self._settings()
        _log.info("captions begin: %s", settings.captions.source)
        is_kept = settings.captions.keep_audio and settings.history.enabled  # no sound without its text
        folder = self._parts.recordings / key if is_kept else None
        self._keys[meeting_id] = self.last_meeting = key
        self._folders[meeting_id] = folder
        self._parts.memory.begin(key, datetime.now(UTC), folder)

    def _present(self, wish: cap.CaptionsCommand) -> None:
        parts = self._parts
        match wish:
            case cap.ShowCaptions():
                parts.screen.show(wish.view)
            case cap.HideCaptions():
                parts.screen.hide()
            case cap.PublishCaption():
                for output in parts.outputs:
                    output(wish)
            case cap.SayCaptions():
                parts.say(wish.sentence)
            case TellProblem():
                parts.tell(wish.problem)

    # --- made when needed -------------------------------------------------------------------------------

    def _made_relay(self) -> CaptionsRelay:
        if self._relay is None:
            parts, settings = self._parts, self._settings
            self._relay = CaptionsRelay(parts.recognizer, parts.post, lambda: settings().audio.hangover_ms)
            self._relay.start()
        return self._relay

    def _made_ears(self) -> CaptionsEars:
        if self._ears is None:
            relay = self._made_relay()
            self._ears = CaptionsEars(self._settings, relay.ear, self._parts.next_utterance_id)
        return self._ears
