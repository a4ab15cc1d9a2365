"""What a classifier is taught: each text once, and never the wrong way round."""

from __future__ import annotations

import pytest

from qa.moments.bank import Bank, Everyday, MomentBank, read_bank
from qa.moments.training import Labelled, training_set, variants
from qa.nouns import LANGUAGES, Speaker
from qa.text import normalise


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


def _taught(moment: MomentBank, *others: MomentBank, everyday: Everyday) -> dict[str, bool]:
    bank = Bank(moments=(moment, *others), everyday=everyday)
    return {sentence.text: sentence.does for sentence in training_set(moment, bank)}


NOTHING = Everyday()


def test_examples_do_and_near_misses_do_not() -> None:
    moment = _moment("sorry", "So sorry", near_misses={"en": ["Sorry, who?"]})
    taught = _taught(moment, everyday=NOTHING)
    assert taught["So sorry"] is True
    assert taught["Sorry, who?"] is False


def test_the_same_roles_other_moments_and_everyday_sentences_are_negatives() -> None:
    taught = _taught(
        _moment("sorry"),
        _moment("hello", "Good day"),
        _moment("anger", "Bloody hell", speaker="customer"),
        everyday=Everyday(agent={"en": ("One moment",)}, customer={"en": ("My name is Ana",)}),
    )
    assert taught["Good day"] is False
    assert taught["One moment"] is False
    assert "Bloody hell" not in taught
    assert "My name is Ana" not in taught


@pytest.mark.parametrize("said_by", ["sorry", "feel", "both"])
def test_examples_of_overlapping_moments_teach_nothing(said_by: str) -> None:
    sorry = _moment("sorry", overlaps=["feel"] if said_by != "feel" else [])
    feel = _moment("feel", "I feel for you", overlaps=["sorry"] if said_by != "sorry" else [])
    assert "I feel for you" not in _taught(sorry, feel, everyday=NOTHING)
    assert _taught(sorry, _moment("hello", "Good day"), everyday=NOTHING)["Good day"] is False


def test_an_example_is_no_negative_wherever_else_it_stands() -> None:
    taught = _taught(
        _moment("sorry", "I apologise"),
        _moment("hello", "I APOLOGISE!"),
        everyday=Everyday(agent={"hr": ("i apologise",), "en": ("I apologise.",)}),
    )
    assert {text: does for text, does in taught.items() if "pologise" in text.lower()} == {
        "I apologise": True
    }


def test_both_scripts_of_a_sentence_are_one_text() -> None:
    moment = _moment(
        "sorry", examples={"hr": ["Žao mi je", *"abcd"], "sr": ["Жао ми је", "zao mi je"]}
    )
    texts = training_set(moment, Bank(moments=(moment,), everyday=NOTHING))
    assert [s.text for s in texts if s.group == "zao mi je"] == ["Žao mi je"]


def test_the_shipped_bank_teaches_each_text_once_the_right_way() -> None:
    bank = read_bank()
    for moment in bank.moments:
        sentences = training_set(moment, bank)
        groups = [sentence.group for sentence in sentences]
        assert len(set(groups)) == len(groups)
        does = {normalise(x) for language in LANGUAGES for x in moment.examples[language]}
        misses = {normalise(x) for language in LANGUAGES for x in moment.near_misses[language]}
        assert {s.group for s in sentences if s.does} == does
        assert misses - does <= {s.group for s in sentences if not s.does}
        assert sentences == training_set(moment, bank)


def test_variants_are_as_written_and_as_typed_without_diacritics() -> None:
    written = Labelled("Žao mi je, gospođo", "hr", True, "g")
    plain = Labelled("Zao mi je, gospodjo", "hr", True, "g")
    assert variants(written) == (written, plain)
    assert variants(plain) == (plain,)


def test_cyrillic_has_a_variant_only_if_its_latin_has_diacritics() -> None:
    with_marks = Labelled("Жао ми је", "sr", True, "g")
    assert [v.text for v in variants(with_marks)] == ["Жао ми је", "Zao mi je"]
    without = Labelled("Добар дан", "sr", True, "g")
    assert variants(without) == (without,)
