"""What can go wrong with models on disk and on their way there, said so that the user knows what to do."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from audio.events import Problem

MIB: Final = 1 << 20
_NONE: Final = "None is installed; there are: plosive models list"
_AGAIN: Final = "Remove the model and install it again."
NAME_THE_FOLDER: Final = "Name the folder (or .zip) that holds config.yaml and the weights."


class ModelFailed(Exception):
    """Something about a model cannot be done; ``problem`` is what the user reads."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sentence)
        self.problem = problem


# --- a model's folder ---------------------------------------------------------------------------------


def missing(path: str | None) -> Problem:
    """There is no such directory."""
    return Problem(
        "model-missing",
        f"There is no model directory at {path}." if path else "No model directory is set.",
        "Install the model, or choose another one in the settings.",
    )


def incomplete(file_name: str) -> Problem:
    """A file is absent or empty."""
    return Problem(
        "model-incomplete",
        f"The model directory lacks {file_name}: it was not copied or downloaded completely.",
        _AGAIN,
    )


def damaged(file_name: str) -> Problem:
    """A file cannot be read as what it should be."""
    return Problem("model-damaged", f"The file {file_name} of the model is damaged or cut off.", _AGAIN)


def unknown_kind(name: str) -> Problem:
    """config.yaml names a class that the streaming engine is not."""
    return Problem(
        "model-unknown-kind",
        f"This is not a streaming Paraformer model (config.yaml names {name}).",
        "Choose a streaming Paraformer model for live text.",
    )


def no_kind(name: str) -> Problem:
    """config.yaml names a class that none of our engines is."""
    return Problem(
        "model-unknown-kind",
        f"Plosive cannot use this model: its config.yaml names {name}.",
        "plosive models list shows the models that can be used.",
    )


def changed(file_name: str) -> Problem:
    """A file is not what was installed."""
    return Problem(
        "models.changed", f"The file {file_name} of the model is not as it was when installed.", _AGAIN
    )


# --- names and folders --------------------------------------------------------------------------------


def no_such(name: str, known: list[str]) -> Problem:
    """Nothing of that name."""
    remedy = (
        f"Known are: {', '.join(known)}." if known else "None is installed; there are: plosive models list"
    )
    return Problem("models.no_such", f"There is no model called {name!r}.", remedy)


def bad_name(name: str) -> Problem:
    """A name that cannot be that of a folder of ours."""
    return Problem(
        "models.bad_name",
        f"{name!r} cannot be the name of a model.",
        "Use letters, digits, dots, dashes and underscores, beginning with a letter or digit.",
    )


def already_installed(name: str) -> Problem:
    """It is there."""
    return Problem(
        "models.already_installed",
        f"The model {name} is installed already.",
        f"To check it: plosive models verify {name}",
    )


def busy(name: str) -> Problem:
    """Somebody else is at it."""
    return Problem(
        "models.busy",
        f"The model {name} is being installed or removed by somebody else.",
        "Wait until that has ended, or cancel it there.",
    )


def shipped(name: str) -> Problem:
    """Part of the program."""
    return Problem(
        "models.shipped",
        f"The model {name} comes with the program and needs neither installing nor removing.",
        f"To use it: plosive config set model.name {name}",
    )


def not_importable(path: Path, why: str) -> Problem:
    """The folder or archive is no model."""
    return Problem(
        "models.not_importable",
        f"{path} cannot be imported: {why}.",
        NAME_THE_FOLDER,
    )


def not_written(folder: Path, why: str) -> Problem:
    """The folder of models cannot be used."""
    sentence = f"Cannot write to {folder} ({why})."
    return Problem("models.not_written", sentence, "Check the folder and the disk.")


# --- the way here -------------------------------------------------------------------------------------


def no_source(name: str, hub: str) -> Problem:
    """The catalogue knows no place of it there."""
    return Problem("models.no_source", f"{name} is not known to be on {hub}.", "Choose another source.")


def offline(place: str) -> Problem:
    """No connection at all."""
    return Problem(
        "models.offline",
        f"There is no connection to {place}.",
        "Connect to the internet or choose another source; what has arrived is kept. "
        "The embedded model (pocketsphinx, US English) works without any download.",
    )


def untrusted(place: str) -> Problem:
    """Its certificate is not one that this computer trusts."""
    return Problem(
        "models.untrusted",
        f"Who answers as {place} cannot be verified: the certificate is not trusted here.",
        "Check the computer's clock. Behind a proxy that reads along, name its authority in SSL_CERT_FILE.",
    )


def stalled(place: str, waited_s: float) -> Problem:
    """Nothing more arrives."""
    return Problem(
        "models.stalled",
        f"{place} has sent nothing for {waited_s:.0f} s, several times.",
        "Try again later, it goes on where it ended; or choose another source.",
    )


def cut_off(file_name: str) -> Problem:
    """The server ends early, again and again."""
    return Problem(
        "models.cut_off",
        f"The server ends the transfer of {file_name} too early, several times.",
        "Try again later, it goes on where it ended; or choose another source.",
    )


def not_found(what: str, place: str) -> Problem:
    """404."""
    return Problem("models.not_found", f"{place} does not have {what}.", "Choose another source.")


def refused(place: str, status: int) -> Problem:
    """401, 403 and whatever else the server will not do."""
    sentence = f"{place} refuses to send the model (answer {status})."
    return Problem("models.refused", sentence, "Choose another source.")


def server_failed(place: str, status: int) -> Problem:
    """5xx, again and again."""
    return Problem(
        "models.server_failed",
        f"{place} has trouble of its own (answer {status}).",
        "Try again later, it goes on where it ended; or choose another source.",
    )


def strange_answer(place: str) -> Problem:
    """Not what a hub says."""
    return Problem(
        "models.strange_answer",
        f"{place} answered something that cannot be understood.",
        "Check the address of the source, or choose another one.",
    )


def unsafe_listing(place: str) -> Problem:
    """File names that point out of the folder."""
    return Problem(
        "models.unsafe_listing",
        f"{place} offers files whose names point out of the model's folder; nothing was downloaded.",
        "Do not use this source.",
    )


def wrong_checksum(file_name: str) -> Problem:
    """Arrived twice, wrong twice."""
    return Problem(
        "models.wrong_checksum",
        f"{file_name} arrived damaged twice: its checksum is wrong. It was deleted.",
        "Choose another source.",
    )


def disk_full(folder: Path, needed_bytes: int, free_bytes: int) -> Problem:
    """Not enough space, told before anything is fetched."""
    need, have = needed_bytes / MIB, free_bytes / MIB
    sentence = f"The disk of {folder} has {have:.0f} MiB free, but the model needs {need:.0f} MiB."
    return Problem("models.disk_full", sentence, "Delete something, and try again.")


def cancelled(name: str) -> Problem:
    """The user ended it."""
    return Problem(
        "models.cancelled",
        f"The download of {name} was cancelled.",
        "What has arrived is kept: installing it again goes on from there.",
    )


def fetch_crashed() -> Problem:
    """The process that fetches ended without a word."""
    remedy = "Try again; it goes on where it ended."
    return Problem("models.crashed", "The download ended unexpectedly.", remedy)
