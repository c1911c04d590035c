"""Every setting there is: the one place with its default, unit, range and explanation.

``Settings`` is what the program works with; ``OPTIONS`` is the same as a table, for the settings file,
the settings window and ``plosive config``. Long because it is one table, to be read from top to bottom.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any, Final

from desktop.settings.captions_schema import CaptionsOptions
from desktop.settings.files_schema import FilesSettings
from desktop.settings.option import METADATA_KEY, BadValue, Option, Value, full_path, option
from recognizer.remote_server import problem_of_url

VERSION: Final = 1
"""Of the file's layout; see ``migrations``."""


def known_key(text: str) -> str:
    """The canonical name of a dictation key. Raises ``BadValue``."""
    from desktop.oslayer.hotkeys.keys import KeyNameError, parse_key

    try:
        return parse_key(text).name
    except KeyNameError as error:
        raise BadValue(
            f"is no key that can be used: {error.problem.sentence} {error.problem.remedy}"
        ) from error


def device_name(text: str) -> str:
    """auto, cpu, mps, cuda or cuda:N. Raises ``BadValue``."""
    if text in {"auto", "cpu", "mps", "cuda"} or (text.startswith("cuda:") and text[5:].isdecimal()):
        return text
    raise BadValue("must be auto, cpu, mps, cuda or cuda:N")


def server_url(text: str) -> str:
    """An address of a recognition server, or nothing. Raises ``BadValue``."""
    problem = problem_of_url(text) if text else None
    if problem is not None:
        raise BadValue(f"is no address of a server: {problem.sentence} {problem.remedy}")
    return text


@dataclass(frozen=True, slots=True)
class HotkeySettings:
    """The dictation key."""

    key: str = option(
        "Right Ctrl",
        "The key to hold while speaking: a modifier, F1 to F24, Mouse 8 and up, or with Ctrl, Alt or Super.",
        check=known_key,
    )
    mode: str = option(
        "hold",
        "hold: speak while the key is down. toggle: press once to start and once to finish.",
        choices=("hold", "toggle"),
    )
    double_tap_locks: bool = option(
        True, "Two quick taps go on listening without holding, until the next press."
    )
    double_tap_ms: int = option(350, "Longest pause between the two taps.", unit="ms", within=(100, 1000))
    tap_ms: int = option(250, "A hold shorter than this is a tap, not speech.", unit="ms", within=(50, 1000))
    swallow: bool = option(
        False, "Keep the key from the other programs (a modifier then loses its own meaning)."
    )


@dataclass(frozen=True, slots=True)
class AudioSettings:
    """The microphone, and what counts as speech."""

    microphone: str = option(
        "", "Name of the microphone as the sound system knows it; empty: the system's default."
    )
    warm: str = option(
        "after_use",
        "Keep the microphone open between dictations, so that what was said just before the key is heard: "
        "off, after_use (for a while) or always.",
        choices=("off", "after_use", "always"),
    )
    warm_s: int = option(30, "How long after_use keeps it open.", unit="s", within=(1, 600))
    pre_roll_ms: int = option(
        300, "Sound kept from before the key press, if the microphone was open.", unit="ms", within=(0, 2000)
    )
    tail_ms: int = option(
        250,
        "Sound taken after the key was released, for the end of the last word.",
        unit="ms",
        within=(0, 1000),
    )
    hangover_ms: int = option(600, "Silence that ends an utterance.", unit="ms", within=(100, 5000))
    longest_utterance_s: int = option(
        30, "A longer utterance is cut; the next one follows without a gap.", unit="s", within=(1, 600)
    )
    longest_dictation_s: int = option(
        600, "A dictation ends by itself after this.", unit="s", within=(1, 36000)
    )
    vad_mode: int = option(2, "How strict the voice gate is: 0 lets most through, 3 least.", within=(0, 3))
    confirm_with_silero: bool = option(
        True, "Let a second model confirm speech; it tells typing, hum and music from a voice."
    )
    silero_threshold: float = option(
        0.5, "How sure that model must be; lower hears quieter voices.", within=(0.05, 0.95)
    )


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """What recognises the speech, where, and how long it stays loaded."""

    name: str = option(
        "pocketsphinx", "The model by its name (plosive models list); pocketsphinx is built in."
    )
    path: str = option(
        "", "Folder of a FunASR model to use instead of the one by name; empty: none.", check=full_path
    )
    device: str = option(
        "auto", "Where it runs: auto, cpu, mps, cuda or cuda:N; pocketsphinx: always cpu.", check=device_name
    )
    precision: str = option(
        "auto",
        "Number format of the model, where it supports several.",
        choices=("auto", "fp32", "bf16", "int8"),
    )
    cuda_graphs: str = option(
        "auto",
        "Replay recorded work on a CUDA card, where that proved right when the model was loaded; off: never.",
        choices=("auto", "off"),
    )
    second_pass: str = option(
        "",
        "Name or folder of a model that hears each utterance again as a whole, where the first one runs; "
        "empty: none.",
    )
    second_pass_keep_s: int = option(
        120,
        "Give the second pass's memory back after this time without speech, while the model stays; 0: never.",
        unit="s",
        within=(0, 86400),
    )
    punctuation: str = option(
        "",
        "Name or folder of a model that adds punctuation where the others write none; empty: none.",
    )
    language: str = option(
        "auto",
        "Language of the speech for a second pass that knows several: auto, zh, en, yue, ja, ko or another.",
    )
    idle_unload_s: int = option(
        300, "Unload the model after this time without use; 0: never by itself.", unit="s", within=(0, 86400)
    )
    load_at_start: bool = option(False, "Load the model when the program starts, not at the first key press.")
    standby: bool = option(
        False,
        "After an unload keep a process ready that holds no card memory, to load quickly; costs memory.",
    )
    standby_mib: int = option(
        3072, "A standby process larger than this is ended.", unit="MiB", within=(256, 65536)
    )
    unload_on_lock: bool = option(False, "Unload the model when the screen is locked.")
    memory_fraction: float = option(
        0.0, "Ceiling for the model's share of the card's memory, 0.5 is half; 0: none.", within=(0.0, 1.0)
    )


