"""Doubts about one decoded window: can these words be what was said? No model is asked.

Whisper fails in known ways: it goes round in circles, recites what its training data ended with, or
writes fluently over noise. Each rule finds one of them; the thresholds say where they come from.
A doubt costs a second decoding, so what people do say has to pass: digits one by one, "da da da",
a listener's "mhm" for a whole window, "halo? halo? halo?" on a bad line.
"""

from __future__ import annotations

import re
import zlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Literal, cast

from qa.settings import read_yaml
from qa.text import normalise, to_latin

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from qa.nouns import DoubtReason, Language

# Whisper's own guards (Radford et al. 2022, section 4.5)
_MOST_COMPRESSION = 2.4
_LEAST_LOGPROB = -1.0
_NO_SPEECH = 0.6
# Whisper drops a window as silent only below -1, which is "improbable" here already. This figure is
# ours: what it thinks silent and is not sure of either is worth a second decoding.
_SILENT_LOGPROB = -0.5
# Speakers of 17 languages, English and Serbian among them, reach 4 to 9 syllables a second (Coupé
# et al. 2019, Science Advances 5, eaaw2594), and an English syllable has about three letters: 27.
# The fastest of 227 turns of real and sample calls has 23.
_MOST_LETTERS_PER_S = 35
_LEAST_SECONDS = 0.5  # the edges that speech detection cuts off weigh more in a shorter stretch
# How often words go round before nobody means it: by how many words there are in the circle
_MOST_ROUNDS = {1: 7, 2: 6, 3: 5}
_MOST_ROUNDS_OF_MORE = 4
_LONGEST_CIRCLE = 8
_ENDLESS = 10  # so many rounds are a fault even if most of the text is something else
_MOST_IN_EARNEST = 20  # words: a row longer than a card number's 19 digits
# Windows of 30 to 100 words of the same calls hold at least .60 different words
_LEAST_DIFFERENT = 0.3
_ENOUGH_WORDS = 30
_NAME = 4  # the most words of a name after "subtitles by"
# Croatian and Serbian share their phrases, and have the English ones too
_LISTS: dict[Language, tuple[Language, ...]] = {
    "en": ("en",),
    "hr": ("en", "hr", "sr"),
    "sr": ("en", "hr", "sr"),
}
_LABEL = re.compile(r"\[[^\[\]]*\]|\([^()]*\)|\*[^*]*\*|[♪♫]+")  # [music], (applause)


def doubt(
    text: str, *, seconds: float, logprob: float, no_speech: float, language: Language
) -> DoubtReason | Literal[""]:
    """Return why a window's words are doubted, the first reason that holds, or "" if none does.

    `seconds` is the length of the speech, without padding; `logprob` the mean log-probability per
    token (not above 0); `no_speech` Whisper's probability, 0..1, that there is none. A text
    without words is doubted by nothing. A figure that is not a number is a doubt.
    """
    if not text.strip():
        return ""
    if _repeats(text):
        return "repetition"
    if not logprob >= _LEAST_LOGPROB:
        return "improbable"
    if no_speech > _NO_SPEECH and logprob < _SILENT_LOGPROB:
        return "no_speech"
    if sum(map(str.isalpha, to_latin(text))) > _MOST_LETTERS_PER_S * max(seconds, _LEAST_SECONDS):
        return "pace"
    return "known_phrase" if _is_known(text, language) else ""


def _repeats(text: str) -> bool:
    """Return whether the text goes round in circles, apart from what people do say again."""
    latin = to_latin(text)  # Cyrillic has two bytes a letter and would look twice as repetitive
    rest = _without_what_is_said_again(latin)
    words = _words(rest)
    return (
        _compression(rest) > _MOST_COMPRESSION
        or _circles(_words(latin))
        or (len(words) >= _ENOUGH_WORDS and len(set(words)) < _LEAST_DIFFERENT * len(words))
    )


def _without_what_is_said_again(text: str) -> str:
    """Return the text with one of each row of digits, listening words and the like."""
    _, parts = _said_again()
    tokens = text.split()
    again = [_all_of(_words(token), parts) for token in tokens]
    beside = zip(tokens, again, [False, *again], strict=False)
    return " ".join(token for token, own, before in beside if not (own and before))


def _compression(text: str) -> float:
    """Return the compression ratio as Whisper computes it; 0 for no text."""
    written = text.encode()
    return len(written) / len(zlib.compress(written)) if written else 0.0


def _words(text: str) -> list[str]:
    """Return the words of the normalised form, numbers digit by digit."""
    return [
        word
        for written in normalise(text).split()
        for word in (written if written.isdecimal() else (written,))
    ]


def _circles(words: Sequence[str]) -> bool:
    """Return whether a row of up to eight words comes again and again, without a break."""
    for size in range(1, _LONGEST_CIRCLE + 1):
        row = size
        for at in range(size, len(words)):
            row = row + 1 if words[at] == words[at - size] else size
            if row > size and _is_circle(words[at - size + 1 : at + 1], row, len(words)):
                return True
    return False


def _is_circle(circle: Sequence[str], row: int, total: int) -> bool:
    """Return whether `row` words in a row, out of `total`, are too many rounds of a circle."""
    phrases, parts = _said_again()
    # a word of a phrase counts among others only: "thank you thank you", but not "you you you"
    if _all_of(circle, phrases if len(set(circle)) == 1 else parts):
        return row > _MOST_IN_EARNEST
    rounds = row // len(circle)
    most = _MOST_ROUNDS.get(len(circle), _MOST_ROUNDS_OF_MORE)
    return rounds >= _ENDLESS or (rounds >= most and 2 * row >= total)


def _all_of(words: Sequence[str], said_again: Collection[str]) -> bool:
    """Return whether there are words, and all are digits, letters, or among those said again."""
    return bool(words) and all(len(word) == 1 or word in said_again for word in words)


def _is_known(text: str, language: Language) -> bool:
    """Return whether the whole text is phrases that are recited, or labels of sounds."""
    words = normalise(_LABEL.sub(" ", text)).split()
    ends = {0}  # where phrases laid out from the start can end
    for start in range(len(words)):
        if start in ends:
            for phrase, more in _known_phrases(language):
                if tuple(words[start : start + len(phrase)]) == phrase:
                    end = start + len(phrase)
                    ends.update(range(end, end + more + 1))
    return len(words) in ends if words else bool(_LABEL.search(text))


@cache
def _known_phrases(language: Language) -> tuple[tuple[tuple[str, ...], int], ...]:
    """Return phrases as words, each with how many words may follow it."""
    lists = _data()["known_phrases"]
    written = [phrase for name in _LISTS[language] for phrase in lists[name]]
    return tuple(
        (tuple(normalise(phrase).split()), _NAME if phrase.endswith("...") else 0)
        for phrase in dict.fromkeys(written)
    )


@cache
def _said_again() -> tuple[frozenset[str], frozenset[str]]:
    """Return the phrases that are said again, and the words they consist of."""
    lists = _data()["said_again"].values()
    phrases = frozenset(normalise(phrase) for phrases in lists for phrase in phrases)
    return phrases, frozenset(word for phrase in phrases for word in phrase.split())


@cache
def _data() -> dict[str, dict[str, list[str]]]:
    data = read_yaml(Path(__file__).with_name("known_phrases.yaml"))
    return cast("dict[str, dict[str, list[str]]]", data)
