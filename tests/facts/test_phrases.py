"""The phrase lists and what is read with them."""

from __future__ import annotations

from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.facts.phrases import PhraseList, asks, has_phrase, is_listening, phrases
from qa.nouns import LANGUAGES, Language


def test_every_list_has_only_usable_phrases() -> None:
    # YAML reads a bare `yes` as true: everything must have stayed text, and nothing be empty
    for name in get_args(PhraseList):
        for language in LANGUAGES:
            found = phrases(name, language)
            assert found, (name, language)
            assert all(isinstance(phrase, str) and phrase for phrase in found), (name, language)
    assert "yes" in phrases("listening_words", "en")


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Uh-huh, I see. Right.", True),
        ("en", "that's right", True),
        ("en", "I see that", False),
        ("en", "", False),
        ("en", "...", False),
        ("hr", "Da, da, da. Razumijem vas.", True),
        ("hr", "da li", False),
        ("sr", "Аха, тако је", True),
        ("sr", "u redu", True),
        ("sr", "u", False),
    ],
)
def test_is_listening(language: Language, text: str, expected: bool) -> None:
    assert is_listening(text, language) is expected


LISTENING: dict[Language, str] = {
    "en": "mhm|aha|uhm-hum|Mm-hmm.|yeah|yep|right|okay|sure|I see|uh-huh|got it|"
    "Yeah, yeah, right.|Oh, okay.|That's right.|Sure, sure.|Of course.|Okay, I understand.|"
    "Ah, I see.|Go on.",
    "hr": "da|aha|mhm|dobro|u redu|tako je|jasno|razumijem|razumem|ajde|jest|jeste|točno|tocno|"
    "tačno|super|važi|Da, da, razumijem.|Aha, jasno.|Dobro, dobro.|A, da.|Mhm, u redu.|Joj, da.",
    "sr": "да|аха|мхм|добро|у реду|тако је|јасно|разумем|разумијем|ајде|јест|јесте|тачно|супер|"
    "важи|Да, да, разумем.|Ок, важи.|Јао, да.|vazi|tacno|Razumem vas, nastavite.",
}
TAKING_THE_FLOOR: dict[Language, str] = {
    "en": "no wait|but I|can I just|okay but listen|right so what is|excuse me|hold on|yeah but|I",
    "hr": "ne ne|ali|čekajte malo|dobro ali|oprostite|a broj|da li|samo da kažem|je li tako|"
    "recite mi",
    "sr": "не|али|сачекајте|добро али|извините|а који|да ли|само да кажем|реците ми",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_listening_as_people_say_it_in_either_script(language: Language) -> None:
    heard = {text: is_listening(text, language) for text in LISTENING[language].split("|")}
    assert [text for text, listens in heard.items() if not listens] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_words_that_take_the_floor_are_no_listening(language: Language) -> None:
    heard = {text: is_listening(text, language) for text in TAKING_THE_FLOOR[language].split("|")}
    assert [text for text, listens in heard.items() if listens] == []


NOTICES: dict[Language, str] = {
    "en": "Just a second, please.|Could you hold for me?|I'll put you on a brief hold.|"
    "Bear with me.|let me pull up your account|Hang on a sec.|I'm just looking into that.|"
    "I'll be right back.|Do you mind holding while I speak to my colleague?|"
    "Can you stay on the line, please?",
    "hr": "Samo sekundu.|Ostanite na liniji, molim vas.|Stavit ću vas na čekanje.|"
    "samo da provjerim|Trenutak, gledam.|Možete li pričekati dok pitam kolegu?|Spajam vas.|"
    "odmah sam s vama|Samo mi dajte minutu.|Ne prekidajte vezu.",
    "sr": "Само секунд.|Останите на вези, молим вас.|Staviću vas na čekanje.|само да проверим|"
    "Тренутак, гледам.|Možete li sačekati dok pitam kolegu?|Пребацујем вас.|odmah sam kod vas|"
    "Дајте ми минут.|Ne prekidajte, molim vas.",
}
RETURNS: dict[Language, str] = {
    "en": "Thanks for holding.|Sorry to keep you waiting.|Sorry about the wait.|"
    "Hi, are you still there?|Okay, I'm back.|Thank you so much for your patience.|"
    "Thank you for staying on the line.|Sorry that took so long.|I appreciate your patience.",
    "hr": "Hvala na čekanju.|Hvala vam na strpljenju.|Evo me.|Halo, jeste li još tu?|"
    "hvala sto ste cekali|Oprostite na čekanju.|Evo, vratila sam se.|"
    "Oprostite što ste morali čekati.|Čujete li me?",
    "sr": "Хвала на чекању.|Hvala vam na strpljenju.|Ево ме.|Halo, da li ste još tu?|"
    "Хвала што сте сачекали.|Izvinite na čekanju.|Evo, vratio sam se.|Izvinite što ste čekali.",
}
NEITHER: dict[Language, str] = {
    "en": "Good morning, how can I help?|It arrives tomorrow.|"
    "I've been on hold for forty minutes.|The household is insured.|At the moment we have none.|"
    "Take the cable out for ten seconds.",
    "hr": "Dobar dan, izvolite.|Stiže sutra.|Čekao sam četrdeset minuta.|Trenutno nema.|"
    "Isključite ga na deset sekundi.|Dosta mi je čekanja.",
    "sr": "Добар дан, изволите.|Стиже сутра.|Čekao sam četrdeset minuta.|Тренутно нема.|"
    "Isključite ga na deset sekundi.|Доста ми је чекања.",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_hold_notices_and_returns_as_people_say_them(language: Language) -> None:
    lists: tuple[tuple[dict[Language, str], PhraseList], ...]
    lists = ((NOTICES, "hold_notices"), (RETURNS, "hold_returns"))
    for said, name in lists:
        texts = said[language].split("|")
        assert [text for text in texts if not has_phrase(text, name, language)] == [], name
        texts = NEITHER[language].split("|")
        assert [text for text in texts if has_phrase(text, name, language)] == [], name
    returns = RETURNS[language].split("|")
    assert [text for text in returns if has_phrase(text, "hold_notices", language)] == []


@settings(deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(phrases("listening_words", "en")), min_size=1, max_size=30))
def test_listening_words_in_a_row_are_listening(words: list[str]) -> None:
    assert is_listening(", ".join(words), "en")
    assert not is_listening(" ".join([*words, "parcel"]), "en")


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "Your number?", True),
        ("en", 'You said "Monday"?', True),
        ("en", "What I can do is send another.", False),  # the source writes marks: they decide
        ("en", "okay so what is your number", True),
        ("en", "whatever you like", False),  # whole words
        ("hr", "imate li broj narudžbe", True),
        ("sr", "а који је број", True),
        ("sr", "ovde Jelena", False),
        ("en", "so", False),
    ],
)
def test_asks(language: Language, text: str, expected: bool) -> None:
    assert asks(text, language) is expected