@dataclass(frozen=True, slots=True)
class ServerSettings:
    """A FunASR server that recognises instead of this computer."""

    url: str = option(
        "",
        "Address of the server, such as wss://name:10095; empty: recognise here. "
        "A change counts as soon as nothing is being recognised.",
        check=server_url,
    )
    protocol: str = option(
        "auto",
        "What the server speaks: 2pass (FunASR's runtime), realtime (funasr-realtime-server); auto: ask it.",
        choices=("auto", "2pass", "realtime"),
    )
    token_file: str = option(
        "",
        "File whose first line is the secret for the server, sent in the Authorization header; empty: none.",
        check=full_path,
    )
    ca_file: str = option(
        "",
        "PEM file with the authority of the server's certificate, if the system does not know it.",
        check=full_path,
    )
    insecure: bool = option(
        False, "Do not check who the server is: somebody on the way could listen. The tray says so each time."
    )
    language: str = option(
        "", "Language of the speech in the server's own words, such as zh or 中文; empty: the server decides."
    )
    hotwords: tuple[str, ...] = option((), "Words and names that the server should rather hear.")


@dataclass(frozen=True, slots=True)
class GpuSettings:
    """The graphics card: when to warn, to clean and to make room for others."""

    threshold_percent: int = option(
        90, "Warn when this much of the card's memory is used.", unit="%", within=(10, 100)
    )
    clean_between_utterances_mib: int = option(
        512, "Give unused cached memory back between utterances when it is more than this; 0: never.",
        unit="MiB", within=(0, 65536),
    )  # fmt: skip
    clean_every_min: int = option(
        0,
        "Give unused cached memory back this often while a model is loaded; 0: never.",
        unit="min",
        within=(0, 1440),
    )
    give_way: str = option(
        "unload",
        "When a game or another program needs the card: off, unload, or cpu (go on more slowly without it).",
        choices=("off", "unload", "cpu"),
    )
    give_way_full_screen: bool = option(True, "A full-screen program or GameMode counts as needing the card.")
    full_screen_allowed: tuple[str, ...] = option(
        (),
        "Further programs, by window class, that may fill the screen without needing the card; players, "
        "browsers, presentations and meetings are known.",
    )
    give_way_processes: tuple[str, ...] = option(
        (), "Programs that count as needing the card while they run."
    )
    give_way_free_floor_mib: int = option(
        512,
        "Give way when others leave less than this free on the card; 0: do not look.",
        unit="MiB",
        within=(0, 65536),
    )
    comes_back: bool = option(True, "Return to the card when the other program is gone.")


@dataclass(frozen=True, slots=True)
class TextSettings:
    """What is done to the text before it is inserted."""

    numbers: bool = option(True, "Write numbers, dates and amounts in digits.")
    space_scripts: bool = option(True, "Put a space between Chinese characters and Latin words.")
    sentence_case: bool = option(True, "Begin English sentences with a capital letter.")
    fillers: bool = option(True, "Keep um, uh, 嗯 and the like.")
    traditional: str = option(
        "",
        "Write Chinese in traditional characters: s2t, s2tw (Taiwan), s2twp (with Taiwan's words) or "
        "s2hk (Hong Kong); empty: as recognised.",
        choices=("", "s2t", "s2tw", "s2twp", "s2hk"),
    )
    replacements_file: str = option(
        "",
        "File of your own spellings, a line each: wrong => right. Read again when it changes; empty: none.",
        check=full_path,
    )
    hotwords_file: str = option(
        "",
        "File of words and names that a second pass should rather hear, one a line, where it takes them. "
        "Read again when it changes; empty: none.",
        check=full_path,
    )


