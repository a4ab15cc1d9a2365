"""What was said, as far as a fact needs to know: listening words, hold notices, questions.

The phrases are data (phrases.yaml) and few on purpose: they decide what a silence, a short sound
or an early question *is*. Whether it was said well is a matter of moments and rubrics. Phrases
match as whole words on the normalised form.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, Literal

from qa.text import normalise

if TYPE_CHECKING:
    from qa.nouns import Language

_LEAST_LETTERS: Final = 5  # a shorter word with another letter is another word

PhraseList = Literal[
    "listening_words",
    "hold_notices",
    "hold_returns",
    "opening_offers",
    "question_starts",
    "question_leads",
    "salutations",
    "courtesy_titles",
    "nobody_in_particular",
    "sign_offs",
    "thanks",
]


@cache
def phrases(name: PhraseList, language: Language) -> tuple[str, ...]:
    """Return the phrases of one list for `language`, normalised, in the order of the file."""
    lists = lists_of("phrases.yaml")[name]
    written: list[str] = lists.get("any", []) + lists["en" if language == "en" else "hr_sr"]
    return tuple(normalise(phrase) for phrase in written)


def has_phrase(text: str, name: PhraseList, language: Language) -> bool:
    """Return whether any phrase of the list stands in `text` as whole words."""
    words = normalise(text).split()
    starting_with = _by_first_word(name, language)
    return any(
        words[place : place + len(phrase)] == phrase
        for place, word in enumerate(words)
        for phrase in starting_with.get(word, ())
    )


def is_listening(text: str, language: Language) -> bool:
    """Return whether `text` is nothing but listening words.

    Text without any word is not: silence says nothing. The text is laid out with phrases from the
    left, keeping every place where one can end, so that "I see right" and "da da" are found and the
    cost stays linear in the text's length. A single phrase of five letters or more may also be
    misheard: a letter wrong, missing or too many, words split or glued ("Uredus" for "u redu").
    """
    words = normalise(text).split()
    if _misheard("".join(words), language):
        return True
    known, longest = _listening_words(language)
    ends = {0}
    for end in range(1, len(words) + 1):
        starts = range(max(0, end - longest), end)
        if any(start in ends and tuple(words[start:end]) in known for start in starts):
            ends.add(end)
    return bool(words) and len(words) in ends


def asks(text: str, language: Language) -> bool:
    """Return whether the sentence `text` is a question.

    Where the source marks sentence ends, its marks decide. Where a sentence has no mark at all
    it is a question if it begins as one, small lead-in words aside: "and which day was it".
    """
    bare = text.rstrip(" \"'”»)")
    if bare.endswith((".", "!", "?", "…")):
        return "?" in bare[-3:]
    leads = phrases("question_leads", language)
    words = normalise(text).split()
    while words and words[0] in leads:
        words = words[1:]
    begins = " ".join(words) + " "
    return any(begins.startswith(f"{start} ") for start in phrases("question_starts", language))


@cache
def _by_first_word(name: PhraseList, language: Language) -> dict[str, list[list[str]]]:
    found: dict[str, list[list[str]]] = {}
    for phrase in phrases(name, language):
        words = phrase.split()
        found.setdefault(words[0], []).append(words)
    return found


def _misheard(letters: str, language: Language) -> bool:
    """Return whether a listening phrase of five letters or more becomes `letters` by one change."""
    whole, near, longest = _letters_of_listening(language)
    if len(letters) > longest + 1:
        return False
    return letters in near or any(
        letters[:at] + letters[at + 1 :] in whole or _blank(letters, at) in near
        for at in range(len(letters))
    )


@cache
def _letters_of_listening(language: Language) -> tuple[frozenset[str], frozenset[str], int]:
    """Return phrases without spaces; them with a letter gone or blank too; the longest's length."""
    joined = (phrase.replace(" ", "") for phrase in phrases("listening_words", language))
    whole = frozenset(phrase for phrase in joined if len(phrase) >= _LEAST_LETTERS)
    gone = {phrase[:at] + phrase[at + 1 :] for phrase in whole for at in range(len(phrase))}
    blank = {_blank(phrase, at) for phrase in whole for at in range(len(phrase))}
    return whole, whole | gone | blank, max(map(len, whole))


def _blank(letters: str, at: int) -> str:
    return f"{letters[:at]}_{letters[at + 1 :]}"


@cache
def _listening_words(language: Language) -> tuple[frozenset[tuple[str, ...]], int]:
    """Return the listening words, cut into words, and how many words the longest has."""
    known = frozenset(tuple(phrase.split()) for phrase in phrases("listening_words", language))
    return known, max(len(phrase) for phrase in known)


@cache
def lists_of(file: str) -> dict[str, dict[str, Any]]:
    """Return a file of lists beside this one: by name, then by "any", "en" and "hr_sr"."""
    import yaml  # here, so that commands that measure nothing do not pay for it

    text = files("qa.facts").joinpath(file).read_text(encoding="utf-8")
    lists: dict[str, dict[str, Any]] = yaml.safe_load(text)
    return lists
