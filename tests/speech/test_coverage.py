"""How much of what was said has words."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.nouns import Word
from qa.speech.coverage import coverage
from qa.speech.listening import Stretch

_laws = settings(deadline=None, derandomize=True, max_examples=300)
_rhythm = st.lists(st.tuples(st.integers(0, 4_000), st.integers(1, 4_000)), max_size=10)
_energies = st.lists(st.floats(0.001, 1e6), min_size=10, max_size=10)


def _words(*times: tuple[int, int]) -> list[Word]:
    return [Word("w", start, end, 0.9) for start, end in times]


def _laid_out(rhythm: list[tuple[int, int]]) -> list[tuple[int, int]]:
    times, clock = [], 0
    for silence, length in rhythm:
        times.append((clock + silence, clock + silence + length))
        clock += silence + length
    return times


@pytest.mark.parametrize(
    ("words", "share"),
    [
        ([], 0.0),
        # a second on each side: 2,000 to 5,000 of 0 to 10,000
        ([(3_000, 4_000)], 0.3),
        # 0 to 2,000, the part before the stretch does not count
        ([(500, 1_000)], 0.2),
        # 2,000 to 4,500 and 4,000 to 6,200 together: 4,200
        ([(3_000, 3_500), (5_000, 5_200)], 0.42),
        # a word of 10 s
        ([(0, 10_000)], 1.0),
        # 8,500 to 10,000, the rest of it is after the stretch
        ([(9_500, 12_000)], 0.15),
        # 2 s after the end: out of reach
        ([(12_000, 12_500)], 0.0),
    ],
)
def test_what_lies_within_a_second_of_a_word_is_covered(
    words: list[tuple[int, int]], share: float
) -> None:
    assert coverage([([Stretch(0, 10_000, 7.0)], _words(*words))]) == share


def test_energy_counts_not_time() -> None:
    # the loud second has words, the nine quiet ones have none: 90 of 90 + 10
    stretches = [Stretch(0, 1_000, 90.0), Stretch(20_000, 29_000, 10.0)]
    assert coverage([(stretches, _words((0, 1_000)))]) == 0.9


def test_words_of_one_channel_do_not_cover_the_others_speech() -> None:
    stretch = Stretch(0, 1_000, 5.0)
    assert coverage([([stretch], _words((0, 1_000))), ([stretch], [])]) == 0.5


def test_without_speech_there_is_no_share() -> None:
    assert coverage([]) is None
    assert coverage([([], []), ([], _words((0, 100)))]) is None


@_laws
@given(_rhythm, _rhythm, _energies)
def test_as_counted_millisecond_by_millisecond(
    heard: list[tuple[int, int]], said: list[tuple[int, int]], energies: list[float]
) -> None:
    stretches = [Stretch(s, e, j) for (s, e), j in zip(_laid_out(heard), energies, strict=False)]
    words = _words(*_laid_out(said))
    near = {ms for w in words for ms in range(w.start_ms - 1_000, w.end_ms + 1_000)}
    total = sum(each.energy for each in stretches)
    covered = sum(
        each.energy
        * len(near & set(range(each.start_ms, each.end_ms)))
        / (each.end_ms - each.start_ms)
        for each in stretches
    )
    share = coverage([(stretches, words)])
    if not stretches:
        assert share is None
    else:
        assert share == pytest.approx(covered / total, abs=1e-4)


@_laws
@given(_rhythm, _rhythm)
def test_a_word_more_never_covers_less(
    heard: list[tuple[int, int]], said: list[tuple[int, int]]
) -> None:
    stretches = [Stretch(start, end, 1.0) for start, end in _laid_out(heard)]
    words = _words(*_laid_out(said))
    shares = [coverage([(stretches, words[:count])]) or 0.0 for count in range(len(words) + 1)]
    assert shares == sorted(shares)
    assert all(0.0 <= share <= 1.0 for share in shares)
