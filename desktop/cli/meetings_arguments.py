"""The arguments of ``plosive meetings``."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, Final

FORMATS: Final = ("txt", "srt", "vtt", "json", "md")
ID_HELP: Final = "as plosive meetings list shows it (its beginning is enough), or last"


def add_meetings(commands: Any, command: Callable[[Any, str, str, str], argparse.ArgumentParser]) -> None:
    """``command`` makes a parser: (parsers, name, what carries it out, sentence)."""
    meetings = command(commands, "meetings", "meetings:run_list", "show what was said in meetings")
    actions = meetings.add_subparsers(metavar="ACTION", required=True, title="actions")
    listing = command(actions, "list", "meetings:run_list", "the meetings that are kept")
    show = command(actions, "show", "meetings:run_show", "what was said in one")
    search = command(actions, "search", "meetings:run_search", "who said these words, when and where")
    export = command(actions, "export", "meetings:run_export", "write one into a file")
    rename = command(actions, "rename", "meetings:run_rename", "give one a name; then it is kept for good")
    delete = command(actions, "delete", "meetings:run_delete", "forget one, for good, and its sound")
    for parser in (show, export, rename, delete):
        help_ = f"{ID_HELP}; all: every one" if parser is delete else ID_HELP
        parser.add_argument("id", metavar="ID", help=help_)
    for parser in (listing, show, search):
        parser.add_argument("--json", action="store_true", help="all that is known, for other programs")
    search.add_argument("words", nargs="+", help="parts of words count; upper and lower case are alike")
    export.add_argument("--format", choices=FORMATS, help="instead of by the ending of the file")
    export.add_argument("--out", metavar="FILE", default="-", help="- is stdout (the default)")
    rename.add_argument("name", metavar="NAME", help="'' takes a name away")
    delete.add_argument("--yes", action="store_true", help="do not ask")
