"""Fingerprints of replies: what counts as word for word the same."""

from __future__ import annotations

import pytest

from qa.facts.replies import GENERIC_REPLY_SHARE, compared, reply_prints, uncompared
from qa.nouns import Fact, Language
from tests.calls import call_of

BODY: dict[Language, str] = {
    "en": "Your order has left our warehouse and arrives tomorrow",
    "hr": "Vaša je pošiljka krenula iz skladišta i stiže već sutra",
    "sr": "Ваша пошиљка је кренула из магацина и стиже већ сутра",
}


def prints(text: str, language: Language = "en") -> tuple[str, ...]:
    lines = ("0 customer: Where is it?", f"60 agent: {text}")
    return reply_prints(call_of(*lines, channel="email", language=language))


@pytest.mark.parametrize(
    ("language", "written"),
    [
        ("en", "Dear Ms Novak, {}. Kind regards, Tom"),
        ("en", "Hi there! {}! Best wishes\tAnn Smith"),
        ("hr", "Poštovana gospođo Perić, {}. Lijep pozdrav, Ana Horvat"),
        ("hr", "Dragi Marko, {}. LP, Iva"),
        ("sr", "Поштовани г. Илић, {}. Срдачан поздрав, Јелена"),
        ("sr", "Zdravo, {} . Pozdrav"),
    ],
)
def test_greeting_and_signature_make_no_difference(language: Language, written: str) -> None:
    body = BODY[language]
    assert prints(written.format(body), language) == prints(body, language)
    assert len(prints(body, language)) == 1


def test_script_case_marks_and_diacritics_make_none_either() -> None:
    latin = "VAŠA POŠILJKA JE KRENULA, iz magacina; i stize vec sutra!"
    assert prints(latin, "sr") == prints(BODY["sr"], "sr")


def test_a_word_does() -> None:
    assert prints(BODY["en"]) != prints(BODY["en"].replace("tomorrow", "today"))


def test_short_replies_the_customers_and_speech_have_none() -> None:
    # seven words, eight words
    assert prints("one two three four five six seven") == ()
    assert len(prints("one two three four five six seven eight")) == 1
    body = BODY["en"]
    assert reply_prints(call_of(f"0 customer: {body}", channel="chat")) == ()
    assert reply_prints(call_of(f"0-4 agent: {body}")) == ()


def test_each_long_reply_has_one_in_order() -> None:
    lines = [f"{at} agent: {text}" for at, text in enumerate((BODY["en"], BODY["hr"], BODY["en"]))]
    first, second, third = reply_prints(call_of(*lines, channel="chat"))
    assert first == third != second


def test_facts_are_told_and_others_stay() -> None:
    other = Fact("agent_updates", 2, "count")
    (told, same) = compared((uncompared(), other), 0.25)
    assert (told.name, told.value, told.trusted, told.reason) == (
        GENERIC_REPLY_SHARE,
        0.25,
        True,
        "",
    )
    assert same is other
    (none,) = compared((uncompared(),), None)
    assert (none.value, none.trusted) == (None, False)
    assert none.reason == "no reply of eight words or more"
