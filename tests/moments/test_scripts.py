"""Both scripts of Serbian, and writing without diacritics: the same decisions, on real weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from qa.moments.bank import read_bank
from qa.moments.encoders import BundledEncoder
from qa.moments.finder import MomentFinder
from qa.script import to_cyrillic
from qa.sentences import Sentence
from qa.text import fold_diacritics, to_latin

if TYPE_CHECKING:
    from qa.nouns import Language, Speaker

pytestmark = pytest.mark.slow

_SAME = 0.97  # of the sentences with diacritics, without them


@pytest.fixture(scope="module")
def finder() -> MomentFinder:
    return MomentFinder(read_bank(), BundledEncoder())


def _examples(language: Language) -> list[tuple[Speaker, str]]:
    return [
        (moment.speaker, line)
        for moment in read_bank().moments
        for line in moment.examples[language]
    ]


def _decisions(finder: MomentFinder, said: list[tuple[Speaker, str]]) -> list[frozenset[str]]:
    sentences = [Sentence(at, speaker, text, 0, 0) for at, (speaker, text) in enumerate(said)]
    found: list[set[str]] = [set() for _ in said]
    for start in range(0, len(sentences), 500):
        for moment in finder.find(sentences[start : start + 500]):
            found[moment.turn].add(f"{moment.name} {moment.decision}")
    return [frozenset(each) for each in found]


def test_both_scripts_of_every_serbian_example_decide_the_same(finder: MomentFinder):
    latin = [(speaker, to_latin(line)) for speaker, line in _examples("sr")]
    cyrillic = [(speaker, to_cyrillic(line)) for speaker, line in latin]
    assert sum(a != b for a, b in zip(latin, cyrillic, strict=True)) > 0.9 * len(latin)
    assert _decisions(finder, cyrillic) == _decisions(finder, latin)


@pytest.mark.parametrize("language", ["hr", "sr"])
def test_without_diacritics_nearly_all_decide_the_same(
    finder: MomentFinder, language: Language, capsys: pytest.CaptureFixture[str]
):
    said = [(speaker, to_latin(line)) for speaker, line in _examples(language)]
    marked = [(s, line) for s, line in said if fold_diacritics(line) != line]
    plain = [(speaker, fold_diacritics(line)) for speaker, line in marked]
    pairs = zip(_decisions(finder, marked), _decisions(finder, plain), strict=True)
    same = [_present(a) == _present(b) for a, b in pairs]
    share = sum(same) / len(same)
    with capsys.disabled():
        print(f"\n{language}: {share:.1%} of {len(same)} sentences decide the same without marks")
    assert share >= _SAME


def _present(decisions: frozenset[str]) -> frozenset[str]:
    return frozenset(one for one in decisions if one.endswith("present"))
