from __future__ import annotations

from dataclasses import replace

import pytest

from qa.coaching.reviews import review
from qa.coaching.stats import agent_stats
from qa.coaching.views import AgentStat, Review, ReviewedCall
from qa.reports.site import site_of
from qa.reports.sparkline import scale_of, sparkline_of
from qa.reports.standing import Standing, standings
from tests.coaching.people import heard
from tests.reports.review_fixture import ENGLISH, phone_call, stat

SITE = site_of(Review("en", (), (), ()))


def one_row(*stats: AgentStat) -> Standing:
    (table,) = standings(stats, (), SITE)
    (row,) = table.rows
    return row


def test_four_calls_are_too_few_to_judge_and_five_are_not() -> None:
    few = one_row(stat("empathy", "all", 4, 1.0))
    assert few.note == "only 4 calls where it applied: too few to judge"
    assert (few.share, few.trend) == (None, None)
    enough = one_row(stat("empathy", "all", 5, 1.0))
    assert enough.note == ""
    assert enough.share == 1.0


def test_a_small_number_is_counted_aloud_in_the_singular_too() -> None:
    assert one_row(stat("a", "all", 1, 0.0)).note == (
        "only 1 call where it applied: too few to judge"
    )


def test_what_never_applied_is_no_zero() -> None:
    row = one_row(stat("empathy", "all", 0, None))
    assert (row.mean, row.interval, row.scale) == ("–", "", None)
    assert row.note == "did not apply in any of 18 calls"
    assert row.counted == "0 of 18"


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [(0.5, 0.6, "up"), (0.5, 0.59, "steady"), (0.6, 0.5, "down"), (0.5, 0.41, "steady")],
)
def test_the_trend_needs_ten_points(first: float, last: float, name: str) -> None:
    row = one_row(
        stat("a", "all", 9, 0.5), stat("a", "2026-W44", 4, last), stat("a", "2026-W41", 5, first)
    )
    assert row.trend is not None
    assert row.trend.name == name


def test_one_week_is_nothing_to_compare() -> None:
    row = one_row(stat("a", "all", 9, 0.5), stat("a", "2026-W44", 9, 0.5))
    assert row.trend is not None
    assert (row.trend.name, row.spark) == ("none", None)


def test_the_line_keeps_to_the_calendar() -> None:
    # weeks 41, 42, 44: days 0, 7, 21 of 21; x = 4 + 112 * day / 21 = 4, 41.3, 116
    # y = 36 - 32 * mean: 36, 20, 4
    weeks = [stat("a", "2026-W44", 1, 1.0), stat("a", "2026-W42", 1, 0.5)]
    line = sparkline_of([*weeks, stat("a", "2026-W41", 1, 0.0)], SITE.formats)
    assert line is not None
    assert line.dots == ((4, 36), (41, 20), (116, 4))
    assert line.text == "week 41: 0%; week 42: 50%; week 44: 100%"
    assert line.change == 1.0


def test_weeks_without_a_mean_and_all_time_are_no_points_of_the_line() -> None:
    stats = [
        stat("a", "all", 9, 0.5),
        stat("a", "2026-W40", 0, None),
        stat("a", "2026-W41", 1, 0.5),
    ]
    assert sparkline_of(stats, SITE.formats) is None


def test_the_line_shows_a_quarter() -> None:
    # 14 weeks, W10 to W23; the last 13 begin with W11
    weeks = [stat("a", f"2026-W{week}", 1, 0.5) for week in range(10, 24)]
    line = sparkline_of(weeks, SITE.formats)
    assert line is not None
    assert line.text.startswith("week 11: ")


def test_a_mean_without_an_interval_is_a_dot() -> None:
    scale = scale_of(replace(stat("a", "all", 1, 0.4), low=None, high=None))
    assert scale is not None
    assert (scale.low, scale.mean, scale.high, scale.width) == (40, 40, 40, 1)


def test_criteria_stand_in_the_order_of_the_rubric_and_unknown_ones_last() -> None:
    site = site_of(Review("en", (), (ENGLISH,), ()))
    stats = [stat(name, "all", 9, 0.5) for name in ("zz_new", "blame", "empathy")]
    (table,) = standings(stats, (), site)
    assert [row.criterion for row in table.rows] == ["empathy", "blame", "zz_new"]
    assert table.rows[-1].title == "Zz new"


def test_calls_that_could_not_be_judged_are_said_aloud() -> None:
    # the telephone call leaves "apology" unscored, and "blame" did not apply: only one is unjudged
    stats = [stat(name, "all", 9, 0.5) for name in ("apology", "blame")]
    (table,) = standings(stats, [phone_call()], SITE)
    assert [row.unjudged for row in table.rows] == ["not judged: 1", ""]


def test_versions_that_scored_are_told_with_their_calls() -> None:
    def scored(call_id: str, version: str) -> ReviewedCall:
        call = heard(call_id, {"empathy": 1.0})
        return replace(call, cards=tuple(replace(card, version=version) for card in call.cards))

    calls = [scored("c1", "1.1"), scored("c2", "1.0"), scored("c3", "1.1")]
    site = site_of(review(calls, (), (), "en"))
    (mixed,) = standings(agent_stats(calls), calls, site)
    assert mixed.version == "version 1.0 (1 call), version 1.1 (2 calls)"
    (one,) = standings(agent_stats(calls[1:2]), calls[1:2], site)
    assert one.version == "version 1.0"
