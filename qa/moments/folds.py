"""Folds for cross-validation in which near-duplicates stay together."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from qa.text import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    from numpy.typing import NDArray

FOLDS: Final = 4
# Cosine of tf-idf over n-grams of 3 and 4 letters: "Is there anything else I can help with?" and
# "is there anything else i can help you with" are alike, two sentences with one frame are not.
_ALIKE: Final = 0.75
# N-grams of more than one text in twenty (of a small bank, of more than 200 texts) are left out:
# they tell little apart and take most of the time.
_COMMON: Final = 0.05
_COMMON_AT_LEAST: Final = 200
_BLOCK: Final = 250
_THREADS: Final = 4


def fold_of(texts: Sequence[str], languages: Sequence[str]) -> NDArray[np.int64]:
    """Return each text's fold, 0 to 3; texts of one language that are nearly the same share one.

    Every fold has as many groups of such texts as any other, or one more.
    """
    import numpy as np

    firsts, groups = np.unique(_groups(texts, languages), return_inverse=True)
    order = np.random.default_rng(0).permutation(len(firsts))
    place = np.empty(len(firsts), dtype=np.int64)
    place[order] = np.arange(len(firsts)) % FOLDS
    return place[groups]


def _groups(texts: Sequence[str], languages: Sequence[str]) -> NDArray[np.int64]:
    """Return for each text the first text that it is like, over any number of steps."""
    import numpy as np
    from sklearn.feature_extraction.text import TfidfVectorizer

    parents = list(range(len(texts)))

    def root(at: int) -> int:
        while parents[at] != at:
            parents[at] = parents[parents[at]]
            at = parents[at]
        return at

    for language in sorted(set(languages)):
        own = [at for at, each in enumerate(languages) if each == language]
        words = [normalise(texts[at]) or " " for at in own]
        common = max(_COMMON_AT_LEAST, int(_COMMON * len(own)))
        counter = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(3, 4), max_df=common, dtype=np.float32
        )
        rows = counter.fit_transform(words).tocsr()
        turned = rows.T.tocsr()

        def near(start: int) -> Iterable[tuple[int, int]]:
            alike = (rows[start : start + _BLOCK] @ turned).tocoo()  # noqa: B023 - used in the loop
            found = alike.data > _ALIKE
            pairs = alike.row[found] + start, alike.col[found]
            return [(left, right) for left, right in zip(*pairs, strict=True) if left < right]

        with ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1)) as pool:
            for pairs in pool.map(near, range(0, len(own), _BLOCK)):
                for left, right in pairs:
                    first, second = sorted((root(own[left]), root(own[right])))
                    parents[second] = first
    return np.array([root(at) for at in range(len(texts))], dtype=np.int64)
