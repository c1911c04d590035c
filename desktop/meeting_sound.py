"""The recorded sound of meetings, which goes with them."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

_log = logging.getLogger(__name__)


def drop_sound(recording: Path, home: Path) -> None:
    """Delete a meeting's folder below ``home``. No other: a database may come from elsewhere."""
    if recording.parent != home:
        return
    try:
        shutil.rmtree(recording)
    except OSError as error:
        _log.info("the sound of a meeting was not deleted: %s", error.strerror)
