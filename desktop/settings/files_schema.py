"""The section ``files`` of the settings: how recordings are written down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from desktop.settings.option import BadValue, full_path, option

FORMATS: Final = ("txt", "srt", "vtt", "json", "md")


def format_names(text: str) -> str:
    """Formats with commas between, each once, in a canonical order. Raises ``BadValue``."""
    names = {each.strip().lower() for each in text.replace(",", " ").split()}
    if not names or not names <= set(FORMATS):
        raise BadValue(f"must be one or more of: {', '.join(FORMATS)}")
    return ", ".join(each for each in FORMATS if each in names)


@dataclass(frozen=True, slots=True)
class FilesSettings:
    """Recordings written down: plosive transcribe, and the window."""

    formats: str = option(
        "txt, srt",
        "What is written of a recording, with commas between: txt, srt, vtt, json, md.",
        check=format_names,
    )
    out: str = option("", "Folder of the results; empty: beside each recording.", check=full_path)
    device: str = option(
        "same",
        "The loaded model does it, dictation first (same), or a second process without the card (cpu).",
        choices=("same", "cpu"),
    )
    longest_short_s: int = option(
        45, "Longest segment of a recording of up to 30 minutes.", unit="s", within=(12, 300)
    )
    longest_middle_s: int = option(
        60, "Longest segment of a recording of 30 to 90 minutes.", unit="s", within=(12, 300)
    )
    longest_long_s: int = option(90, "Longest segment of a longer recording.", unit="s", within=(12, 300))
    group_files: int = option(
        20, "After so many files cached memory is given back.", unit="files", within=(1, 1000)
    )

    @property
    def format_list(self) -> tuple[str, ...]:
        """The formats one by one."""
        return tuple(self.formats.split(", "))