def test_phrases_match_whole_words_only() -> None:
    assert has_phrase("Hold on, please", "hold_notices", "en")
    assert not has_phrase("The household online", "hold_notices", "en")
    assert not has_phrase("trenutno nema na stanju", "hold_notices", "hr")


@pytest.mark.parametrize(
    ("name", "language", "text", "expected"),
    [
        ("hold_notices", "en", "Give me two ticks, I need to ask the chef.", True),
        ("hold_notices", "en", "You'll be in silence for a bit, don't hang up.", True),
        ("hold_notices", "hr", "Ostanite mi dvije minute na liniji, idem do radionice.", True),
        ("hold_notices", "sr", "Остављам вас начас, морам до колеге.", True),
        ("hold_notices", "hr", "Ostanete li bez struje, nazovite.", False),
        ("hold_notices", "sr", "Muzika mi smeta.", False),
        ("hold_returns", "en", "Right, me again, I've got it.", True),
        ("hold_returns", "en", "Sorry about that.", False),
        ("hold_returns", "hr", "Eto mene, jeste li zaspali?", True),
        ("hold_returns", "sr", "Док сте чекали, проверила сам.", True),
        ("hold_returns", "hr", "Vraćam se za minutu.", False),
    ],
)
def test_holds_are_told_by_what_is_said(
    name: PhraseList, language: Language, text: str, expected: bool
) -> None:
    assert has_phrase(text, name, language) is expected
