"""Phrases that a fact listens for: hold notices, returns from hold, opening offers, questions.

Small on purpose. They only decide what a silence or an early question *is*; whether an agent said
them well is a matter of moments and rubrics. A phrase counts anywhere in a sentence, on the
normalised form, as whole words. Croatian and Serbian share one list.
"""

from __future__ import annotations

from typing import Final

from qa.nouns import Language
from qa.text import normalise

type_of = dict[Language, tuple[str, ...]]


def _by_language(english: tuple[str, ...], croatian_serbian: tuple[str, ...]) -> type_of:
    plain = tuple(normalise(phrase) for phrase in croatian_serbian)
    return {"en": tuple(normalise(phrase) for phrase in english), "hr": plain, "sr": plain}


HOLD_NOTICES: Final = _by_language(
    (
        *("one moment", "a moment", "one second", "a second", "one sec", "a sec", "one minute"),
        *("a minute", "just a minute", "couple of minutes", "few minutes", "bear with me", "hold on"),
        *("on hold", "hold the line", "stay on the line", "please wait", "can you wait", "let me check"),
        *("let me just", "let me look", "let me have a look", "let me see", "I'll just check"),
        *("I'll check", "I'm checking", "I'm just checking", "while I check", "while I look"),
    ),
    (
        *("trenutak", "trenut", "samo malo", "momenat", "moment", "sekundu", "sekund", "sekundicu"),
        *("minutu", "minut", "minuticu", "čas", "časak", "pričekajte", "sačekajte", "počekajte"),
        *("čekajte", "možete li pričekati", "možete li sačekati", "ostanite na liniji"),
        *("ne prekidajte", "ne spuštajte", "na čekanje", "strpite se", "da provjerim", "da proverim"),
        *("da pogledam", "da vidim", "samo da vidim", "provjeravam", "proveravam", "idem provjeriti"),
        *("provjerit ću", "proveriću", "pogledat ću", "pogledaću", "sad ću vidjeti", "sad ću videti"),
    ),
)
HOLD_RETURNS: Final = _by_language(
    (
        *("for waiting", "for holding", "for your patience", "for being patient", "for bearing with"),
        *("keep you waiting", "keeping you waiting", "kept you waiting", "sorry for the wait"),
        *("sorry about the wait", "I'm back", "still there", "are you there"),
    ),
    (
        *("hvala na čekanju", "hvala vam na čekanju", "hvala na strpljenju", "hvala vam na strpljenju"),
        *("na strpljenju", "što ste čekali", "što ste pričekali", "što ste sačekali"),
        *("što ste se strpili", "oprostite na čekanju", "izvinite na čekanju", "na pričekanju"),
        *("evo me", "vratila sam se", "vratio sam se", "jeste li još tu", "jeste li tu"),
        *("jeste li na liniji", "jeste li još na liniji", "da li ste tu", "da li ste na liniji"),
    ),
)
# Questions that hand the customer the floor or try the line: they do not pre-empt the opening.
OPENING_OFFERS: Final = _by_language(
    (
        *("help you", "can I help", "may I help", "could I help", "help today", "assist", "do for you"),
        *("of help", "of service", "how are you", "hear me", "are you there"),
    ),
    (
        *("pomoći", "pomoć", "pomognem", "pomognemo", "na usluzi", "izvolite", "učiniti za vas"),
        *("učinim za vas", "uradim za vas", "uraditi za vas", "kako ste", "čujete li", "čujete me"),
        *("čujemo li se", "da li se čujemo", "da li me čujete"),
    ),
)
# How a question begins where the source writes no marks at all.
QUESTION_STARTS: Final = _by_language(
    (
        *("what", "what's", "when", "where", "which", "who", "whose", "why", "how", "can you"),
        *("can I", "could you", "could I", "may I", "do you", "did you", "have you", "are you"),
        *("is it", "is that", "is there", "was it", "would you", "will you", "has it", "does it"),
    ),
    (
        *("što", "šta", "kako", "kada", "kad", "gdje", "gde", "koji", "koja", "koje", "koju", "kojeg"),
        *("kojem", "na koji", "na koju", "tko", "ko", "čiji", "čija", "zašto", "koliko", "da li"),
        *("je li", "jel", "jesu li", "jeste li", "imate li", "možete li", "mogu li", "hoćete li"),
        *("biste li", "želite li", "znate li", "sjećate li", "sećate li", "jesmo li", "ima li"),
    ),
)
# Small words a question may begin with before its question word.
QUESTION_LEADS: Final = frozenset(
    "and so okay ok right well now um uh please sorry a i e pa dobro onda znaci molim".split()
)


def has_phrase(text: str, phrases: tuple[str, ...]) -> bool:
    """Return whether any of the normalised `phrases` stands in `text` as whole words."""
    padded = f" {normalise(text)} "
    return any(f" {phrase} " in padded for phrase in phrases)


def asks(text: str, language: Language) -> bool:
    """Return whether the sentence `text` is a question.

    Where the source marks sentence ends, its marks decide. Where a sentence has no mark at all
    it is a question if it begins as one, small lead-in words aside: "and which day was it".
    """
    bare = text.rstrip(" \"'”»)")
    if bare.endswith((".", "!", "?", "…")):
        return "?" in bare[-3:]
    words = normalise(text).split()
    while words and words[0] in QUESTION_LEADS:
        words = words[1:]
    sentence = " ".join(words) + " "
    return any(sentence.startswith(f"{start} ") for start in QUESTION_STARTS[language])
