"""The cell of holds, as telephone systems and sheets write it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.intake.hold_times import read_holds, write_holds
from qa.nouns import Hold

TWO = (Hold(63_500, 95_000), Hold(120_000, 151_000))


@pytest.mark.parametrize(
    "cell",
    [
        "63.5-95;120-151",
        "63,5-95; 120-151",  # as Croatian and Serbian sheets write a half
        "1:03.5-1:35;2:00-2:31",
        "01:03,50-01:35 | 0:02:00-0:02:31",
        "63.5 - 95, 120 \u2013 151",
        " 120-151;63.5\u201495; ",  # put in order
        "63.5-95\n120-151",
        "63.5004-95 120.0-151",  # less than a millisecond is cut off
    ],
)
def test_two_holds_in_every_way_to_write_them(cell: str) -> None:
    assert read_holds(cell) == TWO


@pytest.mark.parametrize("cell", ["none", "None", "NO", "0", "-", "\u2013", " - "])
def test_no_hold_is_known_to_be_none(cell: str) -> None:
    assert read_holds(cell) == ()


@pytest.mark.parametrize("cell", ["", "  "])
def test_an_empty_cell_is_not_known(cell: str) -> None:
    assert read_holds(cell) is None


@given(st.lists(st.integers(0, 86_400_000), unique=True).map(sorted))
@settings(deadline=None, derandomize=True, max_examples=50)
def test_what_is_written_is_read_again(edges: list[int]) -> None:
    holds = tuple(map(Hold, edges[::2], edges[1::2]))
    assert read_holds(write_holds(holds) or "") == holds
    assert read_holds(write_holds(None) or "") is None


def test_holds_may_touch_and_last_an_hour() -> None:
    # 1:02:03 = 3723 s; 90:00 = 5400 s
    assert read_holds("0-1:02:03;1:02:03-90:00") == (Hold(0, 3_723_000), Hold(3_723_000, 5_400_000))


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("95-63", "ends before it starts (95-63)"),
        ("5-5", "without length"),
        ("63-95;94.9-120", "has holds that overlap (63-95 and 94.9-120): check their times"),
        ("86399-86401", "has a hold after more than a day (86399-86401): times are in seconds"),
        ("63500-95000000", "has a hold after more than a day"),  # milliseconds
        ("63", "is no list of holds at '63'"),
        ("63-", "is no list of holds at '63-'"),
        ("-63-95", "is no list of holds at '-63-95'"),
        ("63-95-120", "is no list of holds at '63-95-120'"),
        ("63-95,120-151", "is no list of holds at '63-95,120-151'"),
        ("1:75-2:00", "is no list of holds at '1:75-2:00'"),
        ("1:60:00-2:00:00", "is no list of holds"),
        ("1e2-2e2", "is no list of holds"),
        ("nan-5", "is no list of holds"),
        ("yes", "is no list of holds at 'yes': write start-end in seconds or mm:ss"),
        ("2 holds", "is no list of holds at '2'"),
        ("1" * 500 + "-2", "is no list of holds at '" + "1" * 40 + "'"),
    ],
)
def test_what_is_wrong_is_said_in_words(cell: str, expected: str) -> None:
    with pytest.raises(ValueError, match="hold") as caught:
        read_holds(cell)
    assert expected in str(caught.value)


def _shown(milliseconds: int, style: str) -> str:
    seconds, rest = divmod(milliseconds, 1000)
    if style == "clock":
        return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}.{rest:03}"
    return f"{seconds}{style}{rest:03}"


@settings(deadline=None, derandomize=True)
@given(
    st.lists(st.integers(0, 86_400_000), min_size=2, max_size=10, unique=True).map(sorted),
    st.sampled_from([".", ",", "clock"]),
)
def test_what_is_written_is_read(edges: list[int], style: str) -> None:
    holds = tuple(Hold(one, two) for one, two in zip(edges[::2], edges[1::2], strict=False))
    cell = ";".join(f"{_shown(h.start_ms, style)}-{_shown(h.end_ms, style)}" for h in holds)
    assert read_holds(cell) == holds


@settings(deadline=None, derandomize=True)
@given(st.text(st.sampled_from("0123456789.,:;-| \u2013xnone"), max_size=20))
def test_no_cell_gives_impossible_holds(cell: str) -> None:
    try:
        holds = read_holds(cell)
    except ValueError:
        return
    edges = [edge for hold in holds or () for edge in (hold.start_ms, hold.end_ms)]
    assert edges == sorted(edges)
    assert all(hold.end_ms > hold.start_ms >= 0 for hold in holds or ())
