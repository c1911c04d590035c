"""Commands that the running program carries out."""

from __future__ import annotations

import os
import time
from argparse import Namespace
from pathlib import Path
from typing import Any

from audio.events import Problem
from desktop.cli import output
from desktop.cli.output import CommandFailed
from desktop.oslayer.paths import runtime_folder
from desktop.oslayer.single_instance import ControlClient, InstanceLock, NotRunning

UNLOAD_TIMEOUT_S = 35.0
"""A hung worker takes seconds to end, and somebody may be dictating."""
LOAD_TIMEOUT_S = 300.0
NOT_LOADED = Problem(
    "control.not_loaded", "The model was not loaded.", "plosive status tells what it is doing instead."
)


def run(arguments: Namespace) -> int:
    """Hand the verb on; print what the program says, if it says anything."""
    verb = str(arguments.verb)
    options = {name: True for name in ("stay", "wait") if getattr(arguments, name, False)}
    answer = ask(verb, timeout_s=UNLOAD_TIMEOUT_S if verb == "unload" else 10.0, **options)
    sentence = answer.get("sentence")
    if sentence:
        output.result(str(sentence))
    return output.OK


def run_files(arguments: Namespace) -> int:
    """Show the window of recordings, with these in its list."""
    paths = [os.fsencode(Path(name).absolute()).hex() for name in arguments.paths]
    ask("files", paths=paths, start=arguments.start)
    return output.OK


def run_load(_: Namespace) -> int:
    """Ask for the model and wait until it is there; 1 with the reason if it cannot come."""
    ask("load")
    end_s = time.monotonic() + LOAD_TIMEOUT_S
    while time.monotonic() < end_s:
        told = ask("status")
        model = told.get("model") or {}
        if model.get("device") and model.get("state") in {"ready", "busy", "idle"}:
            output.result(f"{model.get('name')}: ready on {model['device']}.")
            return output.OK
        if model.get("state") == "unloaded":
            raise CommandFailed(Problem(**told["problem"]) if told.get("problem") else NOT_LOADED)
        time.sleep(0.1)
    raise CommandFailed(NOT_LOADED)


def run_status(arguments: Namespace) -> int:
    """Print what the program is doing."""
    answer = ask("status")
    if arguments.json:
        output.result_json(answer)
    else:
        for line in status_lines(answer):
            output.result(line)
    return output.OK


def ask(verb: str, *, timeout_s: float = 10.0, **args: Any) -> dict[str, Any]:
    """The running program's answer. Raises ``CommandFailed``, with exit code 3 if it does not run."""
    folder = runtime_folder()
    client = ControlClient(folder / "control.sock")
    try:
        return client.call(verb, timeout_s=timeout_s, **args)
    except NotRunning as error:
        if not is_starting(folder / "instance.lock"):
            raise CommandFailed(error.problem, output.NOT_RUNNING) from error
    try:
        return client.call_when_up(verb, timeout_s=timeout_s, **args)
    except NotRunning as error:
        raise CommandFailed(error.problem, output.NOT_RUNNING) from error


def is_starting(lock_path: Path) -> bool:
    """Whether a program holds the lock although it does not listen yet: its icon comes first."""
    if not lock_path.exists():
        return False
    lock = InstanceLock(lock_path)
    is_free = lock.acquire()
    lock.release()
    return not is_free


def status_lines(status: dict[str, Any]) -> list[str]:
    """The status in a few words. What is missing in the answer is left out."""
    model = status.get("model") or {}
    lines = [f"Plosive is {status.get('state', 'running')}. Dictation key: {status.get('hotkey', '?')}."]
    if model:
        where = f" on {model['device']}" if model.get("device") else ""
        lines.append(f"Model: {model.get('name')} ({model.get('state')}{where}).")
    lines += [card_line(card) for card in status.get("gpu") or []]
    last = status.get("last_dictation") or {}
    if last:
        landed = "inserted" if last.get("landed") else "not inserted"
        lines.append(f"Last dictation: {len(str(last.get('text', '')))} characters, {landed}.")
    problem = status.get("problem") or {}
    if problem:
        lines.append(f"Trouble: {problem.get('sentence')} {problem.get('remedy')}")
    return lines


def card_line(card: dict[str, Any]) -> str:
    """``GPU memory 5.2 / 16.0 GiB (32 %), of it ours 1.9 GiB``."""
    if card.get("is_asleep"):
        return f"{card.get('name')}: asleep."
    sizes = (card.get("used_bytes"), card.get("total_bytes"), card.get("ours_bytes"))
    used, total, ours = (int(size or 0) / (1 << 30) for size in sizes)
    percent = card.get("used_percent", round(100 * used / total) if total else 0)
    memory = f"GPU memory {used:.1f} / {total:.1f} GiB ({percent} %), of it ours {ours:.1f} GiB"
    return f"{card.get('name')}: {memory}."
