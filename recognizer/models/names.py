"""Names that models' folders may have."""

from __future__ import annotations

import re
from typing import Final

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,79}\Z")


def is_name(text: str) -> bool:
    """One plain part of a path, never hidden, never ``..``; ends in no dot, which Windows drops."""
    return bool(_NAME.match(text)) and not text.endswith(".")
