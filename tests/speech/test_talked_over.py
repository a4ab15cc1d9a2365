"""Speech of one side inside the other's: who draws breath, and who only puts in a word."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.nouns import Span
from qa.speech.talked_over import asides, keep_floor


def agent(*times: tuple[int, int]) -> list[Span]:
    return [Span(start, end, "agent") for start, end in times]


def customer(*times: tuple[int, int]) -> list[Span]:
    return [Span(start, end, "customer") for start, end in times]


def times(spans: tuple[Span, ...]) -> list[tuple[int, int]]:
    return [(span.start_ms, span.end_ms) for span in spans]


@pytest.mark.parametrize(
    ("own", "joined"),
    [
        # the agent is at 3.0-8.0 in all of them
        ([(0, 4000), (4400, 6000)], True),  # talked over for 1 s, a breath of 400 ms
        ([(0, 4000), (4499, 6000)], True),
        ([(0, 4000), (4500, 6000)], False),  # half a second: fell silent
        ([(0, 3250), (3600, 6000)], True),  # talked over for 250 ms
        ([(0, 3249), (3600, 6000)], False),  # a turn's end, then something new
        ([(0, 3000), (3200, 6000)], False),  # the agent began in the silence
        ([(0, 7900), (8000, 9000)], True),  # the agent ends in the pause's last moment
        ([(0, 7900), (8001, 9000)], False),  # and before it
        ([(3100, 4000), (4400, 6000)], False),  # came in on the agent, tries again
        ([(8500, 9000), (9300, 9900)], False),  # nobody talks over it
    ],
)
def test_a_breath_while_talked_over_is_no_pause(own: list[tuple[int, int]], joined: bool):
    kept = times(keep_floor(customer(*own), agent((3000, 8000))))
    assert kept == ([(own[0][0], own[1][1])] if joined else own)


def test_several_breaths_are_none_and_the_others_own_pauses_under_250_ms_do_not_count():
    own = customer((0, 4000), (4300, 5000), (5450, 6000), (7000, 8000))
    over = agent((3000, 4100), (4349, 6500))
    assert times(keep_floor(own, over)) == [(0, 6000), (7000, 8000)]
    assert times(keep_floor(own, agent((3000, 4100), (4350, 6500)))) == [
        # the agent is silent for 250 ms within the first pause: only at 4.35 talks over again
        *((0, 4000), (4300, 6000), (7000, 8000))
    ]


def test_who_listens_is_short_and_inside_the_others_speech():
    over = agent((1000, 4000), (4200, 8000), (9000, 9800))
    own = customer(
        *((850, 1200), (899, 1300), (900, 1400)),  # 150, 101 and 100 ms before the agent
        *((2000, 3500), (5000, 6501)),  # 1.5 s, and longer
        (3900, 4300),  # over a pause of 200 ms, which is none
        *((7900, 8100), (8000, 8101)),  # 100 and 101 ms after the agent
        (8200, 8400),  # in silence
    )
    assert times(asides(own, over)) == [(900, 1400), (2000, 3500), (3900, 4300), (7900, 8100)]


def test_nobody_is_talked_over_by_nobody():
    assert keep_floor([], agent((0, 1000))) == ()
    assert keep_floor(customer((0, 1000), (1300, 2000)), []) == tuple(
        customer((0, 1000), (1300, 2000))
    )
    assert asides([], []) == asides(customer((0, 500)), []) == ()


_edges = st.lists(st.integers(0, 1200), min_size=0, max_size=24, unique=True)


@settings(deadline=None, derandomize=True, max_examples=150)
@given(_edges, _edges)
def test_joining_only_ever_fills_short_pauses_in_which_the_other_speaks(
    own_edges: list[int], other_edges: list[int]
):
    own, other = customer(*_pairs(own_edges)), agent(*_pairs(other_edges))
    kept = keep_floor(own, other)
    for span in own:
        assert any(k.start_ms <= span.start_ms and span.end_ms <= k.end_ms for k in kept)
    filled = set(_cells(kept)) - set(_cells(own))
    speaks = set(_cells(other))
    # what is filled lies in the other's speech, or in a pause of it under 250 ms
    assert all(speaks & set(range(cell - 24, cell + 25)) for cell in filled)
    assert sum(k.length_ms for k in kept) - sum(s.length_ms for s in own) <= 500 * len(own)


def _pairs(edges: list[int]) -> list[tuple[int, int]]:
    ordered = sorted(edge * 10 for edge in edges)
    return list(zip(ordered[::2], ordered[1::2], strict=False))


def _cells(spans: list[Span] | tuple[Span, ...]) -> list[int]:
    return [cell for span in spans for cell in range(span.start_ms // 10, span.end_ms // 10)]