@dataclass(frozen=True, slots=True)
class InsertSettings:
    """How the text gets into the window."""

    method: str = option(
        "auto",
        "auto: paste, else type, else leave it on the clipboard. Or only paste, typing or clipboard.",
        choices=("auto", "paste", "typing", "clipboard"),
    )
    append_space: bool = option(True, "End each dictation with a space, so that the next one can follow.")
    newlines_in_terminals: bool = option(
        False, "Send line breaks to terminals, where each one runs a command."
    )
    restore_clipboard: bool = option(True, "Put back what the clipboard held before.")


@dataclass(frozen=True, slots=True)
class OverlaySettings:
    """What is seen and heard while dictating."""

    enabled: bool = option(True, "Show the pill with level and text while dictating.")
    sounds: bool = option(False, "Play short sounds: ready, landed, failed.")


@dataclass(frozen=True, slots=True)
class HistorySettings:
    """What is remembered of your dictations and meetings."""

    enabled: bool = option(True, "Remember dictations and meetings, to find and copy them again.")
    keep_days: int = option(
        90,
        "Forget dictations and meetings older than this; 0: keep them. "
        "Meetings with a name or a bookmark stay until you delete them.",
        unit="days",
        within=(0, 36500),
    )
    keep_mib: int = option(
        100,
        "Forget the oldest when the history is larger than this; 0: no limit. "
        "Meetings with a name or a bookmark do not count.",
        unit="MiB",
        within=(0, 65536),
    )
    directory: str = option(
        "", "Folder of the history; empty: the program's own data folder.", check=full_path
    )
    keep_failed_audio_days: int = option(
        7, "Keep the sound of failed dictations this long, to try again; 0: drop it when you quit.",
        unit="days", within=(0, 365),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class InterfaceSettings:
    """The program itself."""

    language: str = option(
        "auto",
        "Language of the interface; a change counts from the next start.",
        choices=("auto", "en", "zh"),
    )
    reduced_motion: str = option(
        "auto", "Show changes without motion; auto: as the system says.", choices=("auto", "on", "off")
    )
    start_at_login: bool = option(False, "Start the program with the desktop session.")


@dataclass(frozen=True, slots=True)
class Settings:
    """All of it; the sections are those of the file."""

    hotkey: HotkeySettings = field(default_factory=HotkeySettings)
    audio: AudioSettings = field(default_factory=AudioSettings)
    model: ModelSettings = field(default_factory=ModelSettings)
    server: ServerSettings = field(default_factory=ServerSettings)
    gpu: GpuSettings = field(default_factory=GpuSettings)
    text: TextSettings = field(default_factory=TextSettings)
    insert: InsertSettings = field(default_factory=InsertSettings)
    overlay: OverlaySettings = field(default_factory=OverlaySettings)
    captions: CaptionsOptions = field(default_factory=CaptionsOptions)
    files: FilesSettings = field(default_factory=FilesSettings)
    history: HistorySettings = field(default_factory=HistorySettings)
    interface: InterfaceSettings = field(default_factory=InterfaceSettings)

    def get(self, key: str) -> Value:
        """The value of a dotted key. Raises ``KeyError``."""
        section, name = OPTIONS[key].key.split(".")
        value: Value = getattr(getattr(self, section), name)
        return value

    def replace(self, key: str, raw: object) -> Settings:
        """A copy with one other value. Raises ``KeyError`` or ``BadValue``."""
        value = OPTIONS[key].accept(raw)
        section, name = key.split(".")
        changed: Any = dataclasses.replace(getattr(self, section), **{name: value})
        return dataclasses.replace(self, **{section: changed})


def _options() -> dict[str, Option]:
    found = {}
    for section in dataclasses.fields(Settings):
        for each in dataclasses.fields(getattr(Settings(), section.name)):
            key = f"{section.name}.{each.name}"
            found[key] = dataclasses.replace(each.metadata[METADATA_KEY], key=key)
    return found


def section_sentence(section: str) -> str:
    """What a section is about."""
    return (type(getattr(Settings(), section)).__doc__ or "").strip()


OPTIONS: Final[dict[str, Option]] = _options()
"""Every setting by its dotted key, in the order of the file."""
