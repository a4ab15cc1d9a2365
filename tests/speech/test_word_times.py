"""Word times held against the speech that was heard."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from qa.nouns import Span, Word
from qa.speech.word_times import fit_to_speech

_laws = settings(deadline=None, derandomize=True, max_examples=500)
_rhythm = st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900)), max_size=12)


def _stretches(rhythm: list[tuple[int, int]]) -> list[tuple[int, int]]:
    out, clock = [], 0
    for silence, length in rhythm:
        out.append((clock + silence, clock + silence + length))
        clock += silence + length
    return out


def _fitted(word: tuple[int, int], *spans: tuple[int, int]) -> tuple[int, int]:
    (fitted,) = fit_to_speech([Word("w", *word, 0.5)], [Span(*span, "agent") for span in spans])
    assert (fitted.text, fitted.confidence) == ("w", 0.5)
    return fitted.start_ms, fitted.end_ms


@_laws
@given(_rhythm, _rhythm)
def test_words_only_shrink_and_into_the_span_they_overlap_most(
    said: list[tuple[int, int]], heard: list[tuple[int, int]]
) -> None:
    words = [Word(f"w{at}", *times, 0.9) for at, times in enumerate(_stretches(said))]
    spans = [Span(*times, "agent") for times in _stretches(heard)]
    fitted = fit_to_speech(words, spans)
    assert [w.text for w in fitted] == [w.text for w in words]
    assert [w.start_ms for w in fitted] == sorted(w.start_ms for w in fitted)
    for word, after in zip(words, fitted, strict=True):
        # the slow way: look at every span, take the longest overlap, the first of equals
        overlaps = [(min(s.end_ms, word.end_ms) - max(s.start_ms, word.start_ms), s) for s in spans]
        most, best = max(overlaps, key=lambda pair: pair[0], default=(0, None))
        if best is None or most <= 0:
            assert after == word
        else:
            assert after.start_ms == max(word.start_ms, best.start_ms)
            assert after.end_ms == min(word.end_ms, best.end_ms)


@_laws
@given(_rhythm, _rhythm)
def test_fitting_twice_changes_nothing(
    said: list[tuple[int, int]], heard: list[tuple[int, int]]
) -> None:
    words = [Word("w", *times, 0.9) for times in _stretches(said)]
    spans = [Span(*times, "agent") for times in _stretches(heard)]
    once = fit_to_speech(words, spans)
    assert fit_to_speech(once, spans) == once


def test_a_word_stretched_over_silence_is_clipped() -> None:
    assert _fitted((0, 2_000), (1_500, 3_000)) == (1_500, 2_000)
    assert _fitted((1_000, 4_000), (500, 1_800)) == (1_000, 1_800)


def test_a_word_over_two_spans_goes_to_the_longer_overlap() -> None:
    assert _fitted((0, 1_000), (0, 300), (500, 2_000)) == (500, 1_000)
    assert _fitted((0, 1_000), (0, 600), (700, 2_000)) == (0, 600)


def test_a_word_that_meets_no_speech_keeps_its_times() -> None:
    assert _fitted((0, 100)) == (0, 100)
    assert _fitted((300, 400), (0, 300), (400, 900)) == (300, 400)
    assert _fitted((300, 300), (0, 900)) == (300, 300)
