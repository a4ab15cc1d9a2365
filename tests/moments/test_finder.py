"""Finding moments with classifiers fitted on a small bank."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qa.moments.classifier import Classifiers, load_or_fit
from qa.moments.cues import Cue
from qa.moments.finder import MomentFinder, finder_name, unsettle
from qa.nouns import SPEAKER_CAVEATS, Doubt, Moment
from qa.sentences import Sentence
from tests.moments.bag_of_words import BagOfWords
from tests.moments.small_bank import BANK

if TYPE_CHECKING:
    from pathlib import Path

    from qa.moments.bank import Bank
    from qa.nouns import Speaker

NO_AFTER_A_QUESTION = Cue(
    pattern="^no$", after="anything else", effect="raise", reason="no after anything else"
)


BROKEN = Cue(pattern="broken", effect="lower", reason="broken")
# the small bank with cues for the customer's complaint
CUED = BANK.model_copy(
    update={
        "moments": tuple(
            moment.model_copy(update={"cues": (NO_AFTER_A_QUESTION, BROKEN)})
            if moment.name == "complaint"
            else moment
            for moment in BANK.moments
        )
    }
)


@pytest.fixture(scope="module")
def _kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a cache in which the banks of this module are fitted once."""
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(autouse=True)
def _cache(_kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALLQA_CACHE", str(_kept))


@pytest.fixture
def finder() -> MomentFinder:
    return MomentFinder(BANK, BagOfWords())


def _said(text: str, speaker: Speaker = "agent", turn: int = 0) -> Sentence:
    return Sentence(turn, speaker, text, 1_000 * turn, 1_000 * turn + 900)


def _found(finder: MomentFinder, *sentences: Sentence) -> list[tuple[str, str, int]]:
    return [(m.name, m.decision, m.turn) for m in finder.find(sentences)]


def _scripted(
    monkeypatch: pytest.MonkeyPatch, bank: Bank, probability: float, limits: tuple[float, float]
) -> MomentFinder:
    """Return a finder to whose classifiers every sentence is alike."""
    finder = MomentFinder(bank, BagOfWords())
    fitted = load_or_fit(bank, BagOfWords())
    count = len(fitted.names)

    def asked(self: Classifiers, texts: list[str], vectors: object) -> np.ndarray:
        return np.full((len(texts), count), probability)

    everywhere = replace(fitted, thresholds=np.array([limits] * count))
    monkeypatch.setattr(finder, "_classifiers", everywhere)
    monkeypatch.setattr(Classifiers, "probabilities", asked)
    return finder


def test_a_moment_is_found_with_its_place(finder: MomentFinder) -> None:
    (moment,) = finder.find([_said("I am sorry about the parcel", turn=3)])
    assert (moment.name, moment.speaker, moment.turn) == ("apology", "agent", 3)
    assert (moment.quote, moment.start_ms, moment.end_ms) == (
        "I am sorry about the parcel",
        3_000,
        3_900,
    )
    assert moment.decision == "present"
    assert 0.5 <= moment.probability <= 1
    assert moment.cues == ""


def test_a_sentence_nobody_gave_as_an_example_is_found_too(finder: MomentFinder) -> None:
    assert _found(finder, _said("i am so sorry about the sofa")) == [("apology", "present", 0)]
    assert _found(finder, _said("Say again, which sofa?")) == []


def test_the_customers_sorry_is_never_the_agents_apology(finder: MomentFinder) -> None:
    words = "I am sorry about the parcel"
    assert _found(finder, _said(words, "agent")) == [("apology", "present", 0)]
    assert "apology" not in [name for name, *_ in _found(finder, _said(words, "customer"))]
    complaint = "My parcel is broken, sorry"
    assert _found(finder, _said(complaint, "customer")) == [("complaint", "present", 0)]
    assert "complaint" not in [name for name, *_ in _found(finder, _said(complaint, "agent"))]


def test_moments_come_in_the_order_of_the_sentences(finder: MomentFinder) -> None:
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


def test_moments_of_one_sentence_come_in_order_of_name(monkeypatch: pytest.MonkeyPatch) -> None:
    finder = _scripted(monkeypatch, BANK, 0.9, (0.4, 0.6))
    found = _found(finder, _said("b"), _said("a", "customer", 1), _said("c", turn=2))
    assert found == [
        ("apology", "present", 0),
        ("greeting", "present", 0),
        ("complaint", "present", 1),
        ("apology", "present", 2),
        ("greeting", "present", 2),
    ]


def test_no_sentences_ask_nothing() -> None:
    encoder = BagOfWords()
    finder = MomentFinder(BANK, encoder)
    encoder.asked.clear()
    assert finder.find([]) == ()
    assert finder.judge([]) == []
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
    monkeypatch: pytest.MonkeyPatch, probability: float, decisions: list[str]
) -> None:
    finder = _scripted(monkeypatch, BANK, probability, (0.5, 0.8))
    found = finder.find([_said("anything", "customer")])
    assert [moment.decision for moment in found] == decisions
    assert [moment.probability for moment in found] == [probability] * len(decisions)


