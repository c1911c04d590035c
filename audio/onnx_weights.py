"""The weights inside an ONNX file, read without ONNX: the file is protobuf, of which little is needed.

ModelProto holds field 7, GraphProto; that holds a field 5 for each weight, TensorProto; that holds dims (1),
data_type (2), name (8) and raw_data (9). Everything else, the wiring of the network included, is skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

Weights = dict[str, npt.NDArray[np.float32]]

GRAPH: Final = 7
INITIALIZER: Final = 5
DIMS, DATA_TYPE, NAME, RAW_DATA = 1, 2, 8, 9
FLOAT: Final = 1
_VARINT, _EIGHT_BYTES, _COUNTED, _FOUR_BYTES = 0, 1, 2, 5


def read_weights(path: Path) -> Weights:
    """The float32 weights by name. Raises ``OSError``, and ``ValueError`` for what is no such file."""
    weights: Weights = {}
    try:
        for graph in _messages(path.read_bytes(), GRAPH):
            for tensor in _messages(graph, INITIALIZER):
                _read_tensor(tensor, weights)
    except (IndexError, UnicodeDecodeError) as error:
        raise ValueError(f"{path.name} is damaged") from error
    return weights


def _read_tensor(tensor: bytes, weights: Weights) -> None:
    dims: list[int] = []
    kind, name, raw = 0, "", b""
    for field, value in _fields(tensor):
        if field == DIMS:
            dims += [value] if isinstance(value, int) else _packed(value)
        elif field == DATA_TYPE and isinstance(value, int):
            kind = value
        elif field == NAME and isinstance(value, bytes):
            name = value.decode()
        elif field == RAW_DATA and isinstance(value, bytes):
            raw = value
    if kind == FLOAT:
        weights[name] = np.frombuffer(raw, "<f4").reshape(dims)


def _messages(data: bytes, wanted: int) -> Iterator[bytes]:
    return (value for field, value in _fields(data) if field == wanted and isinstance(value, bytes))


def _fields(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        kind = key & 7
        if kind == _VARINT:
            number, at = _varint(data, at)
            yield key >> 3, number
            continue
        if kind == _COUNTED:
            size, at = _varint(data, at)
        elif kind in (_EIGHT_BYTES, _FOUR_BYTES):
            size = 8 if kind == _EIGHT_BYTES else 4
        else:
            raise ValueError(f"wire type {kind}")
        if at + size > len(data):
            raise ValueError("cut off")
        yield key >> 3, data[at : at + size]
        at += size


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return number, at


def _packed(data: bytes) -> list[int]:
    numbers: list[int] = []
    at = 0
    while at < len(data):
        number, at = _varint(data, at)
        numbers.append(number)
    return numbers
