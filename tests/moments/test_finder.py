"""Finding moments with classifiers fitted on a small bank."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from qa.moments.classifier import (
    Classifiers,
    _thresholds,
    fit,
    hold_out,
    load_or_fit,
)
from qa.moments.features import N_GRAMS, embed
from qa.moments.finder import MomentFinder, unsettle
from qa.moments.training import Labelled
from qa.nouns import SPEAKER_CAVEATS, Doubt, Moment
from qa.sentences import Sentence
from tests.moments.bag_of_words import DIMENSIONS, BagOfWords
from tests.moments.small_bank import BANK

if TYPE_CHECKING:
    from pathlib import Path

    from qa.nouns import Speaker

ARRAYS = ("centre", "weights", "bias", "calibration", "thresholds")


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLQA_CACHE", str(tmp_path / "cache"))


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Classifiers:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CALLQA_CACHE", str(tmp_path_factory.mktemp("cache")))
        return fit(BANK, BagOfWords())


def _said(text: str, speaker: Speaker = "agent", turn: int = 0) -> Sentence:
    return Sentence(turn, speaker, text, 1_000 * turn, 1_000 * turn + 900)


def _found(finder: MomentFinder, *sentences: Sentence) -> list[tuple[str, str, int]]:
    return [(m.name, m.decision, m.turn) for m in finder.find(sentences)]


def test_a_moment_is_found_with_its_place() -> None:
    finder = MomentFinder(BANK, BagOfWords())
    (moment,) = finder.find([_said("I am sorry about the parcel", turn=3)])
    assert (moment.name, moment.speaker, moment.turn) == ("apology", "agent", 3)
    assert (moment.quote, moment.start_ms, moment.end_ms) == (
        "I am sorry about the parcel",
        3_000,
        3_900,
    )
    assert moment.decision == "present"
    assert 0.5 <= moment.probability <= 1


def test_a_sentence_nobody_gave_as_an_example_is_found_too() -> None:
    finder = MomentFinder(BANK, BagOfWords())
    assert _found(finder, _said("i am so sorry about the sofa")) == [("apology", "present", 0)]
    assert _found(finder, _said("Say again, which sofa?")) == []


def test_the_customers_sorry_is_never_the_agents_apology() -> None:
    finder = MomentFinder(BANK, BagOfWords())
    words = "I am sorry about the parcel"
    assert _found(finder, _said(words, "agent")) == [("apology", "present", 0)]
    assert "apology" not in [name for name, *_ in _found(finder, _said(words, "customer"))]
    complaint = "My parcel is broken, sorry"
    assert _found(finder, _said(complaint, "customer")) == [("complaint", "present", 0)]
    assert "complaint" not in [name for name, *_ in _found(finder, _said(complaint, "agent"))]


def test_moments_come_in_the_order_of_the_sentences() -> None:
    finder = MomentFinder(BANK, BagOfWords())
    found = _found(
        finder,
        _said("Good morning, parcel department", turn=0),
        _said("My card is broken, sorry", "customer", turn=1),
        _said("I am sorry about the card", turn=2),
        _said("Let me look at the card now", turn=2),
    )
    assert [(name, turn) for name, _, turn in found] == [
        ("greeting", 0),
        ("complaint", 1),
        ("apology", 2),
    ]


def test_no_sentences_ask_nothing() -> None:
    encoder = BagOfWords()
    finder = MomentFinder(BANK, encoder)
    encoder.asked.clear()
    assert finder.find([]) == ()
    assert encoder.asked == []


@pytest.mark.parametrize(
    ("probability", "decisions"),
    [
        (0.91, ["present"]),
        (0.8, ["present"]),
        (0.79, ["uncertain"]),
        (0.5, ["uncertain"]),
        (0.49, []),
    ],
)
def test_between_the_limits_a_moment_is_uncertain(
    monkeypatch: pytest.MonkeyPatch, fitted: Classifiers, probability: float, decisions: list[str]
) -> None:
    def asked(self: Classifiers, texts: object, vectors: object) -> np.ndarray:
        return np.array([[probability, 0.0, 0.0]])  # apology, complaint, greeting

    finder = MomentFinder(BANK, BagOfWords())
    limits = np.array([[0.5, 0.8]] * 3)
    arrays = {name: getattr(fitted, name) for name in ARRAYS} | {"thresholds": limits}
    monkeypatch.setattr(finder, "_classifiers", Classifiers(fitted.names, **arrays))
    monkeypatch.setattr(Classifiers, "probabilities", asked)
    found = finder.find([_said("anything")])
    assert [moment.decision for moment in found] == decisions
    assert [moment.probability for moment in found] == [probability] * len(decisions)


def test_fitting_twice_gives_the_same_arrays(fitted: Classifiers) -> None:
    again = fit(BANK, BagOfWords())
    assert again.names == fitted.names == ("apology", "complaint", "greeting")
    for name in ARRAYS:
        assert np.array_equal(getattr(again, name), getattr(fitted, name)), name


def test_shapes_and_limits(fitted: Classifiers) -> None:
    assert fitted.centre.shape == (DIMENSIONS,)
    assert fitted.weights.shape == (3, DIMENSIONS + N_GRAMS)
    assert fitted.bias.shape == (3,)
    assert (fitted.calibration[:, 0] > 0).all()  # a higher score is a higher probability
    uncertain, present = fitted.thresholds.T
    assert ((present >= 0.5) & (present <= 0.9)).all()
    assert uncertain == pytest.approx(0.7 * present)


def test_what_was_fitted_is_not_encoded_or_fitted_again(tmp_path: Path) -> None:
    encoder = BagOfWords()
    first = load_or_fit(BANK, encoder)
    assert len(encoder.asked) == 1
    again = load_or_fit(BANK, encoder)
    assert len(encoder.asked) == 1
    assert again.names == first.names
    for name in ARRAYS:
        assert np.array_equal(getattr(again, name), getattr(first, name)), name
    kept = sorted(path.suffix for path in (tmp_path / "cache").rglob("*") if path.is_file())
    assert kept == [".npy", ".npz"]  # and no part of a file


def test_another_bank_or_encoder_is_fitted_anew() -> None:
    load_or_fit(BANK, BagOfWords())
    other = BagOfWords("other")
    load_or_fit(BANK, other)
    assert len(other.asked) == 1
    smaller = BANK.model_copy(update={"moments": BANK.moments[:2]})
    encoder = BagOfWords()
    assert load_or_fit(smaller, encoder).names == ("apology", "complaint")
    assert len(encoder.asked) == 1


def test_a_finder_is_named_after_all_that_it_depends_on() -> None:
    smaller = BANK.model_copy(update={"moments": BANK.moments[:2]})
    names = {
        MomentFinder(BANK, BagOfWords()).name,
        MomentFinder(BANK, BagOfWords("other")).name,
        MomentFinder(smaller, BagOfWords()).name,
    }
    assert len(names) == 3


def test_held_out_probabilities_tell_the_small_bank_apart() -> None:
    for held in hold_out(BANK, BagOfWords()):
        does = np.array([sentence.does for sentence in held.sentences])
        assert held.probabilities.shape == does.shape
        assert held.probabilities[does].min() > held.probabilities[~does].max(), held.moment


def test_probabilities_do_not_overflow(fitted: Classifiers) -> None:
    arrays = {name: getattr(fitted, name) for name in ARRAYS}
    arrays["calibration"] = np.array([[1e6, 0.0]] * 3, dtype=np.float32)
    steep = Classifiers(fitted.names, **arrays)
    texts = ["I am sorry about the parcel", "Say again, which parcel?"]
    found = steep.probabilities(texts, embed(texts, BagOfWords()))  # warnings are errors
    assert found[:, 0].tolist() == [1.0, 0.0]


def _limits(*ranked: tuple[float, bool]) -> tuple[float, float]:
    sentences = [Labelled(str(at), "en", does, "") for at, (_, does) in enumerate(ranked)]
    found = _thresholds(np.array([p for p, _ in ranked]), sentences)
    return found.uncertain, found.present


def test_present_is_where_nine_of_ten_are_still_right() -> None:
    nine_right = [(0.89 - at / 100, True) for at in range(9)]  # .89 to .81
    # the tenth, at .7, is wrong: 9 of 10 are right; the eleventh makes it 9 of 11
    uncertain, present = _limits(*nine_right, (0.7, False), (0.6, False))
    assert present == pytest.approx(0.7)
    assert uncertain == pytest.approx(0.49)


def test_present_is_between_even_odds_and_nine_tenths() -> None:
    assert _limits((0.99, True), (0.97, False))[1] == 0.9  # the lowest good one lies above
    assert _limits((0.99, False), (0.95, False))[1] == 0.9  # nothing is good
    assert _limits((0.8, True), (0.3, True))[1] == 0.8  # below even odds nothing counts
    assert _limits((0.8, True), (0.5, True))[1] == 0.5


def test_of_equal_probabilities_all_count() -> None:
    # one right and one wrong at .6 are 1 of 2, whatever their order
    assert _limits((0.6, True), (0.6, False))[1] == 0.9
    assert _limits((0.6, False), (0.6, True))[1] == 0.9


# --- doubted stretches


def _moment(start_ms: int, end_ms: int) -> Moment:
    return Moment("apology", "agent", 0, "Sorry.", start_ms, end_ms, 0.9, "present")


@pytest.mark.parametrize(
    ("start_ms", "end_ms", "decision"),
    [
        (1_000, 2_000, "uncertain"),  # the stretch itself
        (0, 1_001, "uncertain"),
        (1_999, 9_000, "uncertain"),
        (1_400, 1_600, "uncertain"),  # inside
        (0, 9_000, "uncertain"),  # around
        (0, 1_000, "present"),  # ends where the stretch begins
        (2_000, 3_000, "present"),
        (1_000, 1_000, "uncertain"),  # no length, but a place
        (2_000, 2_000, "present"),
    ],
)
def test_a_moment_that_touches_a_doubted_stretch_is_uncertain(
    start_ms: int, end_ms: int, decision: str
) -> None:
    moment = _moment(start_ms, end_ms)
    (found,) = unsettle([moment], (Doubt("agent", 1_000, 2_000, "pace"),))
    assert found.decision == decision
    assert (found.quote, found.probability) == (moment.quote, moment.probability)


def test_doubts_about_the_other_speaker_change_nothing() -> None:
    moments = (_moment(0, 900), _moment(1_000, 2_000))
    assert unsettle(moments, (Doubt("customer", 0, 9_000, "repetition"),)) == moments
    assert unsettle(moments, ()) == moments


@pytest.mark.parametrize("caveat", sorted(SPEAKER_CAVEATS))
def test_where_it_is_not_known_who_spoke_every_moment_is_uncertain(caveat: str) -> None:
    moments = (_moment(0, 900), _moment(1_000, 2_000))
    found = unsettle(moments, (), (caveat,))
    assert [m.decision for m in found] == ["uncertain", "uncertain"]


def test_crosstalk_says_nothing_of_what_was_said() -> None:
    moments = (_moment(0, 900),)
    assert unsettle(moments, (), ("crosstalk", "same_channels")) == moments


def test_any_of_several_doubts_is_enough_and_order_stays() -> None:
    moments = (_moment(0, 900), _moment(3_000, 4_000), _moment(6_000, 7_000))
    doubts = (Doubt("agent", 6_500, 6_600, "pace"), Doubt("agent", 0, 100, "known_phrase"))
    found = unsettle(moments, doubts)
    assert [m.decision for m in found] == ["uncertain", "present", "uncertain"]
    assert [m.start_ms for m in found] == [0, 3_000, 6_000]
