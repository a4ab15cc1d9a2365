"""The course over weeks as a small line, and a mean with its interval as a dot on a scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.reports.formats import Formats, half_up, monday_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from qa.coaching.views import AgentStat

# a quarter: what came before says little about the next conversation
_WEEKS = 13
_WIDTH, _HEIGHT, _EDGE = 120, 40, 4


@dataclass(frozen=True, slots=True)
class Sparkline:
    """A line in a box of 120 x 40; `text` says the same in words."""

    points: str  # "4,28 116,4", for an SVG polyline
    dots: tuple[tuple[int, int], ...]
    text: str
    first: str  # the first and the last week's value, as text
    last: str
    change: float  # last minus first, in shares of 1


@dataclass(frozen=True, slots=True)
class Scale:
    """A mean and its interval on a scale of 0..100, whole numbers."""

    low: int
    mean: int
    high: int

    @property
    def width(self) -> int:
        return max(self.high - self.low, 1)


def scale_of(stat: AgentStat) -> Scale | None:
    """Return the dot and its whisker; None where there is no mean."""
    if stat.mean is None:
        return None
    low = stat.mean if stat.low is None else stat.low
    high = stat.mean if stat.high is None else stat.high
    return Scale(half_up(low * 100), half_up(stat.mean * 100), half_up(high * 100))


def sparkline_of(weekly: Sequence[AgentStat], formats: Formats) -> Sparkline | None:
    """Return the line over the last 13 weeks with a mean, in any order; None below two weeks.

    Weeks without applicable calls leave a gap in time: x is the calendar, y is 0..1.
    """
    dated: list[tuple[date, float, str]] = sorted(
        (monday, stat.mean, stat.period)
        for stat in weekly
        if stat.mean is not None and (monday := monday_of(stat.period)) is not None
    )[-_WEEKS:]
    if len(dated) < 2:
        return None
    start, length = dated[0][0], (dated[-1][0] - dated[0][0]).days
    dots = tuple(
        (
            _EDGE + half_up((monday - start).days / length * (_WIDTH - 2 * _EDGE)),
            _HEIGHT - _EDGE - half_up(mean * (_HEIGHT - 2 * _EDGE)),
        )
        for monday, mean, _ in dated
    )
    said = [f"{formats.week(period)}: {formats.percent(mean)}" for _, mean, period in dated]
    return Sparkline(
        points=" ".join(f"{x},{y}" for x, y in dots),
        dots=dots,
        text="; ".join(said),
        first=formats.percent(dated[0][1]),
        last=formats.percent(dated[-1][1]),
        change=dated[-1][1] - dated[0][1],
    )
