"""Punctuation by a CT-Transformer, for models that write none.

FunASR's own wrapper opens or downloads a text that looks like a path or an address, so what it does is
done here.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import Any, Final

import torch

from recognizer.worker.lean_funasr import import_parts
from recognizer.worker.second_pass_dir import WholeModelDir, read_tokens
from recognizer.worker.second_pass_network import Place, build, choose_place, fill, parameters_of

_PARTS: Final = ("funasr.models.sanm.encoder", "funasr.models.ct_transformer.model")
_MOST_WORDS_AT_ONCE: Final = 20
_LONGEST_SENTENCE: Final = 200
_NOTHING: Final = ("_", "<unk>")
_ENDS: Final = ("。", "？")
_LATIN: Final = {"，": ",", "。": ".", "？": "?"}


def load_punctuation(
    model_dir: WholeModelDir, device: str, precision: str
) -> Generator[None, None, Punctuation]:
    """Load in steps. Raises ``EngineError`` or ``ImportError``."""
    tables = import_parts(_PARTS)
    yield
    tokens = read_tokens(model_dir.need("tokenizer_conf", "token_list", "tokens.json"))
    network = build(tables, model_dir, vocab_size=len(tokens), jieba_usr_dict=None)
    place = choose_place(device, "fp32" if precision == "bf16" else precision, parameters_of(network))
    fill(network, model_dir, Place(place.device, "int8" if place.precision == "int8" else "fp32"))
    return Punctuation(network, tokens, place.device)


class Punctuation:
    """See ``load_punctuation``."""

    def __init__(self, network: Any, tokens: Sequence[str], device: str) -> None:
        self._network = network
        self._device = device
        self._ids = {token: index for index, token in enumerate(tokens)}
        self._unknown = self._ids.get("<unk>", 0)

    def punctuate(self, text: str) -> str:
        """``text`` with marks; each Chinese character and each Latin word may have one after it."""
        words = words_of(text)
        if not words:
            return text
        marks: list[str] = []
        waiting = 0  # words from here on are looked at again, with what follows them
        for end in range(_MOST_WORDS_AT_ONCE, len(words) + _MOST_WORDS_AT_ONCE, _MOST_WORDS_AT_ONCE):
            piece = words[waiting:end]
            found = self._marks(piece)
            if end < len(words):
                found = found[: _settled(found)]
            marks += found
            waiting += len(found)
        return _written(words, marks)

    def _marks(self, words: Sequence[str]) -> list[str]:
        ids = [self._ids.get(word, self._unknown) for word in words]
        with torch.inference_mode():
            scores, _ = self._network.punc_forward(
                text=torch.tensor([ids], device=self._device),
                text_lengths=torch.tensor([len(ids)], dtype=torch.int32, device=self._device),
            )
        return [self._network.punc_list[best] for best in scores[0].argmax(dim=-1).tolist()]


def words_of(text: str) -> list[str]:
    """Latin words whole, everything else by character.

    >>> words_of("我用Python写 two lines")
    ['我', '用', 'Python', '写', 'two', 'lines']
    """
    words: list[str] = []
    for run in text.split():
        is_open = False
        for char in run:
            if char.isascii() and is_open:
                words[-1] += char
            else:
                words.append(char)
            is_open = char.isascii()
    return words


def _settled(marks: list[str]) -> int:
    """How many words end with the last sentence that is over; a very long one is ended at a comma."""
    last = len(marks) - 2
    for index in range(last, 1, -1):
        if marks[index] in _ENDS:
            return index + 1
    if len(marks) > _LONGEST_SENTENCE:
        for index in range(last, 1, -1):
            if marks[index] == "，":
                marks[index] = "。"
                return index + 1
    return 0


def _written(words: Sequence[str], marks: Sequence[str]) -> str:
    text = ""
    is_start, before = True, ""
    for index, (word, mark) in enumerate(zip(words, marks, strict=True)):
        is_latin = word[0].isascii()
        if is_latin and before[:1].isascii() and before:
            text += " "
        text += word.capitalize() if is_latin and is_start else word
        is_start, before = mark in _ENDS, word
        is_unended = index == len(words) - 1 and mark not in _ENDS
        said = "。" if is_unended else mark
        if said not in _NOTHING:
            text += _LATIN.get(said, said) if is_latin else said
    return text
