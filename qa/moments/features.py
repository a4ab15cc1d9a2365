"""What a classifier sees of a sentence: its embedding beside its character n-grams.

Recognisers split and glue words, which moves an embedding far and n-grams little; synonyms do
the opposite. Text is turned into Latin first, so that both scripts of Serbian look the same.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from qa.cache import cache_dir, written_whole
from qa.text import normalise, to_latin

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray
    from scipy.sparse import csr_matrix

    from qa.moments.encoders import Encoder

N_GRAMS = 1 << 15  # hashed; collisions at this size did not change cross-validated F1
_N_GRAM_RANGE = (2, 4)


def embed(texts: Sequence[str], encoder: Encoder) -> NDArray[np.float32]:
    """Return unit vectors of shape (len(texts), d); equal texts are encoded once."""
    import numpy as np

    # half a surrogate pair, as JSON may hold, has no UTF-8 for an encoder to read
    latin = [to_latin(text).encode("utf-8", "replace").decode() for text in texts]
    unique = list(dict.fromkeys(latin))
    place = {text: index for index, text in enumerate(unique)}
    vectors = encoder.encode(unique)
    return np.ascontiguousarray(vectors[[place[text] for text in latin]])


def embed_cached(texts: Sequence[str], encoder: Encoder) -> NDArray[np.float32]:
    """Return `embed`, kept on disk by the content of the texts and the encoder's name."""
    import numpy as np

    key = hashlib.sha256("\x1f".join((encoder.name, *texts)).encode()).hexdigest()
    path = cache_dir() / "embeddings" / f"{key[:32]}.npy"
    if path.exists():
        vectors: NDArray[np.float32] = np.load(path, allow_pickle=False)
        return vectors
    vectors = embed(texts, encoder)
    with written_whole(path) as out:
        np.save(out, vectors)
    return vectors


def features(
    texts: Sequence[str], vectors: NDArray[np.float32], centre: NDArray[np.float32]
) -> csr_matrix:
    """Return a sparse matrix (len(texts), d + N_GRAMS).

    Embeddings are centred on the bank's mean and brought back to length one: multilingual E5
    vectors share one large direction, which hides what tells them apart.
    """
    import numpy as np
    from scipy import sparse
    from sklearn.feature_extraction.text import HashingVectorizer

    n_grams = HashingVectorizer(
        analyzer="char_wb",
        ngram_range=_N_GRAM_RANGE,
        n_features=N_GRAMS,
        norm="l2",
        alternate_sign=False,
        dtype=np.float32,
    )
    moved = vectors - centre
    moved /= np.maximum(np.linalg.norm(moved, axis=1, keepdims=True), 1e-9)
    hashed = n_grams.transform([normalise(text) for text in texts])
    return sparse.csr_matrix(sparse.hstack([sparse.csr_matrix(moved), hashed]))
