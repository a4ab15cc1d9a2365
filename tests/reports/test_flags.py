from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from qa.reports.flags import NARROWEST, hang


def test_flags_with_room_hang_low() -> None:
    # "1" is 15 px wide, a tenth of the picture is 27
    assert [place.level for place in hang([(0.0, "1"), (0.1, "2"), (0.5, "3")])] == [0, 0, 0]


def test_one_that_would_cover_another_pole_hangs_above_it() -> None:
    # 5 % are 13.5 px, less than a flag; the fourth has room
    found = hang([(0.0, "1"), (0.05, "2"), (0.1, "3"), (0.5, "4")])
    assert [place.level for place in found] == [2, 1, 0, 0]


def test_at_the_right_end_a_flag_hangs_to_the_left() -> None:
    assert [place.to_left for place in hang([(0.94, "1"), (0.95, "1")])] == [False, True]


def test_no_flags() -> None:
    assert hang([]) == ()


@given(st.lists(st.tuples(st.floats(0, 0.9), st.sampled_from(("1", "22", "333?"))), max_size=25))
@settings(max_examples=100, deadline=None, derandomize=True)
def test_no_flag_covers_another_nor_a_pole(flags: list[tuple[float, str]]) -> None:
    flags = [(pole, text) for pole, text in sorted(flags) if pole * NARROWEST + 36 < NARROWEST]
    placed = [
        (pole * NARROWEST, pole * NARROWEST + place.width, place.level)
        for (pole, _), place in zip(flags, hang(flags), strict=True)
    ]
    for n, (start, end, level) in enumerate(placed):
        for other_start, other_end, other_level in placed[n + 1 :]:
            if level == other_level:
                assert end < other_start or other_end < start
            # the other's pole stands at its start and goes down from its level
            assert not (start < other_start < end and other_level > level)
