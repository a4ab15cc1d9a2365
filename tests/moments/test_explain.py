"""One sentence explained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from qa.moments.classifier import load_or_fit
from qa.moments.cues import Cue
from qa.moments.explain import Explained, Near, explain
from qa.moments.finder import MomentFinder, Opinion
from qa.moments.shown import explained_text
from qa.moments.thresholds import Thresholds
from qa.moments.vectors import embed
from qa.sentences import Sentence
from tests.moments.bag_of_words import BagOfWords
from tests.moments.small_bank import BANK

if TYPE_CHECKING:
    from pathlib import Path

    from qa.nouns import Speaker

CUE = Cue(pattern="^sorry$", after="late", effect="raise", reason="sorry after late")
CUED = BANK.model_copy(
    update={
        "moments": tuple(
            moment.model_copy(update={"cues": (CUE,)}) if moment.name == "apology" else moment
            for moment in BANK.moments
        )
    }
)


@pytest.fixture(scope="module")
def _kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(autouse=True)
def _cache(_kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLQA_CACHE", str(_kept))


def _explained(text: str, speaker: Speaker = "agent", after: str = "") -> Explained:
    return explain(text, speaker, CUED, BagOfWords(), after=after)


def test_the_likeliest_moment_comes_first_with_what_it_is_like() -> None:
    found = _explained("I am sorry about the sofa")
    names = [opinion.moment for opinion, _ in found.opinions]
    assert names == ["apology", "greeting"]  # the agent's, and no other
    (opinion, near) = found.opinions[0]
    assert opinion.decision == "present"
    assert len(near) == 3
    assert all(each.does and each.text.startswith("I am sorry about") for each in near)
    likeness = [each.likeness for each in near]
    assert likeness == sorted(likeness, reverse=True)
    assert likeness[0] <= 1.0001


def test_it_thinks_what_the_finder_thinks() -> None:
    finder = MomentFinder(CUED, BagOfWords())
    sentence = Sentence(0, "customer", "My sofa is broken, sorry", 0, 0)
    assert [o for o, _ in _explained(sentence.text, "customer").opinions] == finder.judge(
        [sentence]
    )[0]


def test_a_sentence_of_the_bank_is_nearest_to_itself() -> None:
    for _, near in _explained("Good morning, parcel department").opinions:
        assert near[0].text == "Good morning, parcel department"
        assert near[0].likeness == pytest.approx(1, abs=1e-4)
        assert near[0].language == "en"


def test_likeness_is_the_cosine_of_placed_embeddings() -> None:
    text = "Which sofa is it?"
    space = load_or_fit(CUED, BagOfWords()).space
    for _, near in _explained(text).opinions:
        for each in near:
            one, other = space.place(embed([text, each.text], BagOfWords()))
            assert each.likeness == pytest.approx(float(np.dot(one, other)), abs=1e-3)  # kept short


def test_nearest_are_only_those_of_which_something_is_told() -> None:
    # a near miss of the apology says nothing of the greeting
    (near,) = (
        n for o, n in _explained("Say again, which parcel?").opinions if o.moment == "greeting"
    )
    assert not any(each.text.startswith("Say again") for each in near)
    (near,) = (
        n for o, n in _explained("Say again, which parcel?").opinions if o.moment == "apology"
    )
    assert (near[0].text, near[0].does) == ("Say again, which parcel?", False)


def test_what_the_other_said_before_counts() -> None:
    found = {
        after: {o.moment: o.cues for o, _ in _explained("Sorry.", after=after).opinions}
        for after in ("", "You are late!")
    }
    assert found[""]["apology"] == ()
    assert found["You are late!"]["apology"] == ("sorry after late",)


def test_it_is_shown_as_text() -> None:
    limits = Thresholds(0.4, 0.6)
    near = (Near("So sorry", "en", does=True, likeness=0.876), Near("Who?", "hr", False, 0.5))
    text = explained_text(
        Explained(
            (
                (Opinion("apology", 0.55, 0.91, ("a reason", "another"), limits), near),
                (Opinion("blame", 0.45, 0.45, (), limits), near[:1]),
                (Opinion("closing", 0.1, 0.1, (), limits), near[1:]),
            )
        )
    )
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert lines == [
        "apology 0.910 present (present from 0.60, uncertain from 0.40)",
        "by its examples 0.550; cues: a reason; another",
        "0.88 does it, en: So sorry",
        "0.50 does not, hr: Who?",
        "blame 0.450 uncertain (present from 0.60, uncertain from 0.40)",
        "0.88 does it, en: So sorry",
        "closing 0.100 no (present from 0.60, uncertain from 0.40)",
    ]
