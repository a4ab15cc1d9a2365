"""Messages that only confirm receipt, and answers that begin like them."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from qa.facts.letters import read_letter
from qa.facts.receipts import only_confirms

if TYPE_CHECKING:
    from qa.nouns import Language

MESSAGES: Final = Path(__file__).parents[2] / "data" / "labelled" / "receipts"
RECEIPTS: dict[Language, tuple[str, ...]] = {
    "en": (
        "Dear Ms Hale, your e-mail has arrived. I'll ask the workshop and write to you tomorrow by "
        "noon. Ruth",
        "Thank you for contacting the parking office.\nThis is an automated reply. Please do not "
        "reply to this message.\nYour Parking Team",
        "Got it, thanks. I've passed it to our fitters and they'll ring you on Monday.",
        "Hi Tom, sorry about that. We've logged your complaint under number 4471 and will get back "
        "to you within two working days. Kind regards, Ann",
    ),
    "hr": (
        "Poštovani gospodine Lukić, stigla nam je vaša prijava. Proslijedila sam je tehničarima i "
        "javljam se do srijede. Lijep pozdrav, Iva",
        "Zaprimljeno, hvala!",
        "Ovo je automatski odgovor. Vaš je upit zaprimljen pod brojem 118. Molimo ne odgovarajte "
        "na ovu poruku.",
        "dobili smo poruku, pogledat ćemo i javit ćemo se sutra",
    ),
    "sr": (
        "Поштовани, потврђујемо да смо примили Ваш имејл. Служба за кориснике",
        "Zdravo Jelena, hvala na prijavi. Prosledio sam je magacinu, javljamo se čim odgovore.",
        "Vaš zahtev je primljen i biće obrađen u roku od 8 dana.\nOdeljenje za reklamacije",
    ),
}
ANSWERS: dict[Language, tuple[str, ...]] = {
    "en": (
        "Thanks for your message. The refund of £20 left us on Monday, let us know if it is not "
        "there by Friday.",
        "We have received your form. Page two is not signed, please send it again.",
        "Thank you for writing. Which of the two meters do you mean?",
        "We've received the parcel, a new one was dispatched this morning.",
        "I'll look into it and get back to you.",  # says nothing of what has arrived
        "We have received your complaint and we reject it.",
        "Thank you for your message, the fee is 20 EUR.",
        "Thanks for your email.\nYour refund was paid today",
        "Thank you for your message. No.",
        "Thank you for writing. Unfortunately your policy does not cover water damage, sorry.",
        "Yes, we have it in blue.",
        "Don't send it back, keep the old one and enjoy.",
    ),
    "hr": (
        "Primili smo vašu poruku. Novac je danas vraćen na karticu.",
        "Hvala na javljanju, možete li poslati broj računa?",
        "Zaprimili smo prijavu i zamijenili brojilo jutros.",
        "Dobar dan, pogledat ćemo.",
        "Zaprimili smo prigovor i odbili ga.",
        "Hvala na upitu, cijena je 200 kn.",
        "Hvala na poruci. Dobro, mijenjamo datum na petak.",
        "Hvala na upitu. Taj dio ne odgovara vašem modelu perilice.",
        "Poslovna klasa uključuje večeru.",
        "Ostavite ključ u kvartu.",
    ),
    "sr": (
        "Primili smo reklamaciju, novu peglu šaljemo danas, stiže u petak.",
        "Хвала на поруци. Без рачуна не можемо да вам вратимо новац.",
        "Vaša poruka je stigla. Dostavite nam broj ugovora.",
    ),
}


@pytest.mark.parametrize("expected", [True, False])
@pytest.mark.parametrize("language", ["en", "hr", "sr"])
def test_what_only_confirms(language: Language, expected: bool) -> None:
    written = (RECEIPTS if expected else ANSWERS)[language]
    found = {text: only_confirms(read_letter(text, language).body, language) for text in written}
    assert found == dict.fromkeys(written, expected)


@pytest.mark.parametrize("language", ["en", "hr", "sr"])
def test_messages_of_other_writers(language: Language) -> None:
    # in doubt a message is an answer: so receipts are missed, and answers are not taken for them
    with (MESSAGES / f"{language}.csv").open(encoding="utf-8", newline="") as file:
        rows = [(row["label"], row["text"]) for row in csv.DictReader(file)]
    told = [
        (label, only_confirms(read_letter(text, language).body, language)) for label, text in rows
    ]
    assert len(told) == 140
    assert told.count(("answer", True)) <= 2
    assert told.count(("receipt", True)) >= 0.6 * 70


@pytest.mark.parametrize("language", ["en", "hr", "sr"])
def test_nothing_confirms_nothing(language: Language) -> None:
    assert not only_confirms("", language)
    assert not only_confirms("\n \n", language)
    assert not only_confirms("?" * 5000, language)
    assert not only_confirms("we will " * 20_000, language)  # in time that is linear in the text
