"""Letters taken apart, and what the facts about receipt and address make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qa.facts.letters import is_personal, read_letter
from tests.calls import call_of
from tests.facts.measured import facts_of

if TYPE_CHECKING:
    from qa.nouns import Language


@pytest.mark.parametrize(
    ("language", "text", "parts"),
    [
        (
            "hr",
            "Poštovana gospođo Perić, primili smo vašu poruku. Lijep pozdrav, Ana Horvat.",
            ("Poštovana gospođo Perić,", "primili smo vašu poruku.", "Lijep pozdrav, Ana Horvat."),
        ),
        ("hr", "Poštovani,\nVaš paket stiže.", ("Poštovani,", "Vaš paket stiže.", "")),
        ("hr", "Dobar dan, Ana! Paket stiže.", ("Dobar dan, Ana!", "Paket stiže.", "")),
        ("hr", "Poštovani g. Kovač, stiže. LP", ("Poštovani g. Kovač,", "stiže.", "LP")),
        ("sr", "Поштована гђо. Илић, стиже.", ("Поштована гђо. Илић,", "стиже.", "")),
        ("en", "Hello, Your order is here.", ("Hello,", "Your order is here.", "")),
        (
            "en",
            "Hi there\nIt is on its way. Kind regards\nTom",
            ("Hi there", "It is on its way.", "Kind regards\nTom"),
        ),
        ("en", "It is on its way.", ("", "It is on its way.", "")),
        # a sign-off in the middle of a long message is no ending
        (
            "en",
            "Cheers to that and to the next fifteen words that make this one far too long to sign",
            ("", "Cheers to that and to the next fifteen words that make this one far too long to "
             "sign", ""),
        ),
        ("en", "", ("", "", "")),
    ],
)  # fmt: skip
def test_parts(language: Language, text: str, parts: tuple[str, str, str]) -> None:
    letter = read_letter(text, language)
    assert (letter.salutation, letter.body, letter.ending) == parts


PERSONAL: dict[Language, str] = {
    "en": "Dear Ms Novak, ok.|Hi Anna, ok.|Good morning Mr. Smith, ok.|dear mrs brown, ok.|"
    "Hello, Tom! Ok.|Dear Dr Who, ok.",
    "hr": "Poštovana gospođo Perić, u redu.|Dragi Marko, u redu.|Dobar dan, Ivane! U redu.|"
    "Poštovani gospodine Kovač, da.|postovana gospodjo horvat, da.|Bok Ana, da.|"
    "Poštovani g. Babić, da.",
    "sr": "Поштована госпођо Петровић, да.|Poštovani gospodine Iliću, da.|Драга Весна, да.|"
    "Здраво Петре, да.|Dobar dan, Marija, javljam se.|Поштовани г. Илић, да.",
}
GENERIC: dict[Language, str] = {
    "en": "Dear customer, ok.|Dear Sir or Madam, ok.|Hi there, ok.|Hello, Your order is late.|"
    "Hello, thanks for waiting.|Dear Valued Customer, ok.|To whom it may concern, ok.|Tom is here.|"
    "Hi! Yes, we do.|Hello, Unfortunately not.|hi there, on it|hello everyone, ok",
    "hr": "Poštovani, u redu.|Poštovani korisniče, u redu.|Poštovani kupci, u redu.|"
    "Dobar dan, Vaš paket stiže.|Dobar dan, ovdje Ana Horvat iz podrške.|Poštovani gospodine, da.|"
    "Dragi Kupci, da.|Dobar dan! Naravno, šaljemo.|Bok! Da, može.",
    "sr": "Поштовани, у реду.|Poštovani korisniče, da.|Добар дан, овде Јелена из подршке.|"
    "Здраво свима, да.|Поштована госпођо, да.|Поштовани Корисниче, да.|"
    "Zdravo! Može, šaljemo.",
}


@pytest.mark.parametrize("expected", [True, False])
@pytest.mark.parametrize("language", ["en", "hr", "sr"])
def test_a_name_is_personal_and_a_role_is_not(language: Language, expected: bool) -> None:
    written = (PERSONAL if expected else GENERIC)[language].split("|")
    found = {text: is_personal(read_letter(text, language), language) for text in written}
    assert found == dict.fromkeys(written, expected)


def _values(*lines: str, language: Language) -> dict[str, float | None]:
    measured = facts_of(call_of(*lines, channel="email", language=language))
    names = ("first_response_ms", "first_answer_ms", "receipt_confirmed", "personal_address")
    return {name: measured[name].value for name in names}


@pytest.mark.parametrize(
    ("language", "confirmation"),
    [
        ("en", "Dear customer, we have received your message and will get back to you tomorrow."),
        ("en", "Thank you for your message."),
        ("hr", "Poštovani, zaprimili smo vaš upit. Javit ćemo vam se danas do 14 sati."),
        ("hr", "Zaprimili smo vasu reklamaciju, provjeravamo je i javljamo se. Lp, Ana"),
        ("sr", "Поштовани, примили смо вашу поруку и одговорићемо у року од 24 сата."),
        ("sr", "Vaša poruka je stigla. Hvala na poruci. Srdačan pozdrav, Jelena"),
    ],
)
def test_receipt_is_confirmed_before_the_answer(language: Language, confirmation: str) -> None:
    # asked at 0, confirmed after 10 minutes, answered after 5 hours: 18,000 s
    assert _values(
        "0 customer: Where is my parcel?",
        f"600 agent: {confirmation}",
        "18000 agent: 77120",
        language=language,
    ) == {
        "first_response_ms": 600_000,
        "first_answer_ms": 18_000_000,
        "receipt_confirmed": 1,
        "personal_address": 0,
    }


@pytest.mark.parametrize(
    ("language", "answer"),
    [
        ("en", "Dear Ann, we have received your complaint. A new kettle left today."),
        ("hr", "Draga Ana, primili smo čaše natrag. Novac je danas vraćen na vaš račun."),
        ("sr", "Драга Ана, пакет је стигао у ваш град и биће код вас у подне."),
    ],
)
def test_an_answer_is_no_confirmation(language: Language, answer: str) -> None:
    assert _values("0 customer: Where is my parcel?", f"60 agent: {answer}", language=language) == {
        "first_response_ms": 60_000,
        "first_answer_ms": 60_000,
        "receipt_confirmed": 0,
        "personal_address": 1,
    }


def test_a_receipt_alone_is_no_answer() -> None:
    facts = facts_of(
        call_of("0 customer: Hello?", "9 agent: We have received your message.", channel="email")
    )
    assert facts["receipt_confirmed"].value == 1
    assert facts["first_answer_ms"].value is None
    assert facts["first_answer_ms"].reason == "the agent confirmed receipt and has not answered yet"


def test_a_welcome_before_the_customer_wrote_confirms_nothing() -> None:
    facts = facts_of(
        call_of(
            "0 agent: Thank you for your message.",
            "5 customer: Hello?",
            "9 agent: Good morning, your parcel is at the post office.",
            channel="chat",
        )
    )
    assert facts["receipt_confirmed"].value == 0
    assert facts["first_answer_ms"].value == 4000
