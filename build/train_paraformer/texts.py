"""What is said: a grammar of dictation phrases, commands, numbers, spelling and everyday sentences.

A text of three or more words whose hash falls into the reserved tenth is never used for training, so
"new text" in the evaluation is a fact and not a hope. One- and two-word texts cannot be new: all
words of the vocabulary are trained.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Callable

from vocabulary import CONTENT, DAYS, DIGITS, MAGNITUDES, MONTHS, SPELLING, TEENS, TENS

Words = tuple[str, ...]

PHRASES = (
    "hello world", "hello", "this is a test", "new line", "new paragraph", "delete that", "scratch that",
    "undo that", "redo that", "please call me {day}", "thank you for the {item}", "thank you",
    "the meeting is on {day} at {hour}", "see you {when}", "send the message to {letter}",
    "open the file", "close the window", "select all", "copy that", "paste it", "cut that",
    "go to the end of the {unit}", "go to the beginning of the {unit}", "question mark",
    "exclamation point", "stop listening", "start listening", "next {unit}", "previous {unit}",
    "delete the previous {unit}", "delete the next {unit}", "select the {unit}", "it is {number} {number}",
    "{month} {number}", "{day} {month} {number}", "{digit} {digit} {digit} {digit}",
    "{digit} {digit} {digit} dash {digit} {digit} {digit} {digit}", "{tens} {digit}",
    "{digit} hundred {tens} {digit}", "{digit} hundred and {number}", "{digit} thousand {digit} hundred",
    "{number} million", "{letter} {letter} {digit}", "{letter} {digit} {letter}",
    "i will be in the meeting {when}", "we have {number} minutes", "i have {number} hours",
    "are you ready for the {item}", "thanks for the {item}", "good morning", "good evening", "good night",
    "i will send the {item} {when}", "please open page {number}", "can you see my {item}",
    "do not delete that", "do not {verb} it", "what time is the {item} {when}", "what day is it today",
    "it was a good day", "it was a good {item}", "the test is at {hour}", "the {item} is ready",
    "search for {letter} and replace with {letter}", "replace {content} with {content}",
    "insert {symbol}", "open quote close quote", "open bracket close bracket", "dollar {number}",
    "{number} percent", "{number} plus {number} equals {number}", "{number} minus {number}",
    "go {direction} {number} meters", "go {direction}", "{card} of {suit}", "yes please",
    "{card} of {suit} {card} of {suit}", "no thank you", "okay", "save file", "save the {item}",
    "cancel that", "play the message", "record a new message", "i have a question", "this is my voice",
    "dictation test {digit} {digit} {digit}", "speech to text", "work in the {part}",
    "{unit} {digit}", "bold the next {unit}", "{letter} dot {letter} at {letter} dot {letter}",
    "capital {letter}", "left right up down", "{verb} that", "{verb} the {item}", "{verb} the {unit}",
    "please {verb} the {item}", "can you {verb} the {item} {when}", "we will see you {when}",
    "call me in the {part}", "will you be in the meeting {when}", "the {item} from {day}",
    "this {item} is for you", "i was not ready for this", "what is the time", "what is this",
    "from {hour} to {hour}", "are you in the meeting", "on {day} we work from {hour} to {hour}",
    "my {item} is on page {number}", "the week of {month} {number}", "i will not be in {when}",
    "can i have the {item}", "we are ready", "you have a new {item}", "it is {day}", "it is {when}",
    "help me with the {item}", "please help me with this {item}", "thank you and good night",
    "comma new line", "period new paragraph", "{content} {symbol} {content}", "pause the {item}",
    "go back to the {unit}", "enter {content}", "tab {content}", "space {content} space",
)  # fmt: skip

_VERBS = "open close select copy paste cut save send cancel replace play record delete undo redo".split()
_ITEMS = "message email report meeting call note file page text test".split()
_UNITS = "word sentence line paragraph page file window".split()
_DIRECTIONS = "forward backward back left right up down".split()
_SYMBOLS = (
    "dash space slash dot plus minus equals star pound percent period comma colon semicolon quote bracket "
    "dollar"
).split()


def _number(rng: random.Random) -> str:
    compound = rng.choice(TENS) + " " + rng.choice(DIGITS[1:])
    return rng.choice([rng.choice(TEENS), rng.choice(DIGITS[1:]), compound, rng.choice(TENS)])


def _when(rng: random.Random) -> str:
    return rng.choice(["today", "tomorrow", "on " + rng.choice(DAYS), "in the " + _part(rng)])


def _part(rng: random.Random) -> str:
    return rng.choice(["morning", "evening"])


def _among(words: list[str]) -> Callable[[random.Random], str]:
    return lambda rng: rng.choice(words)


_SLOTS: dict[str, Callable[[random.Random], str]] = {
    "day": _among(DAYS),
    "month": _among(MONTHS),
    "digit": _among(DIGITS),
    "number": _number,
    "tens": _among(TENS),
    "letter": _among(SPELLING),
    "when": _when,
    "part": _part,
    "hour": _among(DIGITS[1:] + TEENS[:3]),
    "unit": _among(_UNITS),
    "item": _among(_ITEMS),
    "verb": _among(_VERBS),
    "direction": _among(_DIRECTIONS),
    "symbol": _among(_SYMBOLS),
    "content": _among(CONTENT),
    "card": _among([*DIGITS[2:], "ten", "jack", "queen", "king", "ace"]),
    "suit": _among(["clubs", "spades", "hearts", "diamonds"]),
}


def fill(phrase: str, rng: random.Random) -> Words:
    """Replace every {slot} of a phrase by a random word or words."""
    return tuple(re.sub(r"\{(\w+)\}", lambda slot: _SLOTS[slot.group(1)](rng), phrase).split())


def _phrases(rng: random.Random) -> Words:
    words = fill(rng.choice(PHRASES), rng)
    while rng.random() < 0.3 and len(words) < 12:
        words += fill(rng.choice(PHRASES), rng)
    return words


def _repeated(words: list[str], low: int, high: int) -> Callable[[random.Random], Words]:
    return lambda rng: tuple(rng.choice(words) for _ in range(rng.randint(low, high)))


# (share, sampler). Words alone are the hardest for a recogniser (no neighbour to lean on) and the
# commonest commands, hence their large share.
_MIXTURE: tuple[tuple[float, Callable[[random.Random], Words]], ...] = (
    (0.24, _repeated(CONTENT, 1, 1)),
    (0.18, _repeated(CONTENT, 2, 8)),
    (0.10, _repeated(DIGITS, 2, 10)),
    (0.05, _repeated(TEENS + TENS + MAGNITUDES + DIGITS, 2, 6)),
    (0.07, _repeated(SPELLING, 2, 7)),
    (0.36, _phrases),
)


def sample(rng: random.Random) -> Words:
    """One text of 1 to about 20 words, from the whole grammar."""
    return rng.choices([sampler for _, sampler in _MIXTURE], [share for share, _ in _MIXTURE])[0](rng)


def is_held_out(words: Words) -> bool:
    """Whether a text is reserved for the evaluation: a tenth of all texts of three or more words."""
    return len(words) >= 3 and hashlib.sha256(" ".join(words).encode()).digest()[0] < 26


def sample_for_training(rng: random.Random) -> Words:
    """A text that is not reserved for the evaluation."""
    return _first(rng, lambda words: not is_held_out(words))


def sample_held_out(rng: random.Random) -> Words:
    """A text of three or more words that no training shard contains."""
    return _first(rng, is_held_out)


def _first(rng: random.Random, wanted: Callable[[Words], bool]) -> Words:
    while True:
        words = sample(rng)
        if wanted(words):
            return words
