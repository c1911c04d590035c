"""Captions on their way to other programs: the thread ``live-output`` owns every connection.

It runs an event loop; the outside reaches it only by handing wishes over, and nobody waits for it but
``stop``.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from desktop.core.captions_facts import PublishCaption
from desktop.live_output import problems
from desktop.live_output.access import read_or_make_token
from desktop.live_output.facts import (
    LiveOutputChanged,
    LiveOutputFact,
    LiveOutputSettings,
    LiveOutputTroubled,
    ObsChoice,
    ServerChoice,
)
from desktop.live_output.obs import ObsCaptions
from desktop.live_output.server import HOST, CaptionsServer

STOP_DEADLINE_S: Final = 3.0
_log = logging.getLogger(__name__)


class LiveOutput:
    """``emit`` is called on the thread ``live-output``. Made when first wanted, stopped once."""

    def __init__(self, emit: Callable[[LiveOutputFact], None]) -> None:
        self._emit = emit
        self._loop = asyncio.new_event_loop()
        self._ending = asyncio.Event()
        self._settings = LiveOutputSettings()
        self._changes: asyncio.Queue[LiveOutputSettings] = asyncio.Queue()
        self._server: CaptionsServer | None = None
        self._obs: ObsCaptions | None = None
        self._state = LiveOutputChanged()
        self._thread = threading.Thread(target=self._run, name="live-output", daemon=True)

    def start(self, settings: LiveOutputSettings) -> None:
        """Begin with these."""
        self._thread.start()
        self.configure(settings)

    def configure(self, settings: LiveOutputSettings) -> None:
        """Others from now on; what did not change goes on undisturbed."""
        self._hand_over(lambda: self._changes.put_nowait(settings))

    def publish(self, caption: PublishCaption) -> None:
        """Tell everybody who reads."""
        self._hand_over(lambda: self._publish(caption))

    def stop(self, timeout_s: float = STOP_DEADLINE_S) -> None:
        """Say good-bye and end the thread. Blocks up to ``timeout_s``."""
        if not self._thread.is_alive():
            return
        with suppress(RuntimeError):  # it is stopped already
            self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join(timeout_s)

    def _hand_over(self, wish: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # after ``stop`` nobody listens
            self._loop.call_soon_threadsafe(wish)

    # --- on the thread ------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._until_stopped())
        finally:
            self._loop.close()

    async def _until_stopped(self) -> None:
        following = asyncio.create_task(self._follow_settings())
        await self._ending.wait()
        following.cancel()
        await asyncio.wait([following])
        await self._guarded(self._take_up(LiveOutputSettings()))

    async def _follow_settings(self) -> None:
        while True:
            settings = await self._changes.get()
            await self._guarded(self._take_up(settings))

    async def _guarded(self, work: Coroutine[Any, Any, None]) -> None:
        """A mistake of ours becomes a sentence, not a dead thread."""
        try:
            await work
        except Exception:  # noqa: BLE001 - whatever it is, the thread must go on
            _log.exception("live output: unexpected")
            self._emit(LiveOutputTroubled(problems.UNEXPECTED))

    async def _take_up(self, settings: LiveOutputSettings) -> None:
        before, self._settings = self._settings, settings
        if before.obs != settings.obs:
            await self._choose_obs(settings.obs)
        if before.server != settings.server:
            await self._choose_server(settings.server)

    async def _choose_server(self, choice: ServerChoice | None) -> None:
        if self._server is not None:
            await self._server.stop()
            self._server = None
        url = await self._serve(choice) if choice is not None else ""
        if not url:
            self._settings = replace(self._settings, server=None)  # the next change tries again
        self._change(replace(self._state, url=url, listeners=0))

    async def _serve(self, choice: ServerChoice) -> str:
        """Where captions can be read; "" with a problem told when they cannot."""
        try:
            token = read_or_make_token(choice.token_file)
        except OSError as error:
            _log.info("live output: no token (%s)", error.strerror)
            self._emit(LiveOutputTroubled(problems.NO_TOKEN))
            return ""
        server = CaptionsServer(token, lambda count: self._change(replace(self._state, listeners=count)))
        try:
            port = await server.start(choice.port)
        except OSError as error:
            _log.info("live output: cannot listen (%s)", error.strerror)
            problem = problems.port_taken(choice.port) if choice.port else problems.NOT_LISTENING
            self._emit(LiveOutputTroubled(problem))
            return ""
        self._server = server
        return f"ws://{HOST}:{port}"

    async def _choose_obs(self, choice: ObsChoice | None) -> None:
        if self._obs is not None:
            await self._obs.stop()
            self._obs = None
        if choice is not None:
            self._obs = ObsCaptions(
                choice,
                lambda state: self._change(replace(self._state, obs=state)),
                lambda problem: self._emit(LiveOutputTroubled(problem)),
            )
            self._obs.start()
        else:
            self._change(replace(self._state, obs="off"))

    def _publish(self, caption: PublishCaption) -> None:
        if self._server is not None:
            self._server.publish(caption)
        if self._obs is not None:
            self._obs.publish(caption)

    def _change(self, state: LiveOutputChanged) -> None:
        if state != self._state:
            self._state = state
            self._emit(state)
