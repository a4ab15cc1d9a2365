"""Means per agent, team and week: the `agents` table."""

from __future__ import annotations

import math
from itertools import groupby
from typing import TYPE_CHECKING

from qa.coaching.views import AgentStat, ReviewedCall
from qa.nouns import Call, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

ALL = "all"
_Z = 1.959964  # two-sided 95 %


def week_of(moment: datetime | None) -> str | None:
    """Return the ISO week as "2026-W44"; None if the call has no date."""
    if moment is None:
        return None
    year, week, _ = moment.isocalendar()
    return f"{year}-W{week:02d}"


def interval(points: Sequence[float]) -> tuple[float, float]:
    """Return the 95 % interval of a mean of points in 0..1, by Wilson's formula.

    Wilson (1927) is for counts of yes and no. Points between 0 and 1 vary less than a coin with
    the same mean, so for them the interval is if anything too wide, which suits small numbers.
    """
    n, mean = len(points), _mean(points)
    centre = (mean + _Z**2 / (2 * n)) / (1 + _Z**2 / n)
    half = _Z / (1 + _Z**2 / n) * math.sqrt(mean * (1 - mean) / n + _Z**2 / (4 * n**2))
    return max(0.0, centre - half), min(1.0, centre + half)


def agent_stats(calls: Iterable[ReviewedCall]) -> tuple[AgentStat, ...]:
    """Return one row per agent, rubric, criterion and period, in that order; "all" comes first.

    `calls` counts the agent's calls with a card in the period, `applicable` those with points.
    """
    ordered = sorted(calls, key=lambda c: c.call.agent_id)
    return tuple(
        stat
        for agent_id, own in groupby(ordered, key=lambda c: c.call.agent_id)
        for stat in _stats(agent_id, list(own))
    )


def team_stats(calls: Iterable[ReviewedCall]) -> tuple[AgentStat, ...]:
    """Return the same over all given calls of one team, with no agent named."""
    return tuple(_stats("", list(calls)))


def newest_first(calls: Iterable[ReviewedCall]) -> list[ReviewedCall]:
    """Return calls in order of their dates, ties by id, calls without a date last."""
    return sorted(calls, key=lambda c: (_sortable(c.call), c.call.id), reverse=True)


def latest_call(calls: Iterable[ReviewedCall]) -> Call:
    """Return the newest call's manifest row: names and teams are taken from it."""
    return newest_first(calls)[0].call


def _sortable(call: Call) -> float:
    return call.started_at.timestamp() if call.started_at else -math.inf


def _mean(points: Sequence[float]) -> float:
    return math.fsum(points) / len(points)  # exact: the order of calls cannot move the last digit


def _stats(agent_id: str, calls: Sequence[ReviewedCall]) -> Iterator[AgentStat]:
    if not calls:
        return
    newest = latest_call(calls)
    name = (newest.agent_name or agent_id) if agent_id else ""
    for rubric, criterion in _criteria(calls):
        points = [
            (week_of(reviewed.call.started_at), _points(reviewed, rubric, criterion))
            for reviewed in calls
            if any(card.rubric == rubric for card in reviewed.cards)
        ]
        weekly = _weekly(points)
        overall = _change(list(weekly.values()))
        periods = [(ALL, [p for _, p in points], overall)]
        earlier: float | None = None
        for week in sorted({week for week, _ in points if week}):
            mean = weekly.get(week)
            trend = None if mean is None or earlier is None else mean - earlier
            periods.append((week, [p for w, p in points if w == week], trend))
            earlier = earlier if mean is None else mean
        for period, found, trend in periods:
            scored = [p for p in found if p is not None]
            low, high = interval(scored) if scored else (None, None)
            yield AgentStat(
                agent_id=agent_id,
                agent_name=name,
                team=newest.team,
                period=period,
                rubric=rubric,
                criterion=criterion,
                calls=len(found),
                applicable=len(scored),
                mean=_mean(scored) if scored else None,
                low=low,
                high=high,
                trend=trend,
            )


def _criteria(calls: Sequence[ReviewedCall]) -> list[tuple[str, str]]:
    """Return (rubric, criterion) in the order of the newest cards, rubrics by name."""
    found: dict[tuple[str, str], None] = {}
    for reviewed in newest_first(calls):
        for card in sorted(reviewed.cards, key=lambda card: card.rubric):
            for score in card.scores:
                found[card.rubric, score.criterion] = None
    return sorted(found, key=lambda pair: pair[0])


def _points(reviewed: ReviewedCall, rubric: str, criterion: str) -> float | None:
    for card in reviewed.cards:
        if card.rubric == rubric:
            for score in card.scores:
                if score.criterion == criterion:
                    unknown = score.outcome in (Outcome.UNSCORED, Outcome.NOT_APPLICABLE)
                    return None if unknown else score.points
    return None


def _weekly(points: Sequence[tuple[str | None, float | None]]) -> dict[str, float]:
    """Return the mean of each week that has scored calls, in order of weeks."""
    scored: dict[str, list[float]] = {}
    for week, value in points:
        if week is not None and value is not None:
            scored.setdefault(week, []).append(value)
    return {week: _mean(scored[week]) for week in sorted(scored)}


def _change(means: Sequence[float]) -> float | None:
    return means[-1] - means[0] if len(means) > 1 else None
