"""The arguments of every command. ``run`` of the parsed arguments names what carries it out."""

from __future__ import annotations

import argparse
from typing import Any, Final

from desktop.cli.meetings_arguments import add_meetings

EXIT_CODES: Final = "exit codes: 0 done, 1 failed, 2 wrong use, 3 Plosive is not running, 130 interrupted"
CONTROL: Final = {
    "raise": "show the running program's window",
    "press": "begin to dictate, like the key going down",
    "release": "finish, like the key going up",
    "toggle": "begin to dictate, or finish",
    "cancel": "throw the running dictation away",
    "retry": "recognise the last failed dictation again",
    "load": "bring the model in",
    "unload": "end the model's process and give its memory back",
    "clean-cache": "give unused card memory back without unloading",
    "gauge": "show the window with the card's memory",
    "quit": "end the running program",
}
"""What is handed on to the running program, as it is."""
CAPTIONS: Final = {
    "start": "begin a meeting",
    "stop": "end it",
    "toggle": "begin or end",
    "pause": "hear nothing for a while, or go on",
    "bookmark": "mark this moment in the transcript",
    "lock": "let clicks through the window, or no longer",
    "meetings": "show the window with the meetings there were",
    "status": "tell how captions are doing",
}


def build_parser() -> argparse.ArgumentParser:
    """Every command and its options."""
    parser = argparse.ArgumentParser(
        prog="plosive",
        description="Hold a key, speak, release: the words stand in the window you were typing in. "
        "Without a command it starts, or shows itself if it runs already.",
        epilog=EXIT_CODES,
    )
    parser.add_argument("--version", action="store_const", const="desktop.cli.version:run", dest="run")
    commands = parser.add_subparsers(metavar="COMMAND", title="commands")
    _add_control(commands)
    _add_recognition(commands)
    _add_captions(commands)
    _add_history(commands)
    add_meetings(commands, _command)
    _add_config(commands)
    _add_models(commands)
    _add_looking(commands)
    return parser


def _command(commands: Any, name: str, run: str, sentence: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=sentence, description=sentence[0].upper() + sentence[1:] + ".", epilog=EXIT_CODES
    )
    parser.set_defaults(run=f"desktop.cli.{run}")
    return parser


def _add_control(commands: Any) -> None:
    for verb, sentence in CONTROL.items():
        parser = _command(commands, verb, f"control:{'run_load' if verb == 'load' else 'run'}", sentence)
        parser.set_defaults(verb=verb)
        if verb == "unload":
            parser.add_argument(
                "--stay", action="store_true", help="load nothing again until asked to (before gaming)"
            )
            parser.add_argument("--wait", action="store_true", help="if it is in use, unload when that ends")
    files = _command(commands, "files", "control:run_files", "show the window that writes down recordings")
    files.add_argument("paths", nargs="*", metavar="PATH", help="files and folders to put into its list")
    files.add_argument("--start", action="store_true", help="begin with them at once")
    status = _command(commands, "status", "control:run_status", "tell what the running program is doing")
    status.add_argument("--json", action="store_true", help="all of it, for other programs")


def _add_recognition(commands: Any) -> None:
    transcribe = _command(commands, "transcribe", "transcribe:run", "write down what recordings say")
    _add_transcribe(transcribe)
    stream = _command(commands, "stream", "stream:run", "recognise a recording as if it were live speech")
    stream.add_argument("file", metavar="FILE")
    pace = stream.add_mutually_exclusive_group()
    pace.add_argument("--realtime", action="store_true", help="at the pace of a microphone (the default)")
    pace.add_argument("--fast", action="store_true", help="as fast as it can be recognised")
    stream.add_argument(
        "--events",
        metavar="OUT.jsonl",
        default="-",
        help="one JSON line for each event; - is stdout (the default)",
    )
    for parser in (transcribe, stream):
        parser.add_argument(
            "--model",
            metavar="NAME|DIR",
            help="pocketsphinx, another installed model, or a FunASR model folder",
        )
        parser.add_argument("--device", help="auto, cpu, mps, cuda or cuda:N")
        parser.add_argument(
            "--server", metavar="URL", help="recognise on this FunASR server (ws:// or wss://); '' is here"
        )


def _add_transcribe(transcribe: argparse.ArgumentParser) -> None:
    transcribe.epilog = f"Without --format and --out the text is printed. {EXIT_CODES}"
    transcribe.add_argument(
        "files", nargs="+", metavar="PATH", help="files, folders, patterns; - is standard input"
    )
    transcribe.add_argument(
        "--json", action="store_true", help="print with times, one JSON line for each utterance"
    )
    transcribe.add_argument(
        "--format", metavar="LIST", help="write files: txt,srt,vtt,json,md (some of them, with commas)"
    )
    transcribe.add_argument(
        "--out", metavar="DIR", help="into this folder instead of beside each recording; - prints"
    )
    transcribe.add_argument("--watch", action="store_true", help="go on with what comes into the folders")
    transcribe.add_argument(
        "--resume",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="go on with interrupted work and skip what is done (the default)",
    )
    transcribe.add_argument("--force", action="store_true", help="overwrite files that Plosive did not write")
    transcribe.add_argument(
        "--segment-s", type=_whole(12, 300), metavar="S", help="longest segment, in seconds (12 to 300)"
    )


