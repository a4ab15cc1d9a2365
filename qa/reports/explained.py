"""One call's cards in the terminal: what applied, what was said, and how the total comes about."""

from __future__ import annotations

from math import fsum
from typing import TYPE_CHECKING

from qa.nouns import Outcome
from qa.reports.agent_page import total_text
from qa.reports.card_text import applied, coverage_text, critical_text
from qa.reports.quotes import quote_of
from qa.reports.reasons import reason_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qa.coaching.views import ReviewedCall
    from qa.nouns import Score, Scorecard
    from qa.reports.site import Site


def explained(
    call: ReviewedCall, site: Site, minimum_coverage: Mapping[tuple[str, str], float]
) -> str:
    """Return a call's cards in words and sums; `minimum_coverage` by rubric and version.

    Numbers are rounded to two decimals where they are shown, not where they are summed.
    """
    lines = [_head(call, site)]
    if not call.cards:
        lines += ["", site.words.say("no_cards")]
    for card in call.cards:
        lines += ["", *_card(card, call, site, minimum_coverage.get((card.rubric, card.version)))]
    return "\n".join(lines) + "\n"


def _head(call: ReviewedCall, site: Site) -> str:
    one = call.call
    known = (
        site.words.say(f"title_{one.channel}", id=one.id),
        one.agent_name or one.agent_id,
        one.team,
        site.formats.day_and_time(one.started_at) if one.started_at else "",
        site.words.label("languages", call.transcript.language),
    )
    return " · ".join(part for part in known if part)


def _card(card: Scorecard, call: ReviewedCall, site: Site, minimum: float | None) -> Iterator[str]:
    words = site.words
    version = words.say("version", version=card.version)
    yield f"{site.rubric_title(card.rubric)}, {version}"
    yield f"{words.say('total')}: {total_text(card.total, site)} · {coverage_text(card, site)}"
    if critical := critical_text(card, site):
        yield critical
    for place, score in enumerate(card.scores, 1):
        yield ""
        yield from _score(place, score, card, call, site)
    if applied(card):
        yield ""
        yield from _sum(card, site, minimum)


def _score(
    place: int, score: Score, card: Scorecard, call: ReviewedCall, site: Site
) -> Iterator[str]:
    words = site.words
    title = site.criterion(card.rubric, score.criterion).title
    yield f"{place}. {title}: {site.outcome(score.outcome).text}"
    yield f"   {words.say('explain_applies')}: {words.say(_applies(score))}"
    yield f"   {words.say('explain_why')}: {reason_text(score.because, score.reason, site)}"
    for evidence in score.evidence:
        quote = quote_of(evidence, call.call.id, site)
        text = words.say("quote", text=" ".join(quote.text.split()))
        who = f"{quote.speaker}, " if quote.speaker else ""
        yield f"   {text} {who}{quote.place.text}"
    yield f"   {words.say('explain_points')}: {_points(score, site)}"


def _applies(score: Score) -> str:
    if score.outcome is Outcome.NOT_APPLICABLE:
        return "no"
    unknown = score.outcome is Outcome.UNSCORED and score.scored_by in ("when", "evidence")
    return "explain_not_known" if unknown else "yes"


def _points(score: Score, site: Site) -> str:
    if score.points is None:
        counts = "explain_left_out" if score.outcome is Outcome.NOT_APPLICABLE else "explain_open"
        return site.words.say(counts, weight=_number(score.weight, site))
    earned = _number(score.points * score.weight, site)
    return f"{_number(score.points, site)} × {_number(score.weight, site)} = {earned}"


def _sum(card: Scorecard, site: Site, minimum: float | None) -> Iterator[str]:
    """Yield the sums that make total and coverage, with the numbers that go into them."""
    words = site.words
    scored = [score for score in card.scores if score.points is not None]
    asked = [score for score in card.scores if score.outcome is not Outcome.NOT_APPLICABLE]
    earned = [(score.points or 0.0) * score.weight for score in scored]
    weights = [score.weight for score in scored]
    yield words.say("explain_sum")
    yield f"   {words.say('explain_earned')}: {_added(earned, site)}"
    yield f"   {words.say('explain_weights')}: {_added(weights, site)}"
    if card.total is not None:
        of = f"100 × {_number(fsum(earned), site)} / {_number(fsum(weights), site)}"
        yield f"   {words.say('total')}: {of} = {_number(card.total, site)}"
    share = site.formats.percent(card.coverage)
    applicable = _number(fsum(score.weight for score in asked), site)
    judged = f"{_number(fsum(weights), site)} / {applicable} = {share}" if asked else share
    yield f"   {words.say('explain_coverage')}: {judged}"
    if card.total is None:
        yield f"   {_no_total(site, minimum)}"


def _no_total(site: Site, minimum: float | None) -> str:
    """Return why there is no total; how much would be needed only if the rubric is at hand."""
    if minimum is None:
        return site.words.say("no_total")
    return site.words.say("explain_no_total", needed=site.formats.percent(minimum))


def _added(numbers: list[float], site: Site) -> str:
    if len(numbers) < 2:
        return _number(fsum(numbers), site)
    added = " + ".join(_number(one, site) for one in numbers)
    return f"{added} = {_number(fsum(numbers), site)}"


def _number(value: float, site: Site) -> str:
    return site.formats.number(value, 2)
