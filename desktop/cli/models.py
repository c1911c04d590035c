"""``plosive models``: which there are, installing, checking, removing, importing."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from audio.events import Problem
from desktop.cli import output
from desktop.cli.config import settings_told
from desktop.cli.output import CommandFailed
from desktop.model_choice import EMBEDDED_NAME, SHIPPED
from desktop.oslayer.paths import app_paths, runtime_folder
from desktop.oslayer.single_instance import ControlClient, ControlFailed
from recognizer.models import problems
from recognizer.models.catalogue import HUBS, CatalogueModel, read_catalogue
from recognizer.models.download import Progress
from recognizer.models.import_model import import_model
from recognizer.models.install import Source, install, installed_names, remove, size_bytes
from recognizer.models.manifest import passes_of
from recognizer.models.problems import ModelFailed
from recognizer.models.shelf import shelf
from recognizer.models.transfer import Patience
from recognizer.models.verify import Verdict, verify

MIB: Final = 1 << 20
_SETTING_OF_PASS: Final = {
    "second": "model.second_pass",
    "punctuation": "model.punctuation",
    "speakers": "captions.speaker_turns",
}


def catalogue() -> dict[str, CatalogueModel]:
    """What can be installed by name."""
    return read_catalogue(SHIPPED / "catalogue.toml")


def run_list(arguments: Namespace) -> int:
    """Print every model that is installed or can be."""
    rows = list(known_models())
    if arguments.json:
        output.result_json(rows)
        return output.OK
    for row in rows:
        passes, languages = "+".join(row["passes"]), " ".join(row["languages"])
        size = f"{row['size_bytes'] / MIB:.0f} MiB" if row["size_bytes"] else ""
        output.result(f"{row['name']:<24} {row['state']:<10} {size:>9}  {passes:<11} {languages}")
        output.result(f"{'':<24} {row['about']}")
        licence = row["licence"] or ("see the model's page" if row["pages"] else "as where it came from")
        output.result(f"{'':<24} Licence: {licence}.{vram_words(row['vram_mib'])}")
    return output.OK


def known_models() -> Iterator[dict[str, Any]]:
    """One row for each model, as ``list --json`` prints it."""
    chosen = settings_told().model.name
    for row in shelf(catalogue(), app_paths().models, SHIPPED):
        model = row.model
        yield {
            "name": row.name,
            "state": row.state,
            "is_chosen": row.name == chosen,
            "about": model.about if model else "Imported.",
            "passes": row.passes,
            "languages": model.languages if model else (),
            "size_bytes": row.size_bytes,
            "vram_mib": model.vram_mib if model else {},
            "licence": model.licence if model else "",
            "repositories": model.repositories if model else {},
            "pages": [page for hub in HUBS if (page := model.page(hub))] if model else [],
        }


def vram_words(vram_mib: dict[str, int]) -> str:
    """`` Card memory: 840 MiB (fp32), 420 MiB (bf16).``"""
    amounts = ", ".join(f"{amount} MiB ({precision})" for precision, amount in vram_mib.items())
    return f" Card memory for the weights: {amounts}." if amounts else ""


def run_install(arguments: Namespace) -> int:
    """Download a model of the catalogue."""
    known = catalogue()
    if arguments.name == EMBEDDED_NAME:
        raise CommandFailed(problems.shipped(EMBEDDED_NAME))
    if arguments.name not in known:
        raise CommandFailed(problems.no_such(arguments.name, [EMBEDDED_NAME, *known]))
    model = known[arguments.name]
    patience = Patience(stall_s=arguments.stall_seconds)
    with telling(model.name, as_json=arguments.json) as tell:
        source = source_named(arguments.source, arguments.mirror)
        try:
            target = install(model, source, app_paths().models, tell, patience=patience)
        except KeyboardInterrupt:
            output.tell(problems.cancelled(model.name))
            raise
    return _done(arguments, model.name, target, model.passes)


def source_named(name: str, mirror: str) -> Source:
    """Raises ``CommandFailed`` for a source that is neither a hub nor an address."""
    if name not in HUBS and not name.startswith(("https://", "http://")):
        remedy = f"Say {' or '.join(HUBS)}, or the address of a mirror of Hugging Face."
        raise CommandFailed(Problem("models.source", f"There is no source {name!r}.", remedy), output.USAGE)
    if mirror and not mirror.startswith(("https://", "http://")):
        sentence = f"{mirror!r} is no address of a mirror."
        raise CommandFailed(Problem("models.source", sentence, "Write it like https://NAME."), output.USAGE)
    return Source.named(name, mirror)


def run_import(arguments: Namespace) -> int:
    """Take a model from a folder or a .zip."""
    with telling(arguments.dir, as_json=arguments.json) as tell:

        def moved(done: int, total: int) -> None:
            tell(Progress("copying", done, total))

        source = Path(arguments.dir).expanduser()
        folder = app_paths().models
        target = import_model(source, folder, arguments.name or "", links=arguments.link, moved=moved)
    return _done(arguments, target.name, target, passes_of(target))


def _done(arguments: Namespace, name: str, target: Path, passes: tuple[str, ...]) -> int:
    tell_program()
    if arguments.json:
        output.result(json.dumps({"told": "installed", "name": name, "path": str(target)}))
        return output.OK
    output.result(f"{name} is installed in {target}")
    setting = _SETTING_OF_PASS.get(passes[0] if passes else "", "model.name")
    output.say(f"To use it: plosive config set {setting} {name}")
    return output.OK


def run_verify(arguments: Namespace) -> int:
    """Compare with what was installed; exit code 1 if anything is wrong."""
    folder = app_paths().models
    names = installed_names(folder)
    if arguments.name and arguments.name not in names:
        is_ours = comes_with_the_program(arguments.name)
        why = problems.shipped(arguments.name) if is_ours else problems.no_such(arguments.name, names)
        raise CommandFailed(why)
    verdicts = []
    for name in [arguments.name] if arguments.name else names:
        with telling(name, as_json=False) as tell:
            verdicts.append(_verify(folder / name, tell))
    if arguments.json:
        output.result_json([asdict(verdict) for verdict in verdicts])
    elif not verdicts:
        output.say("No model is installed.")
    else:
        for verdict in verdicts:
            _print_verdict(verdict)
    return output.FAILED if any(verdict.problem for verdict in verdicts) else output.OK


def _verify(folder: Path, tell: Callable[[Progress], None]) -> Verdict:
    total, done = size_bytes(folder), 0

    def moved(count: int) -> None:
        nonlocal done
        done += count
        tell(Progress("checking", done, total))

    return verify(folder, moved)


def _print_verdict(verdict: Verdict) -> None:
    if verdict.problem:
        output.result(f"{verdict.name}: damaged")
        output.tell(verdict.problem)
    elif verdict.is_recorded:
        size = verdict.size_bytes / MIB
        output.result(f"{verdict.name}: as installed ({verdict.files} files, {size:.1f} MiB)")
    else:
        output.result(f"{verdict.name}: complete (put there by hand: no checksums to compare with)")


def run_remove(arguments: Namespace) -> int:
    """Delete an installed model."""
    name = arguments.name
    if comes_with_the_program(name) and not (app_paths().models / name).is_dir():
        raise CommandFailed(problems.shipped(name))
    freed = remove(name, app_paths().models)
    tell_program()
    output.say(f"{name} is removed; {freed / MIB:.0f} MiB are free again.")
    settings = settings_told()
    for key in ("model.name", *_SETTING_OF_PASS.values()):
        if settings.get(key) == name:
            instead = EMBEDDED_NAME if key == "model.name" else "''"
            output.say(f"It is still chosen. To change that: plosive config set {key} {instead}")
    return output.OK


def comes_with_the_program(name: str) -> bool:
    """Whether there is nothing to install, compare or remove."""
    model = catalogue().get(name)
    return name == EMBEDDED_NAME or (model is not None and model.is_shipped)


def tell_program() -> None:
    """A running program looks again at what there is."""
    with suppress(ControlFailed, OSError):
        ControlClient(runtime_folder() / "control.sock").call("reload-settings", timeout_s=5.0)


@contextmanager
def telling(name: str, *, as_json: bool) -> Iterator[Callable[[Progress], None]]:
    """Progress as lines of JSON on stdout, as a bar on a terminal, else not at all."""
    try:
        if as_json:
            yield lambda progress: output.result(json.dumps({"told": "progress", **asdict(progress)}))
        elif sys.stderr.isatty():
            with _bar(name) as tell:
                yield tell
        else:
            yield lambda progress: None
    except ModelFailed as failed:
        raise CommandFailed(failed.problem) from failed


@contextmanager
def _bar(name: str) -> Iterator[Callable[[Progress], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    columns = (DownloadColumn(binary_units=True), TransferSpeedColumn(), TimeRemainingColumn())
    title = TextColumn("{task.description}", markup=False)
    with Bar(title, BarColumn(), *columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(name, total=None)

        def tell(progress: Progress) -> None:
            words = progress.note or progress.stage
            total = progress.total_bytes or None
            bar.update(task, completed=progress.done_bytes, total=total, description=f"{name}: {words}")

        yield tell