def test_a_finder_is_named_after_all_that_it_depends_on() -> None:
    smaller = BANK.model_copy(update={"moments": BANK.moments[:2]})
    names = {
        finder_name(BANK, "bag"),
        finder_name(BANK, "other"),
        finder_name(smaller, "bag"),
        finder_name(CUED, "bag"),
    }
    assert len(names) == 4
    assert MomentFinder(BANK, BagOfWords()).name == finder_name(BANK, "bag")
    thin = BANK.model_copy(update={"warnings": ("thin",)})
    assert finder_name(thin, "bag") == finder_name(BANK, "bag")


# --- cues


def test_a_cue_raises_what_is_uncertain_and_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    finder = _scripted(monkeypatch, CUED, 0.45, (0.4, 0.6))
    plain, raised = finder.find(
        [
            _said("No.", "customer", 0),
            _said("Is there anything else?", "agent", 1),
            _said("No.", "customer", 2),
        ]
    )[0::3]
    assert (plain.turn, plain.decision, plain.probability, plain.cues) == (0, "uncertain", 0.45, "")
    assert (raised.turn, raised.decision) == (2, "present")
    assert raised.probability > 0.45
    assert raised.cues == "no after anything else"


def test_a_cue_makes_nothing_present_that_is_unlikely(monkeypatch: pytest.MonkeyPatch) -> None:
    finder = _scripted(monkeypatch, CUED, 0.39, (0.4, 0.6))
    call = [_said("Anything else?", "agent", 0), _said("No.", "customer", 1)]
    assert _found(finder, *call) == [("complaint", "uncertain", 1)]


def test_what_the_examples_said_is_kept_beside_it(monkeypatch: pytest.MonkeyPatch) -> None:
    finder = _scripted(monkeypatch, CUED, 0.7, (0.4, 0.6))
    ((opinion,),) = finder.judge([_said("broken", "customer")])
    assert (opinion.by_examples, opinion.cues, opinion.decision) == (0.7, ("broken",), None)
    assert opinion.probability < 0.4


@pytest.mark.parametrize(
    ("before", "counts"),
    [
        ([("agent", 0, "Anything else?")], True),
        # all of the other's turn, not its last sentence alone
        ([("agent", 0, "Anything else?"), ("agent", 0, "Take your time.")], True),
        # one's own words between are no other turn
        ([("agent", 0, "Anything else?"), ("customer", 1, "Hm.")], True),
        # a turn of the other in between is
        ([("agent", 0, "Anything else?"), ("customer", 1, "Hm."), ("agent", 2, "Hello?")], False),
        # one's own question is nobody else's
        ([("customer", 0, "Anything else?")], False),
        ([], False),
    ],
)
def test_the_turn_before_is_the_other_speakers_last(
    monkeypatch: pytest.MonkeyPatch, before: list[tuple[Speaker, int, str]], counts: bool
) -> None:
    finder = _scripted(monkeypatch, CUED, 0.45, (0.4, 0.6))
    call = [_said(text, speaker, turn) for speaker, turn, text in before]
    *_, opinions = finder.judge([*call, _said("No.", "customer", 3)])
    assert [bool(opinion.cues) for opinion in opinions] == [counts]


def test_what_is_said_later_does_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    finder = _scripted(monkeypatch, CUED, 0.45, (0.4, 0.6))
    no, question = _said("No.", "customer", 0), _said("Anything else?", "agent", 1)
    assert finder.judge([no, question])[0] == finder.judge([no])[0]


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