def _add_captions(commands: Any) -> None:
    captions = _command(commands, "captions", "captions:run", "caption live what you and others say")
    actions = captions.add_subparsers(metavar="ACTION", required=True, title="actions")
    for name, sentence in CAPTIONS.items():
        parser = _command(actions, name, "captions:run", sentence)
        parser.set_defaults(action=name)
        if name == "bookmark":
            parser.add_argument("note", nargs="?", default="", help="a word about it")
        if name == "status":
            parser.add_argument("--json", action="store_true", help="all of it, for other programs")
    _add_tail(actions)


def _add_tail(actions: Any) -> None:
    tail = _command(actions, "tail", "captions_tail:run", "print what is said, a line for each utterance")
    tail.add_argument("--json", action="store_true", help="each message as it is, also of what still grows")
    tail.add_argument("--final", action="store_true", help="with --json: finished utterances only")
    tail.add_argument("--source", choices=("me", "others"), default="", help="one side only")


def _add_history(commands: Any) -> None:
    history = _command(commands, "history", "history:run_list", "show what you dictated")
    actions = history.add_subparsers(metavar="ACTION", required=True, title="actions")
    for name, sentence in {"list": "the latest dictations", "search": "dictations with these words"}.items():
        parser = _command(actions, name, f"history:run_{name}", sentence)
        if name == "search":
            parser.add_argument(
                "words", nargs="+", help="parts of words count; upper and lower case are alike"
            )
        parser.add_argument("-n", "--limit", type=_whole(1), default=20, help="how many at most (default 20)")
        parser.add_argument("--json", action="store_true", help="all that is known of them")
    _add_jobs(commands)
    clear = _command(actions, "clear", "history:run_clear", "forget everything, for good")
    clear.add_argument("--yes", action="store_true", help="do not ask")
    export = _command(actions, "export", "history:run_export", "write everything into a file")
    export.add_argument("out", metavar="OUT", help="ends in .txt, .json, .csv or .md; - is stdout")
    export.add_argument("--format", choices=("txt", "json", "csv", "md"), help="instead of by the ending")


def _add_jobs(commands: Any) -> None:
    jobs = _command(commands, "jobs", "jobs:run", "show which recordings were written down, and what failed")
    jobs.add_argument("-n", "--limit", type=_whole(1), default=10, help="how many at most (default 10)")
    jobs.add_argument("--json", action="store_true", help="all that is known of them")


def _add_config(commands: Any) -> None:
    config = _command(commands, "config", "config:run_get", "show and change settings")
    actions = config.add_subparsers(metavar="ACTION", required=True, title="actions")
    get = _command(actions, "get", "config:run_get", "the value of a setting; of all without KEY")
    get.add_argument("key", nargs="?", metavar="KEY", help="such as audio.pre_roll_ms")
    get.add_argument("--json", action="store_true")
    put = _command(actions, "set", "config:run_set", "change a setting")
    put.add_argument("key", metavar="KEY")
    put.add_argument("value", metavar="VALUE", help="lists with commas between")
    _command(actions, "path", "config:run_path", "where the settings file is")


def _add_models(commands: Any) -> None:
    models = _command(commands, "models", "models:run_list", "install and remove models of recognition")
    actions = models.add_subparsers(metavar="ACTION", required=True, title="actions")
    listing = _command(actions, "list", "models:run_list", "those that are installed or can be")
    install = _command(actions, "install", "models:run_install", "download a model of the list")
    install.add_argument("name", metavar="NAME")
    install.add_argument(
        "--from",
        dest="source",
        default="modelscope",
        metavar="HUB",
        help="modelscope (the default), huggingface, or the address of a mirror of the latter",
    )
    install.add_argument("--mirror", default="", metavar="URL", help="another address of that hub")
    install.add_argument(
        "--stall-seconds", type=_whole(1), default=30, help="without a byte, before trying again (default 30)"
    )
    verify = _command(actions, "verify", "models:run_verify", "compare with what was installed")
    verify.add_argument("name", nargs="?", metavar="NAME", help="only this one")
    remove = _command(actions, "remove", "models:run_remove", "delete an installed model")
    remove.add_argument("name", metavar="NAME")
    take = _command(actions, "import", "models:run_import", "take a model from a folder or a .zip")
    take.add_argument("dir", metavar="DIR")
    take.add_argument("--name", help="instead of the folder's own")
    take.add_argument("--link", action="store_true", help="hard links instead of copies, where possible")
    for parser in (listing, install, verify, take):
        parser.add_argument("--json", action="store_true", help="for other programs")


def _add_looking(commands: Any) -> None:
    doctor = _command(commands, "doctor", "doctor:run", "look whether all that dictation needs is there")
    doctor.add_argument("--json", action="store_true")
    doctor.add_argument("--quick", action="store_true", help="do not load the model")
    log = _command(commands, "log", "log:run", "show logs")
    log.add_argument(
        "--gpu", action="store_true", help="what was done to the card's memory, when and by whom"
    )
    log.add_argument("-n", "--limit", type=_whole(1), default=50, help="how many lines at most (default 50)")
    log.add_argument("--json", action="store_true")
    demo = _command(commands, "demo", "demo:run", "show the whole program on a virtual desktop")
    demo.add_argument("--out", required=True, metavar="DIR", help="folder of the result and the screenshots")


def _whole(low: int, high: int = 1_000_000) -> Any:
    def number(text: str) -> int:
        if not text.isdecimal() or int(text) < low or int(text) > high:
            raise argparse.ArgumentTypeError(f"must be a whole number from {low} to {high}")
        return int(text)

    return number
