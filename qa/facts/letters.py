"""A written message taken apart: how it begins, what it says, how it is signed.

Told by few phrases (`phrases.yaml`), as people write: "Poštovana gospođo Perić, ... Lijep pozdrav,
Ana". What cannot be told apart belongs to what the message says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from qa.facts.phrases import phrases
from qa.text import normalise

if TYPE_CHECKING:
    from qa.nouns import Language

_OPENING: Final = re.compile(r"[^,!.;:\n–—]{1,80}[,!.;:\n–—]?")
_TITLE_DOT: Final = re.compile(
    r"\b(gđa|gđo|gđi|gosp|gđica|g|mr|mrs|ms|dr|prof|гђа|гђо|гђи|госп|гђица|г|др|проф)\.",
    re.IGNORECASE,
)
_TOKEN: Final = re.compile(r"\S+")
_OPENING_WORDS: Final = 8  # more is no salutation but the first sentence
_ENDING_WORDS: Final = 12  # a sign-off further from the end is none


@dataclass(frozen=True, slots=True)
class Letter:
    """The three parts of a message, as written; a part that is not there is empty."""

    salutation: str
    body: str
    ending: str  # sign-off and signature


def read_letter(text: str, language: Language) -> Letter:
    """Return the parts of a message.

    The salutation is what stands before the first mark, if it begins with one of the known, or
    with a courtesy title, and has at most eight words; of "Dobar dan, Ana!" the name belongs to it.
    The ending begins with the first known sign-off among the last twelve words.
    """
    begins = _salutation_length(text, language)
    rest = text[begins:]
    ends = _ending_place(rest, language)
    return Letter(text[:begins].strip(), rest[:ends].strip(), rest[ends:].strip())


def is_personal(letter: Letter, language: Language) -> bool:
    """Return whether the salutation names the customer.

    After a courtesy title any word is a name, unless it names nobody in particular ("Dear Mr
    Customer"); elsewhere a name begins with a capital.
    """
    written = _without_salutation(letter.salutation, language)
    nobody = frozenset(phrases("nobody_in_particular", language))
    titles = frozenset(phrases("courtesy_titles", language))
    after_title = False
    for word in written:
        plain = normalise(word)
        if plain in titles:
            after_title = True
            continue
        is_name = after_title or word.lstrip("\"'„“(")[:1].isupper()
        if is_name and plain and plain not in nobody and not plain.isdigit():
            return True
    return False


def _salutation_length(text: str, language: Language) -> int:
    """Return how many characters of `text` are its salutation."""
    plain = _TITLE_DOT.sub(lambda found: f"{found[1]} ", text)  # of the same length
    first = _OPENING.match(plain)
    if first is None or not _begins_as_salutation(first[0], language):
        return 0
    return first.end() + _name_after(plain[first.end() :], language)


def _name_after(rest: str, language: Language) -> int:
    """Return the length of a name that follows a greeting: " Ana!" of "Dobar dan, Ana!"."""
    found = re.match(r"[ \t]*((?:[^\W\d_][\w'-]*\.?[ \t]*){1,3})[,!.\n]", rest)
    if found is None:
        return 0
    words = found[1].split()
    nobody = frozenset(phrases("nobody_in_particular", language))
    named = all(word[:1].isupper() and normalise(word) not in nobody for word in words)
    titles = frozenset(phrases("courtesy_titles", language))
    return found.end() if named or normalise(words[0]) in titles else 0


def _begins_as_salutation(opening: str, language: Language) -> bool:
    words = normalise(opening).split()
    if not 0 < len(words) <= _OPENING_WORDS:
        return False
    titled = len(words) > 1 and words[0] in phrases("courtesy_titles", language)
    return titled or _known_length(words, language) > 0


def _known_length(words: list[str], language: Language) -> int:
    """Return how many words at the beginning are a known salutation."""
    known = (phrase.split() for phrase in phrases("salutations", language))
    return max((len(one) for one in known if words[: len(one)] == one), default=0)


def _without_salutation(salutation: str, language: Language) -> list[str]:
    words = [word for word in re.split(r"[\s,!;:–—]+", salutation) if normalise(word)]
    return words[_known_length([normalise(word) for word in words], language) :]


def _ending_place(text: str, language: Language) -> int:
    """Return where the ending begins; the length of `text` if it has none."""
    tokens = list(_TOKEN.finditer(text))[-_ENDING_WORDS:]
    words = [normalise(token[0]) for token in tokens]
    known = [phrase.split() for phrase in phrases("sign_offs", language)]
    for place, token in enumerate(tokens):
        if any(words[place : place + len(one)] == one for one in known):
            return token.start()
    return len(text)
