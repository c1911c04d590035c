"""The names of the user's keys: "Right Ctrl", "F9", "Mouse 8", "Ctrl+Alt+Space". Pure."""

from __future__ import annotations

from dataclasses import dataclass

from audio.events import Problem

# Left/right told apart when named; a bare name means either side. Values are X keysym names.
MODIFIERS: dict[str, tuple[str, ...]] = {
    "Left Ctrl": ("Control_L",),
    "Right Ctrl": ("Control_R",),
    "Left Shift": ("Shift_L",),
    "Right Shift": ("Shift_R",),
    "Left Alt": ("Alt_L", "Meta_L"),
    "Right Alt": ("Alt_R", "Meta_R", "ISO_Level3_Shift"),
    "Left Super": ("Super_L",),
    "Right Super": ("Super_R",),
}
EITHER_SIDE = ("Ctrl", "Shift", "Alt", "Super")

# Keys that write nothing: they may stand alone.
SILENT_KEYS: dict[str, tuple[str, ...]] = {
    **{f"F{number}": (f"F{number}",) for number in range(1, 25)},
    "Caps Lock": ("Caps_Lock",),
    "Scroll Lock": ("Scroll_Lock",),
    "Num Lock": ("Num_Lock",),
    "Pause": ("Pause",),
    "Print": ("Print", "Sys_Req"),
    "Insert": ("Insert",),
    "Menu": ("Menu",),
}

# Keys that write or move: only together with Ctrl, Alt or Super.
TYPING_KEYS: dict[str, tuple[str, ...]] = {
    **{chr(code): (chr(code + 32),) for code in range(ord("A"), ord("Z") + 1)},
    **{str(digit): (str(digit),) for digit in range(10)},
    "Space": ("space",),
    "Tab": ("Tab",),
    "Enter": ("Return",),
    "Backspace": ("BackSpace",),
    "Delete": ("Delete",),
    "Home": ("Home",),
    "End": ("End",),
    "Page Up": ("Prior",),
    "Page Down": ("Next",),
    "Left": ("Left",),
    "Right": ("Right",),
    "Up": ("Up",),
    "Down": ("Down",),
}

ALIASES = {
    "control": "ctrl", "rightcontrol": "rightctrl", "leftcontrol": "leftctrl", "ctrlr": "rightctrl",
    "controlr": "rightctrl", "ctrll": "leftctrl", "controll": "leftctrl", "altgr": "rightalt",
    "altr": "rightalt", "altl": "leftalt", "win": "super", "windows": "super", "meta": "super",
    "shiftl": "leftshift", "shiftr": "rightshift", "superl": "leftsuper", "superr": "rightsuper",
    "return": "enter", "pgup": "pageup", "pgdn": "pagedown", "del": "delete", "ins": "insert",
}  # fmt: skip

FIRST_SIDE_BUTTON, LAST_BUTTON = 8, 24  # 1-3 click, 4-7 are the wheel
EXAMPLES = '"Right Ctrl", "F9", "Mouse 8" or "Ctrl+Alt+Space"'
SHORTCUT_EXAMPLES = '"Ctrl+Alt+C" or "Super+F9"'


