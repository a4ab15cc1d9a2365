"""What a classifier is taught: each text once, and never the wrong way round."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import pytest

from qa.moments import training
from qa.moments.bank import Bank, Everyday, MomentBank, read_bank
from qa.moments.noise import misheard
from qa.moments.training import (
    DOES,
    DOES_NOT,
    UNTOLD,
    Sample,
    TrainingSet,
    apart,
    taught_again,
    taught_together,
    training_sets,
)
from qa.text import normalise, to_latin
from tests.moments.small_bank import BANK

if TYPE_CHECKING:
    from qa.nouns import Speaker

NOTHING = Everyday()


def _moment(name: str, *examples: str, speaker: Speaker = "agent", **more: object) -> MomentBank:
    return MomentBank.model_validate(
        {
            "name": name,
            "speaker": speaker,
            "title": {"en": name},
            "examples": {"en": [*examples, *(f"{name} {word}" for word in "abcde")]},
            **more,
        }
    )


def _taught(*moments: MomentBank, everyday: Everyday = NOTHING) -> tuple[TrainingSet, ...]:
    return training_sets(Bank(moments=moments, everyday=everyday))


def _told(known: TrainingSet, moment: str) -> dict[str, int]:
    column = known.labels[:, known.moments.index(moment)]
    return dict(zip((sample.text for sample in known.samples), column.tolist(), strict=True))


def test_examples_do_and_near_misses_do_not() -> None:
    (known,) = _taught(_moment("sorry", "So sorry", near_misses={"en": ["Sorry, who?"]}))
    told = _told(known, "sorry")
    assert (told["So sorry"], told["Sorry, who?"]) == (DOES, DOES_NOT)


def test_other_moments_and_everyday_sentences_of_the_role_are_negatives() -> None:
    agent, customer = _taught(
        _moment("sorry"),
        _moment("hello", "Good day"),
        _moment("anger", "Bloody hell", speaker="customer"),
        everyday=Everyday(agent={"en": ("One moment",)}, customer={"en": ("My name is Ana",)}),
    )
    told = _told(agent, "sorry")
    assert (told["Good day"], told["One moment"]) == (DOES_NOT, DOES_NOT)
    assert not {"Bloody hell", "My name is Ana"} & set(told)
    assert (agent.moments, customer.moments) == (("sorry", "hello"), ("anger",))
    assert _told(customer, "anger")["My name is Ana"] == DOES_NOT
    assert "One moment" not in _told(customer, "anger")


def test_a_near_miss_of_one_moment_says_nothing_of_another() -> None:
    (known,) = _taught(
        _moment("sorry", near_misses={"en": ["Sorry, good morning"]}), _moment("hello")
    )
    assert _told(known, "hello")["Sorry, good morning"] == UNTOLD


def test_shipped_sentences_do_no_other_shipped_moment_whatever_they_are_listed_for() -> None:
    (known,) = _taught(
        _moment("sorry", "So sorry", near_misses={"en": ["Sorry, who?"]}, shipped=True),
        _moment("feel", overlaps=["sorry"], shipped=True),
        _moment("mine", overlaps=["sorry"]),
    )
    feel, mine = _told(known, "feel"), _told(known, "mine")
    assert (feel["So sorry"], feel["Sorry, who?"]) == (DOES_NOT, DOES_NOT)
    assert (mine["So sorry"], mine["Sorry, who?"]) == (UNTOLD, UNTOLD)


def test_borderline_sentences_teach_nothing_of_their_moment_and_everything_of_others() -> None:
    (known,) = _taught(
        _moment("sorry", borderline={"en": ["Sorry to hear that"]}, shipped=True),
        _moment("feel", "Sorry to hear that", shipped=True),
        _moment("hello", "Good day", shipped=True),
        everyday=Everyday(agent={"en": ("sorry to hear that",)}),
    )
    told = [_told(known, name)["Sorry to hear that"] for name in ("sorry", "feel", "hello")]
    assert told == [UNTOLD, DOES, DOES_NOT]


@pytest.mark.parametrize("said_by", ["sorry", "feel", "both"])
def test_examples_of_overlapping_moments_say_nothing(said_by: str) -> None:
    (known,) = _taught(
        _moment("sorry", overlaps=["feel"] if said_by != "feel" else []),
        _moment("feel", "I feel for you", overlaps=["sorry"] if said_by != "sorry" else []),
        _moment("hello", "Good day"),
    )
    told = _told(known, "sorry")
    assert (told["I feel for you"], told["Good day"]) == (UNTOLD, DOES_NOT)
    assert _told(known, "feel")["sorry a"] == UNTOLD
    assert _told(known, "hello")["I feel for you"] == DOES_NOT


def test_a_near_miss_counts_even_where_moments_overlap() -> None:
    (known,) = _taught(
        _moment("sorry", overlaps=["feel"], near_misses={"en": ["I feel for you"]}),
        _moment("feel", "I feel for you"),
    )
    assert _told(known, "sorry")["I feel for you"] == DOES_NOT


def test_an_example_is_no_negative_of_its_own_moment_wherever_else_it_stands() -> None:
    (known,) = _taught(
        _moment("sorry", "I apologise", near_misses={"hr": ["I apologise"]}),
        _moment("hello", "I APOLOGISE!"),
        everyday=Everyday(agent={"hr": ("i apologise",), "en": ("I apologise.",)}),
    )
    assert [text for text in _told(known, "sorry") if "pologise" in text] == ["I apologise"]
    assert _told(known, "sorry")["I apologise"] == DOES
    assert _told(known, "hello")["I apologise"] == DOES


def test_both_scripts_of_a_sentence_are_one_text_in_latin() -> None:
    (known,) = _taught(
        _moment("sorry", examples={"hr": ["Žao mi je", *"abcd"], "sr": ["Жао ми је", "zao mi je"]}),
        _moment("bye", examples={"sr": ["Довиђења", *"abcd"]}),
    )
    texts = [sample.text for sample in known.samples]
    assert [text for text in texts if normalise(text) == "zao mi je"] == ["Žao mi je"]
    assert "Doviđenja" in texts


def test_ordinary_talk_does_not_do_a_moment_unless_that_is_part_of_it() -> None:
    everyday = Everyday(agent={"en": ("And your postcode",)})
    for overlaps, told in (([], DOES_NOT), (["everyday"], UNTOLD)):
        moment = _moment("identify", "Your name, please", overlaps=overlaps)
        (known,) = _taught(moment, everyday=everyday)
        assert _told(known, "identify")["And your postcode"] == told


def test_what_is_taught_together_finds_its_way_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "taught_again", lambda s: "x" if s.text.endswith("b") else "")
    sets = _taught(_moment("sorry"), _moment("hello"), _moment("anger", speaker="customer"))
    taught, labels = taught_together(sets)
    assert taught.tolist() == [*range(10), 1, 6, *range(10, 15), 11]
    assert labels.shape == (18, 3)
    assert not labels[:12, 2].any()
    assert not labels[12:, :2].any()
    for known, texts in zip(sets, ([*range(10), 1, 6], [*range(5), 1]), strict=True):
        at, before = (0, 0) if known.moments[0] == "sorry" else (2, 12)
        own = labels[before : before + len(texts), at : at + len(known.moments)]
        assert np.array_equal(own, known.labels[texts])
    scores = np.arange(45, dtype=np.float32).reshape(15, 3)
    agent, customer = apart(sets, scores)
    assert np.array_equal(agent, scores[:10, :2])
    assert np.array_equal(customer, scores[10:, 2:])


def test_a_role_without_moments_has_no_set() -> None:
    (known,) = _taught(
        _moment("anger", speaker="customer"), everyday=Everyday(agent={"en": ("a",)})
    )
    assert {sample.speaker for sample in known.samples} == {"customer"}


@pytest.mark.slow
def test_the_shipped_bank_teaches_each_text_once_and_the_right_way() -> None:
    bank = read_bank()
    moments = {moment.name: moment for moment in bank.moments}
    sets = training_sets(bank)
    assert [name for known in sets for name in known.moments] == sorted(
        moments, key=lambda name: (moments[name].speaker, name)
    )
    for known in sets:
        forms = [normalise(sample.text) for sample in known.samples]
        assert max(Counter(forms).values()) == 1
        assert all(sample.text == to_latin(sample.text) for sample in known.samples)
        for column, name in enumerate(known.moments):
            does = {normalise(x) for lines in moments[name].examples.values() for x in lines}
            misses = {normalise(x) for lines in moments[name].near_misses.values() for x in lines}
            labels = known.labels[:, column]
            assert {forms[row] for row in np.flatnonzero(labels == DOES)} == does
            assert misses <= {forms[row] for row in np.flatnonzero(labels == DOES_NOT)}


def test_the_same_bank_is_taught_in_the_same_order() -> None:
    sets, again = training_sets(BANK), training_sets(BANK)
    assert [known.samples for known in again] == [known.samples for known in sets]
    assert all(np.array_equal(a.labels, b.labels) for a, b in zip(again, sets, strict=True))


def _sample(text: str) -> Sample:
    return Sample(text, "en", "agent", frozenset(), frozenset(), everyday=False)


def test_some_sentences_are_taught_again_misheard_and_most_are_not() -> None:
    texts = [f"sentence number {at}" for at in range(2_000)]
    again = {text: heard for text in texts if (heard := taught_again(_sample(text)))}
    assert 0 < len(again) < len(texts) / 2
    assert all(heard == misheard(text) for text, heard in again.items())


def test_whether_it_is_taught_again_hangs_on_its_words_alone() -> None:
    for at in range(40):
        plain, loud = _sample(f"so sorry {at}"), _sample(f"So sorry, {at}!")
        assert bool(taught_again(plain)) == bool(taught_again(loud))
