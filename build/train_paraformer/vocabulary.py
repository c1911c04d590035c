"""The words the demonstration model knows, and how they are pronounced.

One token is one whole word: FunASR's streaming post-processing would drop the tail of a word that is
split into pieces and straddles two chunks, and a closed vocabulary of this size needs no pieces.
"""

from __future__ import annotations

import functools
import re
import subprocess

DIGITS = "zero one two three four five six seven eight nine".split()
TEENS = ("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen").split()
TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
MAGNITUDES = "hundred thousand million billion".split()
SPELLING = (
    "alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima mike november "
    "oscar papa quebec romeo sierra tango uniform victor whiskey xray yankee zulu"
).split()
DAYS = "sunday monday tuesday wednesday thursday friday saturday".split()
MONTHS = ("january february march april may june july august september october november december").split()
SYMBOLS = (
    "dash space slash dot plus minus equals star pound at percent period comma colon semicolon "
    "quote bracket dollar"
).split()
COMMANDS = (
    "new line paragraph delete that undo redo stop start listening question mark exclamation point "
    "open close select all copy paste cut save send cancel scratch next previous word sentence go to "
    "end beginning capital tab enter forward backward back left right up down insert bold page file "
    "window search replace pause play record help"
).split()
EVERYDAY = (
    "the a and is of in it you for this with hello world please thank thanks meeting today tomorrow "
    "yesterday morning evening night message email call me my we will be good yes no okay i have not "
    "test on from speech text dictation voice work time day week are was can do what see ready note "
    "report queen king jack ace clubs spades hearts diamonds meters hours minutes"
).split()

WORDS = list(
    dict.fromkeys(
        DIGITS + TEENS + TENS + MAGNITUDES + SPELLING + DAYS + MONTHS + SYMBOLS + COMMANDS + EVERYDAY
    )
)
# Words that carry no meaning of their own or sound like another word of the list ("to" and "two",
# "for" and "four"): they occur inside phrases only, where the neighbours tell them apart.
PHRASE_ONLY = frozenset("the a and is of in it to for at on i be do are was me my we".split())
CONTENT = [word for word in WORDS if word not in PHRASE_ONLY]

BLANK, START, END, UNKNOWN = "<blank>", "<s>", "</s>", "<unk>"
TOKENS = [BLANK, START, END, *WORDS, UNKNOWN]
TOKEN_ID = {token: index for index, token in enumerate(TOKENS)}

_WRITTEN_FOR_SYNTHESIS = {"xray": "x-ray", "juliet": "juliett"}


def written_for_synthesis(word: str) -> str:
    """The spelling that makes every synthesiser say the word right."""
    return _WRITTEN_FOR_SYNTHESIS.get(word, word)


@functools.cache
def phones_of(word: str) -> tuple[str, ...]:
    """Phones of a word by espeak-ng's American dictionary; stress and length digits removed."""
    command = ["espeak-ng", "-q", "-x", "--sep=_", "-v", "en-us", written_for_synthesis(word)]
    answer = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    raw = re.split(r"[_ \n]+", answer)
    stripped = (re.sub(r"(?<=.)[0-9#]+$", "", re.sub(r"[',%=|:;!]", "", phone)) for phone in raw)
    return tuple(phone for phone in stripped if phone)


@functools.cache
def phone_inventory() -> tuple[str, ...]:
    """All phones of the vocabulary, sorted; index 0 of the CTC head is its blank, so these start at 1."""
    return tuple(sorted({phone for word in WORDS for phone in phones_of(word)}))


@functools.cache
def phone_ids_of_tokens() -> tuple[tuple[int, ...], ...]:
    """For every token id the ids of its phones (1 and up; 0 is silence and the blank of the CTC)."""
    inventory = phone_inventory()
    return tuple(
        tuple(inventory.index(phone) + 1 for phone in phones_of(token)) if token in WORDS else ()
        for token in TOKENS
    )
