"""``plosive captions``: live captions of the running program."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from desktop.cli import output
from desktop.cli.control import ask

STATES = {"off": "Captions are off.", "on": "Captions are on.", "paused": "Captions are paused."}


def run(arguments: Namespace) -> int:
    """Hand the action on; tell how captions are doing then."""
    action = str(arguments.action)
    told = ask("captions", action=action, note=getattr(arguments, "note", ""))
    if action == "status" and arguments.json:
        output.result_json(told)
        return output.OK
    for line in lines_of(told) if action == "status" else [STATES[told["state"]]]:
        output.result(line)
    return output.OK


def lines_of(told: dict[str, Any]) -> list[str]:
    """The status in a few words; never what was said."""
    lines = [STATES.get(str(told.get("state")), "")]
    if told.get("state") != "off":
        heard = [f"{name} ({each['name']})" for name, each in told["sources"].items() if each["is_heard"]]
        lines.append(f"Heard: {', '.join(heard) or 'nothing'}. Lines saved: {told['lines_saved']}.")
        if told.get("notice"):
            lines.append(str(told["notice"]))
    if told.get("is_locked"):
        lines.append("Clicks go through the window.")
    if (offered := told.get("live_output") or {}).get("url"):
        lines.append(
            f"Other programs read them at {offered['url']} with the token in {offered['token_file']}."
        )
    return lines
