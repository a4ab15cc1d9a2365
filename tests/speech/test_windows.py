"""Packing: every span covered, windows in order, apart, not too long."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from qa.nouns import Span
from qa.speech.windows import Window, pack

CAP_MS, PAD_MS = 24_000, 400
_laws = settings(deadline=None, derandomize=True, max_examples=400)
# (silence before, length) of each span: neat pauses, long silences, crumbs and monologues
_rhythm = st.lists(
    st.tuples(
        st.one_of(st.integers(1, 900), st.integers(0, 40_000)),
        st.one_of(st.integers(1, 3_000), st.integers(1, 100_000)),
    ),
    max_size=20,
)


def _spans(rhythm: list[tuple[int, int]]) -> tuple[Span, ...]:
    spans, clock = [], 0
    for silence, length in rhythm:
        spans.append(Span(clock + silence, clock + silence + length, "agent"))
        clock += silence + length
    return tuple(spans)


def _packed(*times: tuple[int, int], duration_ms: int = 200_000) -> list[tuple[int, int]]:
    windows = pack([Span(start, end, "agent") for start, end in times], duration_ms)
    return [(window.start_ms, window.end_ms) for window in windows]


@_laws
@given(_rhythm, st.integers(0, 2_000))
def test_windows_hold_all_speech_in_order_and_apart(
    rhythm: list[tuple[int, int]], after: int
) -> None:
    spans = _spans(rhythm)
    duration = (spans[-1].end_ms if spans else 0) + after
    windows = pack(spans, duration)
    edges = [0, *(edge for w in windows for edge in (w.start_ms, w.end_ms)), duration]
    assert edges == sorted(edges)
    assert all(w.start_ms < w.end_ms <= w.start_ms + CAP_MS + 2 * PAD_MS for w in windows)
    heard = {ms for span in spans for ms in (span.start_ms, span.end_ms - 1)}
    for span in spans:  # and every tenth of a second between
        heard |= set(range(span.start_ms, span.end_ms, 100))
    for ms in heard:
        assert any(w.start_ms <= ms < w.end_ms for w in windows), ms


@_laws
@given(_rhythm)
def test_no_window_without_speech_and_none_starts_or_ends_in_long_silence(
    rhythm: list[tuple[int, int]],
) -> None:
    spans = _spans(rhythm)
    for window in pack(spans, 10**7):
        inside = [s for s in spans if s.start_ms < window.end_ms and s.end_ms > window.start_ms]
        assert inside
        assert inside[0].start_ms <= window.start_ms + PAD_MS
        assert inside[-1].end_ms >= window.end_ms - PAD_MS


def test_no_spans_no_windows() -> None:
    assert pack((), 5_000) == ()


def test_padding_stops_at_the_ends_of_the_recording() -> None:
    assert _packed((100, 900), duration_ms=1_000) == [(0, 1_000)]
    assert _packed((500, 900), duration_ms=2_000) == [(100, 1_300)]


def test_pauses_of_a_second_are_bridged_and_longer_ones_part_long_windows() -> None:
    # the first is 10 s, long enough: 1,000 ms more joins it, 1,001 ms does not
    assert _packed((1_000, 11_000), (12_000, 13_000)) == [(600, 13_400)]
    assert _packed((1_000, 11_000), (12_001, 13_000)) == [(600, 11_400), (11_601, 13_400)]


def test_a_short_window_goes_on_over_a_long_silence() -> None:
    # 9,999 ms are not yet enough context, so the next speech joins 9 s later
    assert _packed((0, 9_999), (19_000, 20_000)) == [(0, 20_400)]


def test_the_cap_parts_windows_whatever_the_pause() -> None:
    # 0 to 24,000 is just at the cap, 24,001 over it; between them 300 ms, 150 for each
    assert _packed((0, 20_000), (20_300, 24_000)) == [(0, 24_400)]
    assert _packed((0, 20_000), (20_300, 24_001)) == [(0, 20_150), (20_150, 24_401)]


def test_a_monologue_is_cut_into_equal_parts() -> None:
    # 50 s need three windows: 16,666 ms and a bit each, not 24 + 24 + 2
    assert _packed((1_000, 51_000)) == [(600, 17_666), (17_666, 34_333), (34_333, 51_400)]


def test_spans_are_the_same_windows_for_either_speaker() -> None:
    assert pack([Span(500, 900, "customer")], 2_000) == (Window(100, 1_300),)