class KeyNameError(ValueError):
    """A key name that cannot be used; ``problem`` is what the user reads."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.sentence)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Key:
    """A dictation key.

    ``name`` is canonical ("Ctrl+Alt+Space"). ``modifiers`` must be held: each is a tuple of
    keysym names, any of which counts. Then either ``keysyms`` (any of them) or ``button`` (the X
    number of a mouse button) is the key itself.
    """

    name: str
    modifiers: tuple[tuple[str, ...], ...]
    keysyms: tuple[str, ...]
    button: int | None = None

    @property
    def is_modifier(self) -> bool:
        """A lone modifier such as Right Ctrl: other keys pressed with it mean a shortcut."""
        return (
            bool(self.keysyms)
            and not self.modifiers
            and any(set(self.keysyms) <= set(keysyms_of(name)) for name in ALL_MODIFIERS)
        )


ALL_MODIFIERS = (*MODIFIERS, *EITHER_SIDE)


def keysyms_of(modifier: str) -> tuple[str, ...]:
    """The keysym names of a modifier; of both sides when no side is named."""
    if modifier in MODIFIERS:
        return MODIFIERS[modifier]
    return (*MODIFIERS[f"Left {modifier}"], *MODIFIERS[f"Right {modifier}"])


def parse_key(text: str) -> Key:
    """Understand a key name as written in the settings. Raises ``KeyNameError``."""
    parts = [part.strip() for part in text.split("+")]
    if not all(parts):
        raise _unusable(f'"{text}" is not a key name.', f"Write {EXAMPLES}.")
    modifiers = tuple(_modifier(part, text) for part in parts[:-1])
    last = _canonical(parts[-1], text)
    _refuse_repetition((*modifiers, last), text)
    key = _key(last, modifiers)
    _refuse_typing_key(last, modifiers)
    _refuse_our_own(key)
    return key


def parse_shortcut(text: str) -> Key:
    """The same for a key that only starts something. Raises ``KeyNameError``."""
    key = parse_key(text)
    if key.is_modifier:
        raise _unusable(
            f"{key.name} alone is pressed too often for other purposes.",
            f"Hold it together with another key, like {SHORTCUT_EXAMPLES}.",
        )
    return key


def is_same_press(one: Key, other: Key) -> bool:
    """Whether a press of one can be a press of the other: "Ctrl+Alt+C" and "Right Ctrl+Left Alt+C"."""
    is_key = set(one.keysyms) & set(other.keysyms) if one.button is None else one.button == other.button
    return bool(is_key) and _covers(one, other) and _covers(other, one)


def _covers(one: Key, other: Key) -> bool:
    """Whether each modifier of ``one`` can be one of ``other``."""
    return all(any(set(mine) & set(theirs) for theirs in other.modifiers) for mine in one.modifiers)


def _key(last: str, modifiers: tuple[str, ...]) -> Key:
    name = "+".join((*modifiers, last))
    held = tuple(keysyms_of(modifier) for modifier in modifiers)
    if last.startswith("Mouse "):
        return Key(name, held, (), int(last.removeprefix("Mouse ")))
    keysyms = SILENT_KEYS.get(last) or TYPING_KEYS.get(last) or keysyms_of(last)
    return Key(name, held, keysyms)


def _modifier(part: str, text: str) -> str:
    name = _canonical(part, text)
    if name not in ALL_MODIFIERS:
        raise _unusable(
            f'In "{text}", {name} cannot be held together with another key.',
            "Use Ctrl, Shift, Alt or Super before the plus sign.",
        )
    return name


def _refuse_repetition(names: tuple[str, ...], text: str) -> None:
    held = [keysym for name in names if name in ALL_MODIFIERS for keysym in keysyms_of(name)]
    if len(set(held)) != len(held):
        raise _unusable(f'"{text}" names a key twice.', f"Write {EXAMPLES}.")


def _refuse_typing_key(last: str, modifiers: tuple[str, ...]) -> None:
    is_armed = any("Shift" not in modifier for modifier in modifiers)
    if last in TYPING_KEYS and not is_armed:
        raise _unusable(
            f"{last} is needed for writing and cannot be the dictation key.",
            f"Add Ctrl, Alt or Super, or use {EXAMPLES}.",
        )


def _refuse_our_own(key: Key) -> None:
    """Shift+Insert inserts each text: with a key in it the next dictation would begin by itself."""
    is_shift = not key.modifiers and "Shift_L" in key.keysyms
    is_chord = key.keysyms == ("Insert",) and all("Shift_L" in held for held in key.modifiers)
    if is_shift or (is_chord and key.modifiers):
        sentence = f"Plosive presses {key.name} itself when it inserts text, so it cannot be a key of yours."
        raise _unusable(sentence, f"Write {EXAMPLES}.")


def _canonical(part: str, text: str) -> str:
    plain = _plain(part)
    plain = ALIASES.get(plain, plain)
    if plain in ("escape", "esc"):
        raise _unusable("Escape cancels a dictation and cannot be its key.", f"Write {EXAMPLES}.")
    if plain.startswith(("mouse", "button")) and plain.lstrip("mousebtn").isdecimal():
        return _mouse_button(int(plain.lstrip("mousebtn")))
    try:
        return NAMES[plain]
    except KeyError:
        raise _unusable(f'There is no key named "{part}" (in "{text}").', f"Write {EXAMPLES}.") from None


def _mouse_button(number: int) -> str:
    if not FIRST_SIDE_BUTTON <= number <= LAST_BUTTON:
        raise _unusable(
            f"Mouse button {number} is needed for clicking or scrolling.",
            "Use a side button: Mouse 8 (back) or Mouse 9 (forward).",
        )
    return f"Mouse {number}"


def _plain(text: str) -> str:
    return "".join(character for character in text.lower() if character not in " _-")


def _unusable(sentence: str, remedy: str) -> KeyNameError:
    return KeyNameError(Problem("hotkey-name", sentence, remedy))


NAMES = {_plain(name): name for name in (*ALL_MODIFIERS, *SILENT_KEYS, *TYPING_KEYS)}
