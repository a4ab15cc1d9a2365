"""Reasons in the language of the pages."""

from __future__ import annotations

import string

import pytest

from qa.nouns import LANGUAGES, Because, Language
from qa.reports.catalogue import words_in
from qa.reports.reasons import reason_text
from qa.reports.site import site_of
from qa.scoring.reasons import SENTENCES
from qa.scoring.reasons import in_english as reasons_in_english
from tests.reports.review_fixture import review

FIELDS = {"moments", "others", "name", "value", "limit", "text"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_sentence_in_every_language(language: Language):
    sentences = words_in(language).labels["reasons"]
    assert set(sentences) == set(SENTENCES)
    for sentence in sentences.values():
        named = {field for _, field, _, _ in string.Formatter().parse(sentence) if field}
        assert named <= FIELDS


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_part_of_the_english_reason_is_in_the_translation(language: Language):
    sentences = words_in(language).labels["reasons"]
    for code, english in SENTENCES.items():
        wanted = {field for _, field, _, _ in string.Formatter().parse(english) if field}
        wanted = {"moments" if field == "choice" else field for field in wanted}
        named = {field for _, field, _, _ in string.Formatter().parse(sentences[code]) if field}
        assert wanted <= named, code


def test_a_croatian_reason_reads_as_croatian():
    because = Because("not_heard_after_customer", moments=("apology",), others=("complaint",))
    said = reason_text(because, "no apology was heard", site_of(review("hr")))
    assert said == "Nije se čulo: isprika. Povod su bile korisnikove riječi: pritužba."


def test_the_words_of_a_fact_are_said_in_the_language_of_the_page():
    because = Because(
        "fact_says", name="agent_interruptions", text="the customer is not heard at all"
    )
    said = reason_text(because, because.text, site_of(review("sr")))
    assert said == "Korisnik se uopšte ne čuje."


def test_numbers_follow_the_language():
    because = Because("fact_within", name="agent_interruptions_per_min", value=1.35, limit=1.6)
    assert reason_text(because, "", site_of(review("sr"))).endswith(": 1,4 (najviše 1,6).")


@pytest.mark.parametrize("because", [None, Because("from_a_later_version")])
def test_without_parts_the_stored_sentence_is_shown(because: Because | None):
    assert reason_text(because, "as stored", site_of(review("hr"))) == "as stored"


def test_steps_are_moments_one_of_which_would_do_or_facts():
    because = Because(
        "steps_missing_and_astray",
        moments=("solution/promise_with_term", "opening_heard_out"),
        others=("apology",),
        value=1.0,
        limit=4.0,
    )
    site = site_of(review("hr"))
    solution, promise = (site.words.label("moments", n) for n in ("solution", "promise_with_term"))
    opening = site.words.label("facts", "opening_heard_out")
    assert reason_text(because, "", site) == (
        f"Traženim redom: 1 od 4 koraka. Nedostaje: {solution} / {promise}, {opening}. "
        "Pogrešnim redom: isprika."
    )


def test_a_language_is_named_as_one():
    because = Because("language_not_asked", name="hr")
    said = reason_text(because, "", site_of(review("sr")))
    assert said == "Ne traži se u razgovorima na ovom jeziku: hrvatski."


@pytest.mark.parametrize(
    ("fact", "unit", "value", "limit", "said", "in_english"),
    [
        # 5,400 s is an hour and a half, 7,200 s are two
        ("first_response_ms", "ms", 5_400_000, 7_200_000, "1 h 30 min (najviše 2 h)", "1 h 30 min"),
        ("generic_reply_share", "share", 0.25, 0.5, "25 % (najviše 50 %)", "25%"),
        ("unasked_updates", "count", 2, 3, "2 (najviše 3)", "is 2 "),
    ],
)
def test_values_of_facts_have_their_units(
    fact: str, unit: str, value: float, limit: float, said: str, in_english: str
):
    because = Because("fact_within", name=fact, value=value, limit=limit, text=unit)
    page = reason_text(because, "", site_of(review("hr"))).replace("\u00a0", " ")
    assert page.endswith(f": {said}.")
    assert in_english in reasons_in_english(because)


def test_yes_and_no_are_words():
    because = Because("fact_is", name="personal_address", value=0.0, text="yes_no")
    assert reason_text(because, "", site_of(review("sr"))).endswith(": ne.")
    assert reasons_in_english(because) == "personal_address is no"
