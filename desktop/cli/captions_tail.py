"""``plosive captions tail``: what is captioned, line by line, until the program ends."""

from __future__ import annotations

import json
from argparse import Namespace
from pathlib import Path
from typing import Any, Final

from audio.events import Problem
from desktop.cli import output
from desktop.cli.control import ask
from desktop.cli.output import CommandFailed

NOT_OFFERED: Final = Problem(
    "live-output-off",
    "The running program does not offer its captions to other programs.",
    "Allow it: plosive config set captions.live_output true",
)
NO_TOKEN: Final = Problem(
    "live-output-token-unread",
    "The file with the token for reading captions cannot be read.",
    "Switch the live output off and on in the settings; that writes it anew.",
)


def run(arguments: Namespace) -> int:
    """Print finished utterances as they come; with ``--json`` every message, also of what still grows."""
    from desktop.live_output.following import follow

    offered = ask("captions", action="status").get("live_output") or {}
    if not offered.get("url"):
        raise CommandFailed(NOT_OFFERED)
    token = _token(Path(str(offered["token_file"])))
    for told in follow(str(offered["url"]), token, arguments.source):
        line = line_of(told, is_json=arguments.json, is_final_only=arguments.final)
        if line:
            output.result(line)
    return output.OK


def line_of(told: dict[str, Any], *, is_json: bool = False, is_final_only: bool = False) -> str:
    """One message as a line of the output; "" for what is not shown."""
    is_final = told.get("mode") == "2pass-offline"
    if is_json:
        return "" if is_final_only and not is_final else json.dumps(told, ensure_ascii=False)
    text = str(told.get("text") or "")
    if not is_final or not text:
        return ""
    speaker = str(told.get("wav_name") or "")
    return f"{speaker}: {text}" if speaker else text


def _token(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandFailed(NO_TOKEN) from error
