"""``plosive transcribe FILE…``: what recordings say, one line for each utterance."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable, Iterator
from pathlib import Path

from audio.events import Problem, SpeechStarted
from audio.listener import ListenerSettings
from audio.media_source import MediaSource
from audio.source import AudioSource, SourceFailed
from desktop import wiring
from desktop.cli import output
from desktop.cli.config import settings_told
from desktop.cli.output import CommandFailed
from desktop.cli.recognition import Recognition, SourceEnded, Told
from desktop.core.file_job_facts import missing_of
from desktop.core.file_names import shown
from desktop.files.gathering import Found, gather
from desktop.files.making import name_of
from desktop.model_choice import finished_model, model_folders
from desktop.oslayer.paths import app_paths
from desktop.settings.option import BadValue
from desktop.settings.schema import Settings
from recognizer.events import Final, UtteranceFailed

SEE_HELP = "plosive transcribe --help tells what can be said."


def run(arguments: Namespace) -> int:
    """Every file in turn; one that cannot be read does not stop the others, but the exit code tells."""
    if arguments.format or arguments.out or arguments.watch:
        return _write_files(arguments)
    found, missing = gather(arguments.files)
    for problem in missing:
        output.tell(problem)
    problems = [problem_of(source_of(each)) for each in found]
    if all(problems):  # nothing to load a model for
        for each in filter(None, problems):
            output.tell(each)
        return output.FAILED
    code = output.FAILED if missing else output.OK
    with open_recognition(arguments) as recognition:
        is_one = len(found) + len(missing) == 1
        return max([code, *(_one_file(recognition, each, is_one, arguments.json) for each in found)])


def _write_files(arguments: Namespace) -> int:
    from desktop.cli import transcribe_files

    return transcribe_files.run(arguments, _settings(arguments))


def _settings(arguments: Namespace) -> Settings:
    """Those of now with what the command line says instead. Raises ``CommandFailed``."""
    try:
        return with_options(settings_told(), arguments)
    except BadValue as error:
        sentence = f"A value on the command line cannot be used: it {error}"
        raise CommandFailed(Problem("arguments.value", sentence, SEE_HELP), output.USAGE) from error


def problem_of(source: AudioSource) -> Problem | None:
    """Why it cannot be heard; ``None`` if it can."""
    try:
        source.prepare()
    except SourceFailed as failure:
        return failure.problem
    return None


def source_of(file: Found) -> MediaSource:
    """Its sound, not opened yet."""
    return MediaSource("-" if file.is_stdin else file.path)


def open_recognition(
    arguments: Namespace, listen: Callable[[Settings], ListenerSettings] | None = None
) -> Recognition:
    """The server of ``--server`` or the model of ``--model`` and ``--device``; else those of the settings.

    ``listen``: how the sound is heard; otherwise as in a dictation.
    """
    paths = app_paths()
    settings = _settings(arguments)
    server = wiring.server(settings)
    model = server.as_model() if server else finished_model(settings, model_folders(paths))
    listening = listen(settings) if listen else wiring.listener_settings(settings, paths.recordings)
    recognition = Recognition(model, listening, paths.logs, server)
    if server is not None and recognition.ready.notice is not None:
        output.tell(recognition.ready.notice)
    return recognition


def with_options(settings: Settings, arguments: Namespace) -> Settings:
    """The settings with what the command line says instead. Raises ``BadValue``."""
    if arguments.server is not None or arguments.model:  # who asks for a model does not mean the server's
        settings = settings.replace("server.url", arguments.server or "")
    if arguments.model:
        is_folder = "/" in arguments.model or Path(arguments.model).is_dir()
        folder = str(Path(arguments.model).expanduser().absolute()) if is_folder else ""
        settings = settings.replace("model.path", folder)
        if not is_folder:
            settings = settings.replace("model.name", arguments.model)
    return settings.replace("model.device", arguments.device) if arguments.device else settings


def _one_file(recognition: Recognition, file: Found, is_one: bool, as_json: bool) -> int:
    name = name_of(file)
    prefix = "" if is_one else f"{name}\t"
    code, has_text = output.OK, False
    for line in in_order(recognition.hear(source_of(file), is_realtime=False)):
        match line.fact:
            case Final():
                has_text = has_text or bool(line.fact.text)
                _print(line.fact, line.at_ms, file.path, prefix, as_json=as_json)
                if line.fact.notice is not None:
                    output.tell(line.fact.notice)
            case UtteranceFailed():
                output.tell(line.fact.problem)
                code = output.FAILED
            case SourceEnded():
                code = max(code, _tell_end(line.fact))
                if not has_text and code == output.OK:
                    output.say(f"No speech was understood in {name}.")
    return code


class Line:
    """A fact with the place in the recording where its utterance begins, in ms."""

    __slots__ = ("at_ms", "fact")

    def __init__(self, fact: object, at_ms: int) -> None:
        self.fact = fact
        self.at_ms = at_ms


def in_order(told: Iterator[Told]) -> Iterator[Line]:
    """Texts in the order of the recording, whatever order they are finished in; the end comes last."""
    starts: dict[int, int] = {}
    answers: dict[int, Final | UtteranceFailed] = {}
    for each in told:
        match each.fact:
            case SpeechStarted():
                starts[each.fact.utterance_id] = each.fact.at_ms
            case Final() | UtteranceFailed():
                answers[each.fact.utterance_id] = each.fact
            case SourceEnded():
                yield Line(each.fact, each.fact.heard_ms)
        while starts and (first := next(iter(starts))) in answers:
            yield Line(answers.pop(first), starts.pop(first))


def _print(final: Final, at_ms: int, path: Path, prefix: str, *, as_json: bool) -> None:
    if as_json:
        words = [[word.text, at_ms + word.start_ms, at_ms + word.end_ms] for word in final.words]
        times = {"start_ms": at_ms, "end_ms": at_ms + final.audio_ms}
        line = {"file": shown(str(path))} | times | {"text": final.text, "words": words}
        output.result(json.dumps(line, ensure_ascii=False))
    elif final.text:
        output.result(prefix + " ".join(final.text.split()))


def _tell_end(ended: SourceEnded) -> int:
    for notice in ended.notices:
        output.tell(notice)
    if ended.problem is not None:
        output.tell(ended.problem)
    return output.FAILED if missing_of(ended.problem, ended.notices) else output.OK
