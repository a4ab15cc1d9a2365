"""Serbian in Cyrillic: two letters or one, words that are not Serbian, quotes kept verbatim."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.nouns import Word
from qa.script import in_script, to_cyrillic
from qa.text import normalise, to_latin
from tests.calls import call_of

_laws = settings(deadline=None, derandomize=True, max_examples=400)
_LATIN = "abcčćdđefghijklmnoprsštuvzž"
_TRICKY = st.text(alphabet="aAljnNJdžŽđÐǆǈiИиjЈwx1-_.@[]/\u030c\u0306\u0301 \n\u2002", max_size=14)
_TEXTS = st.one_of(st.text(), _TRICKY, st.text(alphabet=_LATIN + _LATIN.upper() + " -,"))


@pytest.mark.parametrize(
    ("latin", "cyrillic"),
    [
        ("", ""),
        ("Dobar dan, kako mogu da vam pomognem?", "Добар дан, како могу да вам помогнем?"),
        ("Žao mi je, gospođo Šćepanović.", "Жао ми је, госпођо Шћепановић."),
        ("Ljiljana, Njegoš, Džemal", "Љиљана, Његош, Џемал"),
        ("LJILJANA NJEGOŠ DŽEMAL", "ЉИЉАНА ЊЕГОШ ЏЕМАЛ"),
        ("ǉubav ǈubav ǊEGA ǆep", "љубав Љубав ЊЕГА џеп"),
        ("konj, panj, kanjon, tanjir, odžak", "коњ, пањ, кањон, тањир, оџак"),
        ("Ðorđe", "Ђорђе"),  # the Icelandic capital
        ("odjava, podjednako", "одјава, подједнако"),  # dj is no digraph
        ("je l' tako, 'ajde", "је л' тако, 'ајде"),
        ("24-časovni, SMS-om, 15-ak", "24-часовни, СМС-ом, 15-ак"),
        ("„Hvala”, rekao je (tiho).", "„Хвала”, рекао је (тихо)."),
        ("Dobro.Hrana, npr.com-a", "Добро.Храна, npr.com-a"),  # a space left out is no address
        ("kazes", "казес"),  # what was written without diacritics stays without
    ],
)
def test_serbian_is_written_in_cyrillic(latin: str, cyrillic: str) -> None:
    assert to_cyrillic(latin) == cyrillic


@pytest.mark.parametrize(
    ("latin", "cyrillic"),
    [
        ("injekcija", "инјекција"),
        ("Injektor", "Инјектор"),
        ("reinjekcija", "реинјекција"),
        ("konjunktura", "конјунктура"),
        ("nekonjunkturan", "неконјунктуран"),
        ("KONJUGACIJA", "КОНЈУГАЦИЈА"),
        ("konjektura", "конјектура"),
        ("vanjezički", "ванјезички"),
        ("Tanjugov", "Танјугов"),
        ("panjelinski", "панјелински"),
        ("anjonski", "анјонски"),
        ("nadživeti", "надживети"),
        ("nadžnjeti", "наджњети"),  # the second pair is one letter
        ("odžaliti", "оджалити"),
        ("podžupan", "поджупан"),
        ("Podžanr", "Поджанр"),
        ("predživot", "предживот"),
    ],
)
def test_letters_of_two_morphemes_stay_two(latin: str, cyrillic: str) -> None:
    assert to_cyrillic(latin) == cyrillic


@pytest.mark.parametrize(
    "text",
    [
        "Yettel",
        "Windows",
        "Wi-Fi",
        "Müller",
        "A4b",
        "5G",
        "ana.petrovic@posta.rs",
        "www.sajt.rs",
        "https://sajt.rs/pomoc",
        "mts.rs",
        "e-mail",
        "mailom",
        "roaming",
        "[card]",
        "[kartica],",
        "[e-mail].",
        "II",
        "Добар дан",
        "č́asovnik",  # č with an accent on top: not a letter of Serbian
    ],
)
def test_what_is_not_serbian_stays_latin(text: str) -> None:
    assert to_cyrillic(text) == text


def test_neighbours_of_what_stays_are_written_in_cyrillic() -> None:
    assert to_cyrillic("Broj je [phone], mejl ana@a.rs") == "Број је [phone], мејл ana@a.rs"
    assert to_cyrillic("tel.[phone]") == "тел.[phone]"
    assert to_cyrillic("Petra II, da li i vi") == "Петра II, да ли и ви"


def test_mixed_words_become_whole() -> None:
    assert to_cyrillic("Beogr\u0430d") == "Београд"  # the second a was Cyrillic already
    assert to_cyrillic("Добар dan") == "Добар дан"


@_laws
@given(_TEXTS)
def test_doing_it_twice_changes_nothing(text: str) -> None:
    once = to_cyrillic(text)
    assert to_cyrillic(once) == once


@_laws
@given(_TEXTS)
def test_decomposed_letters_are_the_same_letters(text: str) -> None:
    assert to_cyrillic(unicodedata.normalize("NFD", text)) == to_cyrillic(text)


@_laws
@given(_TEXTS)
def test_words_one_by_one_are_the_same_text(text: str) -> None:
    joined = " ".join(to_cyrillic(token) for token in text.split())
    assert joined == " ".join(to_cyrillic(text).split())


@_laws
@given(_TEXTS)
def test_what_is_matched_on_does_not_change(text: str) -> None:
    assert normalise(to_cyrillic(text)) == normalise(text)


@_laws
@given(st.text(alphabet=_LATIN + " ", max_size=30).map(str.capitalize))
def test_latin_comes_back(text: str) -> None:
    assert to_latin(to_cyrillic(text)) == text


@_laws
@given(st.lists(st.sampled_from("абвгдђежзијклљмнњопрстћуфхцчџш"), max_size=12).map("".join))
def test_cyrillic_comes_back_except_where_two_letters_look_like_one(text: str) -> None:
    # a seam and an English word are rarer than all 400 examples together
    for pair, single in (("нј", "њ"), ("лј", "љ"), ("дж", "џ")):
        text = text.replace(pair, single)
    assert to_cyrillic(to_latin(text)) == text


def test_a_hostile_token_costs_no_more_than_its_length() -> None:
    # quadratic work on 100,000 letters without a space would take minutes
    assert to_cyrillic("nj" * 50_000) == "њ" * 50_000
    assert to_cyrillic("a-" * 50_000) == "а-" * 50_000
    assert to_cyrillic("a." * 50_000) == "а." * 50_000
    assert to_cyrillic("[" * 100_000) == "[" * 100_000


_CALL = call_of(
    "0-4 agent: Dobar dan, Ljiljana pri telefonu.",
    "4-9 customer: Injekcija nije stigla, broj je [phone].",
    language="sr",
)


def test_a_serbian_transcript_is_shown_in_cyrillic() -> None:
    shown = in_script(_CALL, "cyrillic")
    assert [turn.text for turn in shown.turns] == [
        "Добар дан, Љиљана при телефону.",
        "Инјекција није стигла, број је [phone].",
    ]


def test_words_follow_their_turn_and_keep_their_times() -> None:
    shown = in_script(_CALL, "cyrillic")
    for turn, was in zip(shown.turns, _CALL.turns, strict=True):
        assert " ".join(word.text for word in turn.words) == turn.text
        assert [(w.start_ms, w.end_ms, w.confidence) for w in turn.words] == [
            (w.start_ms, w.end_ms, w.confidence) for w in was.words
        ]
    assert replace(shown, turns=()) == replace(_CALL, turns=())


def test_a_turn_without_word_times_keeps_none() -> None:
    bare = call_of("0-4 agent: Dobar dan", language="sr", detail="turns")
    (turn,) = in_script(bare, "cyrillic").turns
    assert (turn.text, turn.words) == ("Добар дан", ())


def test_words_that_are_not_the_text_are_written_too() -> None:
    turn = replace(_CALL.turns[0], words=(Word("dan", 0, 1, 1.0),))
    (shown,) = in_script(replace(_CALL, turns=(turn,)), "cyrillic").turns
    assert [word.text for word in shown.words] == ["дан"]


@pytest.mark.parametrize(
    ("language", "script"), [("sr", "latin"), ("hr", "cyrillic"), ("en", "cyrillic")]
)
def test_other_transcripts_stay_as_they_are(language: str, script: str) -> None:
    transcript = replace(_CALL, language=language)  # type: ignore[arg-type]
    assert in_script(transcript, script) is transcript


@_laws
@given(st.lists(st.text(min_size=1).filter(lambda word: word.split() == [word]), min_size=1))
def test_a_turn_made_of_its_words_stays_made_of_them(texts: list[str]) -> None:
    words = tuple(Word(text, 0, 1, 1.0) for text in texts)
    turn = replace(_CALL.turns[0], text=" ".join(texts), words=words)
    (shown,) = in_script(replace(_CALL, turns=(turn,)), "cyrillic").turns
    assert " ".join(word.text for word in shown.words) == shown.text
