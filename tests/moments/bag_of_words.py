"""The one fake of `Encoder`: hashed bags of words, and a record of what it was asked."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

from qa.text import normalise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

DIMENSIONS = 64


class BagOfWords:
    """Each word adds to one of 64 places; the same text gives the same vector in any process."""

    def __init__(self, name: str = "bag") -> None:
        self.name = name
        self.asked: list[list[str]] = []

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked.append(list(texts))
        vectors = np.full((len(texts), DIMENSIONS), 1e-3, dtype=np.float32)
        for row, text in enumerate(texts):
            for word in normalise(text).split():
                vectors[row, zlib.crc32(word.encode()) % DIMENSIONS] += 1
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / lengths, dtype=np.float32)
