"""Packing: every span covered once, windows in order, apart, not too long; and the way back."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.nouns import Span
from qa.speech.windows import LONGEST_MS, REACH_MS, Piece, Window, pack

PAD_MS = 400
_laws = settings(deadline=None, derandomize=True, max_examples=300)
# (silence before, length) of each span: neat pauses, long silences, crumbs and monologues
_rhythm = st.lists(
    st.tuples(
        st.one_of(st.integers(1, 900), st.integers(0, 40_000), st.integers(0, 200_000)),
        st.one_of(st.integers(1, 3_000), st.integers(1, 100_000)),
    ),
    max_size=20,
)
_caps = st.sampled_from([10_000, 15_000, LONGEST_MS])


def _spans(rhythm: list[tuple[int, int]], *, start_ms: int = 0) -> tuple[Span, ...]:
    spans, clock = [], start_ms
    for silence, length in rhythm:
        spans.append(Span(clock + silence, clock + silence + length, "agent"))
        clock += silence + length
    return tuple(spans)


def _packed(
    *times: tuple[int, int], end_ms: int = 500_000, start_ms: int = 0
) -> list[list[tuple[int, int]]]:
    spans = [Span(start, end, "agent") for start, end in times]
    return [_edges(window) for window in pack(spans, end_ms, start_ms=start_ms)]


def _edges(window: Window) -> list[tuple[int, int]]:
    return [(piece.start_ms, piece.end_ms) for piece in window.pieces]


@_laws
@given(_rhythm, st.integers(0, 2_000), st.integers(0, 5_000), _caps)
def test_every_millisecond_of_speech_is_in_exactly_one_piece(
    rhythm: list[tuple[int, int]], before: int, after: int, longest_ms: int
) -> None:
    spans = _spans(rhythm, start_ms=before)
    end_ms = (spans[-1].end_ms if spans else before) + after
    windows = pack(spans, end_ms, start_ms=before, longest_ms=longest_ms)
    pieces = [piece for window in windows for piece in window.pieces]
    # in order and apart, so that nothing is in two; inside of the sound
    edges = [before, *(edge for each in pieces for edge in (each.start_ms, each.end_ms)), end_ms]
    assert edges == sorted(edges)
    assert all(piece.length_ms > 0 for piece in pieces)
    for span in spans:
        inside = [
            min(span.end_ms, piece.end_ms) - max(span.start_ms, piece.start_ms) for piece in pieces
        ]
        assert sum(length for length in inside if length > 0) == span.length_ms


@_laws
@given(_rhythm, _caps)
def test_windows_keep_to_the_cap_and_the_reach(
    rhythm: list[tuple[int, int]], longest_ms: int
) -> None:
    for window in pack(_spans(rhythm), 10**7, longest_ms=longest_ms):
        assert window.pieces
        assert window.length_ms == sum(end - start for start, end in _edges(window)) <= longest_ms
        assert window.pieces[-1].end_ms - window.pieces[0].start_ms <= REACH_MS


@_laws
@given(_rhythm)
def test_no_piece_is_more_than_speech_and_its_padding(rhythm: list[tuple[int, int]]) -> None:
    spans = _spans(rhythm)
    for window in pack(spans, 10**7):
        for piece in window.pieces:
            # cut into steps of a tenth of a second, each is near a span
            for ms in range(piece.start_ms, piece.end_ms, 100):
                assert any(s.start_ms - PAD_MS <= ms < s.end_ms + PAD_MS for s in spans)


def _windows(lengths: list[tuple[int, int]]) -> Window:
    """Return a window of (silence before, length) pieces."""
    return Window(tuple(Piece(s.start_ms, s.end_ms) for s in _spans(lengths)))


_seams = st.lists(st.tuples(st.integers(0, 5_000), st.integers(1, 4_000)), min_size=1, max_size=6)


@_laws
@given(_seams, st.lists(st.tuples(st.integers(0, 2_000), st.integers(0, 900)), max_size=30))
def test_the_way_back_is_in_order_and_lands_in_pieces(
    lengths: list[tuple[int, int]], steps: list[tuple[int, int]]
) -> None:
    window = _windows(lengths)
    at, found = 0, []
    for silence, length in steps:  # words one after another, also beyond the window's end
        found.append(window.at(at + silence, at + silence + length))
        at += silence + length
    for start, end in found:
        assert any(piece.start_ms <= start <= end <= piece.end_ms for piece in window.pieces)
    assert [start for start, _ in found] == sorted(start for start, _ in found)
    assert [end for _, end in found] == sorted(end for _, end in found)


@_laws
@given(_seams)
def test_what_lies_inside_of_a_piece_comes_back_as_it_was(lengths: list[tuple[int, int]]) -> None:
    window = _windows(lengths)
    before = 0
    for piece in window.pieces:
        assert window.at(before, before + piece.length_ms) == (piece.start_ms, piece.end_ms)
        for ms in (0, piece.length_ms // 2, piece.length_ms - 1):
            expected = (piece.start_ms + ms, piece.start_ms + ms + 1)
            assert window.at(before + ms, before + ms + 1) == expected
        before += piece.length_ms
    assert before == window.length_ms


def test_a_place_in_a_window_is_a_place_in_the_recording() -> None:
    # 2 s from 10 s, then 3 s from 20 s: the window's 2.5 s is half a second into the second
    window = Window((Piece(10_000, 12_000), Piece(20_000, 23_000)))
    assert window.at(500, 900) == (10_500, 10_900)
    assert window.at(2_500, 2_900) == (20_500, 20_900)
    # over the seam: 1,900 to 2,300 has its middle, 2,100, in the second; 1,600 to 2,200, whose
    # middle is 1,900, in the first
    assert window.at(1_900, 2_300) == (20_000, 20_300)
    assert window.at(1_600, 2_200) == (11_600, 12_000)
    # beyond the end is the end
    assert window.at(4_800, 5_600) == (22_800, 23_000)
    assert window.at(6_000, 7_000) == (23_000, 23_000)


def test_a_window_without_pieces_has_no_places() -> None:
    with pytest.raises(ValueError, match="without pieces"):
        Window(()).at(0, 1)


def test_no_spans_no_windows() -> None:
    assert pack((), 5_000) == ()


def test_padding_stops_where_the_sound_starts_and_ends() -> None:
    assert _packed((100, 900), end_ms=1_000) == [[(0, 1_000)]]
    assert _packed((500, 900), end_ms=2_000) == [[(100, 1_300)]]
    assert _packed((500, 900), end_ms=2_000, start_ms=300) == [[(300, 1_300)]]


def test_silence_between_two_spans_is_cut_down_to_their_padding() -> None:
    # 800 ms apart the paddings touch, so there is nothing to cut out; 801 ms apart there is
    assert _packed((1_000, 2_000), (2_800, 4_000)) == [[(600, 4_400)]]
    assert _packed((1_000, 2_000), (2_801, 4_000)) == [[(600, 2_400), (2_401, 4_400)]]
    assert _packed((1_000, 2_000), (60_000, 61_000)) == [[(600, 2_400), (59_600, 61_400)]]


def test_the_cap_counts_what_is_heard_not_what_is_cut_out() -> None:
    # 10,400 ms with the recording's start, and 800 + 8,800 = 9,600 more are 20,000; 9,601 not
    assert _packed((0, 10_000), (40_000, 48_800)) == [[(0, 10_400), (39_600, 49_200)]]
    assert _packed((0, 10_000), (40_000, 48_801)) == [[(0, 10_400)], [(39_600, 49_201)]]


def test_a_window_reaches_over_two_minutes_at_most() -> None:
    # from 0 to 119,600 + 400 = 120,000 is just in reach
    assert _packed((0, 1_000), (119_000, 119_600)) == [[(0, 1_400), (118_600, 120_000)]]
    assert _packed((0, 1_000), (119_000, 119_601)) == [[(0, 1_400)], [(118_600, 120_001)]]


def test_a_monologue_is_cut_into_equal_parts() -> None:
    # 50.8 s with the padding need three parts: 16,933 ms and a bit each, not 20 + 20 + 10.8; any
    # two of them are over the cap
    assert _packed((1_000, 51_000)) == [[(600, 17_533)], [(17_533, 34_466)], [(34_466, 51_400)]]


def test_a_part_of_a_monologue_shares_its_window_with_what_follows() -> None:
    # 30 s are two parts of 15 s; the second and 2.8 s from far later are 17.8 s
    windows = _packed((400, 29_600), (60_000, 62_000))
    assert windows == [[(0, 15_000)], [(15_000, 30_000), (59_600, 62_400)]]


def test_spans_are_the_same_windows_for_either_speaker() -> None:
    assert pack([Span(500, 900, "customer")], 2_000) == (Window((Piece(100, 1_300),)),)


@_laws
@given(_rhythm)
def test_a_window_ends_only_where_the_next_piece_does_not_fit(
    rhythm: list[tuple[int, int]],
) -> None:
    for window, after in pairwise(pack(_spans(rhythm), 10**7)):
        piece = after.pieces[0]
        too_long = window.length_ms + piece.length_ms > LONGEST_MS
        too_far = piece.end_ms - window.pieces[0].start_ms > REACH_MS
        assert too_long or too_far
