"""Messages that only confirm receipt, and answers that begin like them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qa.facts.letters import read_letter
from qa.facts.receipts import only_confirms

if TYPE_CHECKING:
    from qa.nouns import Language

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
    ),
    "hr": (
        "Primili smo vašu poruku. Novac je danas vraćen na karticu.",
        "Hvala na javljanju, možete li poslati broj računa?",
        "Zaprimili smo prijavu i zamijenili brojilo jutros.",
        "Dobar dan, pogledat ćemo.",
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
def test_nothing_confirms_nothing(language: Language) -> None:
    assert not only_confirms("", language)
    assert not only_confirms("\n \n", language)
    assert not only_confirms("?" * 5000, language)
