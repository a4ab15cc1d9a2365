"""Means, intervals and trends, by hand on a few calls."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qa.coaching.stats import ALL, agent_stats, interval, latest_call, team_stats, week_of
from tests.coaching.people import NA, UNSCORED, card, heard

if TYPE_CHECKING:
    from qa.coaching.views import AgentStat, ReviewedCall

ZAGREB = timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    ("day", "week"),
    [
        ("2026-10-27", "2026-W44"),  # Monday 26 October begins week 44
        ("2026-01-04", "2026-W01"),  # the week of 4 January is always the first
        ("2025-12-29", "2026-W01"),  # Monday of that week, still in December
        ("2025-12-28", "2025-W52"),
        ("2020-12-31", "2020-W53"),  # a year that began on a Wednesday in a leap year has 53
        ("2021-01-03", "2020-W53"),  # Sunday: the old year's week ends here
        ("2021-01-04", "2021-W01"),
    ],
)
def test_weeks_at_the_border_of_years(day: str, week: str):
    assert week_of(datetime.fromisoformat(f"{day}T12:00:00+01:00")) == week


def test_a_week_is_that_of_the_clock_on_the_wall():
    monday = datetime(2026, 1, 5, 0, 30, tzinfo=ZAGREB)
    assert week_of(monday) == "2026-W02"
    assert week_of(monday.astimezone(UTC)) == "2026-W01"  # there it was Sunday, 23:30
    assert week_of(None) is None


def test_weeks_sort_as_text():
    days = [datetime(2025, 12, 1, tzinfo=UTC) + timedelta(days=n) for n in range(0, 120, 7)]
    weeks = [week_of(day) or "" for day in days]
    assert weeks == sorted(weeks)
    assert len(set(weeks)) == len(weeks)


# Wilson's score interval, z = 1.96, z^2 = 3.8415:
#   centre = (mean + z^2/2n) / (1 + z^2/n), half = z/(1 + z^2/n) * sqrt(mean(1-mean)/n + z^2/4n^2)
@pytest.mark.parametrize(
    ("points", "low", "high"),
    [
        # (1 + 1.92073) / 4.84146 = .60328; 1.96 / 4.84146 * sqrt(.96036) = .39672
        ([1.0], 0.2065, 1.0),
        ([0.0], 0.0, 0.7935),
        # .5; 1.96 / 1.96036 * sqrt(.0625 + .06002) = .34996
        ([1.0, 1.0, 0.0, 0.0], 0.1500, 0.8500),
        ([0.5] * 4, 0.1500, 0.8500),
        # (.8 + .19207) / 1.38415 = .71674; 1.96 / 1.38415 * sqrt(.016 + .0096) = .22658
        ([1.0] * 8 + [0.0] * 2, 0.4902, 0.9433),
        # (0 + .19207) / 1.38415 = .13877, and half is the same
        ([0.0] * 10, 0.0, 0.2775),
    ],
)
def test_wilson_by_hand(points: list[float], low: float, high: float):
    assert interval(points) == pytest.approx((low, high), abs=1e-4)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
@settings(deadline=None, derandomize=True)
def test_the_interval_holds_the_mean_and_narrows_with_more_calls(points: list[float]):
    low, high = interval(points)
    mean = sum(points) / len(points)
    assert 0 <= low <= mean + 1e-12
    assert mean - 1e-12 <= high <= 1
    more_low, more_high = interval(points * 4)
    assert more_high - more_low < high - low


# --- rows


def row(stats: tuple[AgentStat, ...], period: str, criterion: str = "empathy") -> AgentStat:
    (found,) = (s for s in stats if (s.period, s.criterion) == (period, criterion))
    return found


MONDAY = "2026-10-26T09:00:00+01:00"  # 2026-W44
NEXT = "2026-11-02T09:00:00+01:00"  # W45
THIRD = "2026-11-09T09:00:00+01:00"  # W46
FOURTH = "2026-11-16T09:00:00+01:00"  # W47

CALLS = (
    heard("c1", {"empathy": 0.0, "blame": 1.0}, at=MONDAY),
    heard("c2", {"empathy": 0.5, "blame": 1.0}, at=MONDAY),
    heard("c3", {"empathy": NA, "blame": UNSCORED}, at=NEXT),
    heard("c4", {"empathy": 1.0, "blame": 0.0}, at=THIRD),
    heard("c5", {"empathy": UNSCORED, "blame": 0.5}, at=THIRD),
    heard("c6", {"empathy": 0.5, "blame": NA}, at=FOURTH),
)


def test_means_count_what_was_scored():
    stats = agent_stats(CALLS)
    # empathy: (0 + .5 + 1 + .5) / 4 of six calls
    everything = row(stats, ALL)
    assert (everything.calls, everything.applicable, everything.mean) == (6, 4, 0.5)
    assert (everything.low, everything.high) == interval([0, 0.5, 1, 0.5])
    # of blame, (1 + 1 + 0 + .5) / 4
    assert row(stats, ALL, "blame").mean == 0.625
    first = row(stats, "2026-W44")
    assert (first.calls, first.applicable, first.mean) == (2, 2, 0.25)


def test_a_week_without_scored_calls_has_no_mean():
    second = row(agent_stats(CALLS), "2026-W45")
    assert (second.calls, second.applicable) == (1, 0)
    assert (second.mean, second.low, second.high, second.trend) == (None, None, None, None)


def test_trends():
    stats = agent_stats(CALLS)
    assert row(stats, "2026-W44").trend is None  # nothing before
    assert row(stats, "2026-W46").trend == 0.75  # 1 against .25: the empty week is passed over
    assert row(stats, "2026-W47").trend == -0.5  # .5 against 1
    assert row(stats, ALL).trend == 0.25  # the last week's .5 against the first week's .25
    assert row(stats, ALL, "blame").trend == -0.75  # W46 (0 + .5) / 2 against W44's 1
    assert row(agent_stats(CALLS[:2]), ALL).trend is None  # one week alone


def test_rows_are_in_order_and_all_comes_first():
    other = heard("z1", {"empathy": 1.0}, agent="A0")
    stats = agent_stats((*CALLS, other))
    periods = (ALL, "2026-W44", "2026-W45", "2026-W46", "2026-W47")
    assert [(s.agent_id, s.criterion, s.period) for s in stats] == [
        ("A0", "empathy", ALL),
        ("A0", "empathy", "2026-W44"),
        *(("A1", "empathy", period) for period in periods),
        *(("A1", "blame", period) for period in periods),
    ]


def test_rubrics_are_kept_apart():
    both = heard("c1", {"empathy": 1.0})
    both = replace(both, cards=(*both.cards, card("c1", {"empathy": 0.0}, "heard")))
    stats = agent_stats([both, heard("c2", {"empathy": 0.0})])
    found = {(s.rubric, s.calls, s.applicable, s.mean) for s in stats if s.period == ALL}
    assert found == {("core", 2, 2, 0.5), ("heard", 1, 1, 0.0)}  # c2 has no card of `heard`


def test_a_criterion_that_an_older_card_lacks():
    stats = agent_stats(
        [
            heard("c1", {"blame": 1.0}, at=MONDAY),
            heard("c2", {"empathy": 0.0, "blame": 1.0}, at=NEXT),
        ]
    )
    asked = row(stats, ALL)
    assert (asked.calls, asked.applicable, asked.mean) == (2, 1, 0.0)
    # in the order of the newest card
    assert [s.criterion for s in stats if s.period == ALL] == ["empathy", "blame"]


def test_calls_without_cards_or_dates():
    assert agent_stats([]) == ()
    assert agent_stats([heard("c1")]) == ()
    undated = agent_stats(
        [heard("c1", {"empathy": 1.0}, at=""), heard("c2", {"empathy": 0.0}, at="")]
    )
    assert [(s.period, s.calls, s.mean, s.trend) for s in undated] == [(ALL, 2, 0.5, None)]


def test_the_newest_call_names_the_agent():
    calls = [
        heard("c1", {"empathy": 1.0}, at=NEXT, name="Ana Horvat", team="Split"),
        heard("c2", {"empathy": 1.0}, at=MONDAY, name="Ana Kos", team="Zagreb"),
        heard("c3", {"empathy": 1.0}, at="", name="A.", team=""),
    ]
    assert {(s.agent_name, s.team) for s in agent_stats(calls)} == {("Ana Horvat", "Split")}
    unnamed = agent_stats([heard("c1", {"empathy": 1.0})])
    assert {s.agent_name for s in unnamed} == {"A1"}


def test_without_dates_the_last_id_is_the_newest():
    calls = [heard("c1", at=""), heard("c3", at=""), heard("c2", at="")]
    assert latest_call(calls).id == "c3"


def test_a_team_is_one_row_over_all_its_calls():
    calls = [
        heard("c1", {"empathy": 1.0}, agent="A1", team="Split"),
        heard("c2", {"empathy": 0.0}, agent="A2", team="Split"),
        heard("c3", {"empathy": 0.0}, agent="A2", team="Split"),
    ]
    stats = team_stats(calls)
    assert {(s.agent_id, s.agent_name, s.team) for s in stats} == {("", "", "Split")}
    overall = row(stats, ALL)
    assert (overall.calls, overall.applicable) == (3, 3)
    assert overall.mean == pytest.approx(1 / 3)
    assert team_stats(iter([])) == ()


MANY = tuple(
    heard(
        f"c{number:02d}",
        {("empathy", "blame")[number % 2]: (0.1, 0.2, 0.3, 0.7)[number % 4], "apology": 0.1},
        agent=f"A{number % 3}",
        name=f"Agent {number}",
        at=(MONDAY, NEXT, "")[number % 3 - number % 2],
    )
    for number in range(20)
)


@given(st.permutations(MANY))
@settings(deadline=None, derandomize=True, max_examples=40)
def test_the_order_of_calls_changes_nothing(calls: list[ReviewedCall]):
    assert agent_stats(calls) == agent_stats(MANY)
    assert team_stats(calls) == team_stats(MANY)
