"""Embeddings of sentences: each text once, and those of a bank kept on disk."""

from __future__ import annotations

import hashlib
import logging
from typing import TYPE_CHECKING, Final

from qa.cache import cache_dir, written_whole
from qa.text import fold_diacritics, to_latin

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from qa.moments.encoders import Encoder

_FORM: Final = "3"  # of what is encoded of a text: change it when that changes
_MANY: Final = 5_000  # texts that take more than some ten seconds on two cores

_log = logging.getLogger(__name__)


def embed(texts: Sequence[str], encoder: Encoder) -> NDArray[np.float32]:
    """Return unit vectors of shape (len(texts), d); equal texts are encoded once.

    Texts are encoded in Latin and without diacritics, so that both scripts, and who types without,
    get the same vector: recognisers and chats drop diacritics at random, and with them kept one
    sentence in six was decided otherwise without.
    """
    import numpy as np

    # half a surrogate pair, as JSON may hold, has no UTF-8 for an encoder to read
    plain = [fold_diacritics(to_latin(text)).encode("utf-8", "replace").decode() for text in texts]
    unique = list(dict.fromkeys(plain))
    place = {text: index for index, text in enumerate(unique)}
    vectors = encoder.encode(unique)
    return np.ascontiguousarray(vectors[[place[text] for text in plain]])


def embed_cached(texts: Sequence[str], encoder: Encoder) -> NDArray[np.float32]:
    """Return `embed` to three digits; what was embedded before comes from the cache, text by text.

    So a bank to which a sentence was added costs one sentence, not all of them. One file per
    encoder holds the texts of the last call; it is replaced whole.
    """
    import numpy as np

    name = hashlib.sha256(encoder.name.encode()).hexdigest()[:32]
    path = cache_dir() / "embeddings" / f"{name}.npz"
    keys = [hashlib.sha256(f"{_FORM}{text}".encode("utf-8", "replace")).digest() for text in texts]
    known: dict[bytes, NDArray[np.float32]] = {}
    if path.exists():
        with np.load(path, allow_pickle=False) as kept:
            known = dict(zip((bytes(key) for key in kept["keys"]), kept["vectors"], strict=True))
    new = [text for key, text in zip(keys, texts, strict=True) if key not in known]
    if new:
        if len(new) > _MANY:
            _log.info("encoding %d example sentences, once: may take minutes", len(new))
        fresh = embed(new, encoder).astype(np.float16)  # half the disk, and nothing is lost by it
        wanted = (key for key in keys if key not in known)
        known |= dict(zip(wanted, fresh, strict=True))
        with written_whole(path) as out:
            order = list(dict.fromkeys(keys))
            np.savez(
                out,
                keys=np.frombuffer(b"".join(order), np.uint8).reshape(-1, 32),
                vectors=np.stack([known[key] for key in order]),
            )
    return np.stack([known[key] for key in keys]).astype(np.float32)
