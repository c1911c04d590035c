"""PySide6 without a copy of all our source code in memory.

PySide6 searches the source of every module imported after it for its own name, because that module
might use ``__feature__``. Python's line cache keeps what is read for that: 317 files, 11 MiB of the tray
program for good. Nothing here uses ``__feature__``, so no module needs to be read.
"""

from __future__ import annotations

import sys
from typing import Final

import PySide6.QtCore  # noqa: F401 (installs what is changed here)

SEARCHER: Final = "shibokensupport.feature"
SEARCH: Final = "_mod_uses_pyside"


def read_no_sources() -> bool:
    """To be called before the large imports; false where this PySide6 works in another way."""
    searcher = sys.modules.get(SEARCHER)
    if searcher is None or not hasattr(searcher, SEARCH):
        return False
    setattr(searcher, SEARCH, lambda _module: False)
    return True
