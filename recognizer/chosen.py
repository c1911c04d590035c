"""Where speech is recognised: here, or on a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from recognizer.base import EmitRecognizerEvent
from recognizer.driver import RecognizerDriver
from recognizer.local import local_recognizer
from recognizer.remote_server import Server

if TYPE_CHECKING:
    from recognizer.remote import RemoteRecognizer


def chosen_recognizer(
    emit: EmitRecognizerEvent, log_dir: Path, server: Server | None
) -> RecognizerDriver | RemoteRecognizer:
    """The recognizer of ``server``; without one, a worker process on this computer."""
    if server is None:
        return local_recognizer(emit, log_dir)
    from recognizer.remote import RemoteRecognizer  # its library is loaded for those who use it only

    return RemoteRecognizer(emit, server)
