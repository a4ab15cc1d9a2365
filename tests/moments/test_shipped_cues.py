"""The cues that ship: they fit what they are about, in three languages and two scripts."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from qa.moments.bank import read_bank
from qa.moments.cues import fitting

if TYPE_CHECKING:
    from qa.moments.cues import Cue

ASKS = "asks about something, which complains of nothing"
WITHOUT = "something came without what belongs to it"
FEELS = "understands, sees or imagines how the customer feels"
NOTES = "alone it takes note of what was said"
ANEW = "says what is done otherwise from now on"
UNDERSTOOD = "asks whether it was understood, not whether it works"
LATER = "confirms receipt or puts off an answer, which fixes nothing"
TOUCH = "only says that one will get in touch, which fixes nothing"
RAISE = {WITHOUT, FEELS, ANEW, "answers a request"}


@cache
def _cues() -> dict[str, tuple[Cue, ...]]:
    return {moment.name: moment.cues for moment in read_bank().moments}


@pytest.mark.parametrize(
    ("moment", "sentence", "reason"),
    [
        ("complaint", "Hello, I'd like to know how much is left on my plan.", ASKS),
        ("complaint", "dobar dan zanima me do kad ste otvoreni u subotu", ASKS),
        ("complaint", "Добар дан, интересује ме да ли имате слободан термин.", ASKS),
        ("complaint", "Hteo bih da pitam kako da promenim adresu.", ASKS),
        ("complaint", "I'd like to know your manager's name, the oven is still cold.", ""),
        ("complaint", "Zanima me ovaj televizor.", ""),
        ("complaint", "Stigla mi je polica bez vijaka.", WITHOUT),
        ("complaint", "Послали сте ми усисивач без црева.", WITHOUT),
        ("complaint", "the desk turned up without any legs", WITHOUT),
        ("complaint", "Mogu li doći bez najave?", ""),
        ("apology", "Sorry, I didn’t catch your name.", "asks to hear something again"),
        ("apology", "Sorry, you didn’t get your parcel.", ""),
        ("empathy", "I can see that you're really upset about this.", FEELS),
        ("empathy", "Razumijem da ste ljuti zbog toga.", FEELS),
        ("empathy", "Могу да замислим да вам је непријатно.", FEELS),
        ("empathy", "I understand that you need it by Friday.", ""),
        ("empathy", "Razumem.", NOTES),
        ("empathy", "okay i understand", NOTES),
        ("empathy", "Razumijem kako vam je.", ""),
        ("prevention", "From now on we check every box before it leaves.", ANEW),
        ("prevention", "od danas šaljemo poruku dan ranije", ANEW),
        ("prevention", "From now on I'm your contact.", ""),
        ("prevention", "Od danas ja vodim vaš predmet.", ""),
        ("confirm_solved", "Dakle, gasi se sama, jesam li dobro shvatila?", UNDERSTOOD),
        ("confirm_solved", "So it is the blue one, did I get that right?", UNDERSTOOD),
        ("confirm_solved", "Да ли сам добро разумео, стиже вам двапут?", UNDERSTOOD),
        ("confirm_solved", "Radi li sad sve kako treba?", ""),
        ("apology", "Oprostite, što ste rekli?", "asks to hear something again"),
        ("apology", "Oprostite što ste čekali.", ""),
        ("solution", "Thank you, we've received your message and will be in touch.", LATER),
        ("solution", "Zaprimili smo Vaš upit.", LATER),
        ("solution", "Примили смо вашу рекламацију, јавићемо вам се.", LATER),
        ("solution", "Poslala sam vam novi račun.", ""),
        ("solution", "Javljam vam se večeras do osam.", TOUCH),
        ("solution", "Зовем вас сутра пре подне.", TOUCH),
        ("solution", "So I'll ring you back on Tuesday.", TOUCH),
        ("solution", "I'll email you the new ticket, it is already paid and booked for you.", ""),
        ("refusal", "Ne.", "a lone no: what was asked decides whether it refuses"),
    ],
)
def test_what_shipped_cues_fit(moment: str, sentence: str, reason: str) -> None:
    found = [(cue.reason, cue.effect) for cue in fitting(_cues()[moment], sentence, [])]
    assert found == ([(reason, "raise" if reason in RAISE else "lower")] if reason else [])
