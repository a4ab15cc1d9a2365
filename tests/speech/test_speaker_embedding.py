"""The speaker encoder: its weights, and vectors that depend on nothing but the clip."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from qa.cache import package_data
from qa.problems import NothingToRunError
from qa.speech import speaker_embedding
from qa.speech.speaker_embedding import embed
from tests.speech.made_voices import sound

if TYPE_CHECKING:
    from pathlib import Path

needs_weights = pytest.mark.skipif(
    package_data("resemblyzer") is None, reason="speaker weights not installed"
)


def test_weights_that_are_not_the_pinned_ones_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(speaker_embedding, "package_data", lambda _: tmp_path)
    with pytest.raises(NothingToRunError, match="pip install"):
        speaker_embedding._weights()
    (tmp_path / "pretrained.pt").write_bytes(b"something else")
    with pytest.raises(NothingToRunError, match="not the pinned"):
        speaker_embedding._weights()


@needs_weights
def test_a_vector_is_of_length_one_and_the_same_each_time() -> None:
    clips = [sound((1.6, "a")), sound((0.4, "b")), sound((1.6, "c"))]
    vectors = embed(clips)
    assert vectors.shape == (3, 256)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(embed(clips), vectors)
    # alone or with others, first or last
    np.testing.assert_allclose(embed(clips[:1])[0], vectors[0], atol=1e-5)
    np.testing.assert_allclose(embed(clips[::-1])[::-1], vectors, atol=1e-5)


@needs_weights
def test_how_loud_a_clip_is_matters_little() -> None:
    clip = sound((1.6, "a"))
    (quiet,), (loud,) = embed([clip * 0.05]), embed([clip * 0.2])
    assert quiet @ loud > 0.99


@needs_weights
def test_torch_has_its_threads_back_afterwards() -> None:
    import torch

    before = torch.get_num_threads()
    embed([sound((0.5, "a"))])
    assert torch.get_num_threads() == before


@needs_weights
def test_no_clip_has_no_vector() -> None:
    assert embed([]).shape == (0, 256)
