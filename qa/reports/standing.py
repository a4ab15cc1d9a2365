"""How it goes with one criterion, in words that a small number cannot overstate."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.nouns import Outcome
from qa.reports.site import Named, Site
from qa.reports.sparkline import Scale, Sparkline, scale_of, sparkline_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from qa.coaching.views import AgentStat, ReviewedCall

# With four calls even an unbroken record leaves the true share as low as one half
# (Wilson 95 %: n / (n + 1.96**2) = 0.51 for n = 4, 0.57 for n = 5).
TOO_FEW = 5
# Ten points: less than that is one call more or less in a usual week.
STEADY_WITHIN = 0.10


@dataclass(frozen=True, slots=True)
class Standing:
    """One row of the table "how is it going"; all texts are ready to print."""

    criterion: str
    title: str
    mean: str  # "72 %" or a dash
    interval: str  # "54-85 %", empty where there is none
    counted: str  # "14 of 18"
    unjudged: str  # "not judged: 2": calls where it applied but could not be scored; or empty
    note: str  # why this row is not to be judged; empty if it may be
    trend: Named | None  # name: up | steady | down
    spark: Sparkline | None
    scale: Scale | None
    share: float | None  # the mean as a number, only where it may be judged


@dataclass(frozen=True, slots=True)
class RubricStandings:
    """The rows of one rubric."""

    title: str
    version: str  # in words; where the calls were scored with several, with how many by each
    rows: tuple[Standing, ...]


def standings(
    stats: Iterable[AgentStat], calls: Iterable[ReviewedCall], site: Site
) -> tuple[RubricStandings, ...]:
    """Return the rows per rubric from the stats of one agent or one team, all periods mixed.

    `calls` are the calls behind them: what could not be scored on them is said aloud.
    """
    calls = tuple(calls)
    unjudged = Counter(
        (card.rubric, score.criterion)
        for call in calls
        for card in call.cards
        for score in card.scores
        if score.outcome is Outcome.UNSCORED
    )
    by_criterion: dict[tuple[str, str], list[AgentStat]] = {}
    for stat in stats:
        by_criterion.setdefault((stat.rubric, stat.criterion), []).append(stat)
    tables = []
    for rubric in site.rubric_names({rubric for rubric, _ in by_criterion}):
        criteria = [name for one, name in by_criterion if one == rubric]
        criteria.sort(key=lambda name: site.criterion_place(rubric, name))
        rows = [
            _standing(by_criterion[rubric, name], unjudged[rubric, name], site) for name in criteria
        ]
        kept = tuple(row for row in rows if row is not None)
        version = _versions(rubric, calls, site)
        tables.append(RubricStandings(site.rubric_title(rubric), version, kept))
    return tuple(table for table in tables if table.rows)


def _versions(rubric: str, calls: Iterable[ReviewedCall], site: Site) -> str:
    """Return "version 1.1", or "version 1.0 (3 calls), version 1.1 (9 calls)"."""
    words = site.words
    scored = Counter(c.version for call in calls for c in call.cards if c.rubric == rubric)
    if len(scored) == 1:
        return words.say("version", version=next(iter(scored)))
    return ", ".join(
        f"{words.say('version', version=version)} ({words.count('calls', scored[version])})"
        for version in sorted(scored)
    )


def small_number(stat: AgentStat, site: Site) -> str:
    """Return why the row is not to be judged: nothing applied, or too little; empty if it may."""
    words = site.words
    if stat.mean is None or stat.applicable == 0:
        return words.say("never_applied", calls=words.count("in_calls", stat.calls))
    if stat.applicable < TOO_FEW:
        return words.say("too_few", calls=words.count("applicable_calls", stat.applicable))
    return ""


def _standing(periods: list[AgentStat], unjudged: int, site: Site) -> Standing | None:
    """Return the row over all time; None if only weeks are given."""
    stat = next((one for one in periods if one.period == "all"), None)
    if stat is None:
        return None
    note = small_number(stat, site)
    spark = None if note else sparkline_of(periods, site.formats)
    return Standing(
        criterion=stat.criterion,
        title=site.criterion(stat.rubric, stat.criterion).title,
        mean="–" if stat.mean is None else site.formats.percent(stat.mean),
        interval=_interval(stat, site),
        counted=site.words.say("n_of_n", n=stat.applicable, all=stat.calls),
        unjudged=site.words.say("unjudged", n=unjudged) if unjudged else "",
        note=note,
        trend=None if note else _trend(spark, site),
        spark=spark,
        scale=scale_of(stat),
        share=None if note else stat.mean,
    )


def _interval(stat: AgentStat, site: Site) -> str:
    if stat.low is None or stat.high is None:
        return ""
    return site.formats.interval(stat.low, stat.high)


def _trend(spark: Sparkline | None, site: Site) -> Named:
    """Return the change over the weeks of the line, so that words and picture agree."""
    words = site.words
    if spark is None:
        return Named("none", words.say("trend_none"))
    values = {"first": spark.first, "last": spark.last}
    change = round(spark.change, 9)  # 0.6 - 0.5 is ten points
    if abs(change) < STEADY_WITHIN:
        return Named("steady", words.say("trend_steady", **values))
    name = "up" if change > 0 else "down"
    return Named(name, words.say(f"trend_{name}", **values))
