"""What the user reads when captions do not get out."""

from __future__ import annotations

from audio.events import Problem

LOOK_AT_OBS = "In OBS: Tools, WebSocket Server Settings."


def port_taken(port: int) -> Problem:
    """Somebody else listens there."""
    return Problem(
        "live-output-port",
        f"Captions cannot be offered to other programs: port {port} is in use.",
        "Choose another port in the settings, or 0 for any that is free.",
    )


NOT_LISTENING = Problem(
    "live-output-listen",
    "Captions cannot be offered to other programs: this computer allows no local connection.",
    "Look at the firewall, or switch the live output off in the settings.",
)
NO_TOKEN = Problem(
    "live-output-token",
    "Captions cannot be offered to other programs: the file of the access token cannot be written.",
    "Make room on the disk, and look whether the program's own folder may be written to.",
)
UNEXPECTED = Problem(
    "live-output-unexpected",
    "The live output of captions failed unexpectedly.",
    "Switch it off and on in the settings; what happened is in the log.",
)


def obs_unreachable(url: str) -> Problem:
    """Nothing answers there, or not as OBS does."""
    return Problem(
        "obs-unreachable",
        f"OBS does not answer at {url}.",
        "Start OBS and enable its WebSocket server (Tools); Plosive keeps trying.",
    )


OBS_PASSWORD = Problem("obs-password", "OBS refuses the password.", LOOK_AT_OBS)
OBS_WANTS_PASSWORD = Problem(
    "obs-wants-password",
    "OBS asks for a password.",
    "Write it into a file of your own and name that file in the settings of captions.",
)
OBS_PASSWORD_FILE = Problem(
    "obs-password-file",
    "The file with the password of OBS cannot be read.",
    "Its first line must be the password; look at its name in the settings.",
)
OBS_VERSION = Problem(
    "obs-version",
    "This version of OBS speaks another protocol.",
    "Plosive needs OBS 28 or newer, with its own WebSocket server.",
)
OBS_ENDED = Problem(
    "obs-ended",
    "OBS has ended the connection of Plosive.",
    "End and start captions to connect again.",
)


def obs_no_source(name: str) -> Problem:
    """The text source of the settings is not there."""
    return Problem(
        "obs-source",
        f"OBS has no text source named “{name}”.",
        "Add one in OBS, or write its exact name into the settings of captions.",
    )
