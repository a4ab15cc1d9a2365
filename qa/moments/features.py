"""What a classifier sees of a sentence: its embedding beside its n-grams.

Recognisers split and glue words, which moves an embedding far and n-grams of letters little;
synonyms do the opposite. Text is turned into Latin first, so that both scripts of Serbian look the
same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from qa.text import normalise

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    Floats = NDArray[np.float32]
    Counts = tuple[csr_matrix, csr_matrix]  # of letters and of words, a row a text

N_GRAMS: Final = 1 << 15  # of each kind, hashed; twice as many did not change cross-validated F1
_LETTERS: Final = (2, 5)  # n-grams inside words
_WORDS: Final = (1, 3)
# Directions of the embeddings are evened out half way: whole, the weak ones that hold nothing would
# count as much as the strong ones.
_WHITENING: Final = 0.125


@dataclass(frozen=True, slots=True, eq=False)
class Space:
    """Where sentences are told apart; made from the sentences of a bank."""

    centre: Floats  # (d,)
    rotation: Floats  # (d, d)
    rarity: Floats  # (2 * N_GRAMS,): inverse document frequency, letters then words

    def place(self, vectors: Floats) -> Floats:
        """Return embeddings centred, evened out and of length one: (len(vectors), d).

        Multilingual E5 vectors share one large direction, which hides what tells them apart.
        """
        return _unit(_unit(vectors - self.centre) @ self.rotation)

    def n_grams(self, texts: Sequence[str]) -> csr_matrix:
        """Return tf-idf of hashed n-grams, each kind of length one: (len(texts), 2 * N_GRAMS)."""
        return self.weighed(count_n_grams(texts))

    def weighed(self, counted: Counts) -> csr_matrix:
        """Return the same from counts that are there."""
        from scipy import sparse
        from sklearn.preprocessing import normalize

        kinds = (
            normalize(counts.multiply(self.rarity[at : at + N_GRAMS]).tocsr())
            for at, counts in zip((0, N_GRAMS), counted, strict=True)
        )
        return sparse.csr_matrix(sparse.hstack(list(kinds)))


def make_space(counted: Counts, vectors: Floats) -> Space:
    """Return the space of a bank's sentences: of their n-grams and their embeddings."""
    import numpy as np

    centre = np.asarray(vectors.mean(axis=0), dtype=np.float32)
    moved = _unit(vectors - centre)
    strengths, directions = np.linalg.eigh(moved.T @ moved / len(moved))
    strengths = np.maximum(strengths, 1e-5 * strengths.max())
    rotation = np.asarray(directions / strengths**_WHITENING, dtype=np.float32)
    seen = np.concatenate([np.asarray((counts > 0).sum(axis=0)).ravel() for counts in counted])
    rarity = np.log((1 + len(vectors)) / (1 + seen)) + 1  # smoothed, as scikit-learn has it
    return Space(centre, rotation, np.asarray(rarity, dtype=np.float32))


def count_n_grams(texts: Sequence[str]) -> Counts:
    """Return 1 + log of how often each n-gram of letters and of words stands in each text."""
    import numpy as np
    from sklearn.feature_extraction.text import HashingVectorizer

    prepared = [normalise(text) for text in texts]
    found = []
    for analyser, sizes in (("char_wb", _LETTERS), ("word", _WORDS)):
        counter = HashingVectorizer(
            analyzer=analyser,
            ngram_range=sizes,
            n_features=N_GRAMS,
            token_pattern=r"\S+",
            norm=None,
            alternate_sign=False,
            dtype=np.float32,
        )
        counts = counter.transform(prepared)
        counts.data = 1 + np.log(counts.data)
        found.append(counts)
    return found[0], found[1]


def _unit(rows: Floats) -> Floats:
    import numpy as np

    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.maximum(lengths, 1e-9), dtype=np.float32)
