"""One call's page: scorecards, facts, the time line and what was said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from qa.reports.agent_page import call_length, total_text
from qa.reports.card_text import coverage_text, critical_text
from qa.reports.cautions import in_words, repairs_in_words
from qa.reports.quotes import Quote, quote_of
from qa.reports.reasons import reason_text
from qa.reports.site import Link, Named, Site
from qa.reports.spoken import TurnView, spoken
from qa.reports.timeline import Timeline, timeline_of

if TYPE_CHECKING:
    from qa.coaching.views import AgentReview, ReviewedCall
    from qa.nouns import Fact, Score, Scorecard

# Less of the speech than this with words: the marks rest on part of the call, and say so.
WELL_UNDERSTOOD: Final = 0.9


@dataclass(frozen=True, slots=True)
class ScoreView:
    """One criterion of one card."""

    title: str
    outcome: Named
    reason: str
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class CardView:
    """One scorecard; `critical` names the critical criteria that were not met, in words."""

    title: str
    version: str
    total: str
    coverage: str
    critical: str
    scores: tuple[ScoreView, ...]


@dataclass(frozen=True, slots=True)
class FactView:
    """One measurement; `note` says why it is not to be relied on, empty if it is."""

    label: str
    value: str
    note: str


@dataclass(frozen=True, slots=True)
class CallPage:
    """Everything the template prints; all texts are ready."""

    call_id: str
    title: str
    agent: Link
    team: Link
    details: tuple[tuple[str, str], ...]  # (label, value)
    understood: str  # how little of the speech has words; empty if that is nearly all, or not known
    cards: tuple[CardView, ...]
    facts: tuple[FactView, ...]
    timeline: Timeline | None  # None: nothing to draw
    repaired: str  # what was put right in a ready transcript; empty if nothing was
    turns: tuple[TurnView, ...]
    has_doubts: bool  # about what was said in some of the turns


def call_page(call: ReviewedCall, agent: AgentReview, site: Site) -> CallPage:
    """Return the page of one call of `agent`."""
    turns = spoken(call, site)
    return CallPage(
        call_id=call.call.id,
        title=site.words.say(f"title_{call.call.channel}", id=call.call.id),
        agent=site.to_agent(agent),
        team=site.to_team(agent.team),
        details=_details(call, site),
        understood=_understood(call, site),
        cards=tuple(
            _card(card, call, site)
            for rubric in site.rubric_names({card.rubric for card in call.cards})
            for card in call.cards
            if card.rubric == rubric
        ),
        facts=tuple(_fact(fact, site) for fact in call.facts),
        timeline=timeline_of(call, site),
        repaired=repairs_in_words(call.transcript.repairs, site.words),
        turns=turns,
        has_doubts=any(piece.is_doubted for turn in turns for piece in turn.pieces),
    )


def _details(call: ReviewedCall, site: Site) -> tuple[tuple[str, str], ...]:
    """Return what is known of the call; what is not known is left out."""
    words, formats = site.words, site.formats
    one, transcript = call.call, call.transcript
    known = (
        ("when", "" if one.started_at is None else formats.day_and_time(one.started_at)),
        ("channel", words.label("channels", one.channel)),
        ("length", call_length(call, formats)),
        ("language", words.label("languages", transcript.language)),
        ("queue", one.queue),
        ("csat", "" if one.csat is None else formats.number(one.csat)),
        ("basis", words.label("bases", transcript.basis)),
    )
    return tuple((words.say(key), value) for key, value in known if value)


def _understood(call: ReviewedCall, site: Site) -> str:
    share = call.transcript.coverage
    if share is None or share >= WELL_UNDERSTOOD:
        return ""
    return site.words.say("understood", share=site.formats.percent(share))


def _card(card: Scorecard, call: ReviewedCall, site: Site) -> CardView:
    return CardView(
        title=site.rubric_title(card.rubric),
        version=card.version,
        total=total_text(card.total, site),
        coverage=coverage_text(card, site),
        critical=critical_text(card, site),
        scores=tuple(_score(score, card.rubric, call, site) for score in card.scores),
    )


def _score(score: Score, rubric: str, call: ReviewedCall, site: Site) -> ScoreView:
    outcome = site.outcome(score.outcome)
    if score.outcome == "PARTLY_MET" and score.points is not None:
        points = site.formats.percent(score.points)
        outcome = Named(outcome.name, f"{outcome.text} ({points})")
    return ScoreView(
        title=site.criterion(rubric, score.criterion).title,
        outcome=outcome,
        reason=reason_text(score.because, score.reason, site),
        quotes=tuple(quote_of(evidence, call.call.id, site) for evidence in score.evidence),
    )


def _fact(fact: Fact, site: Site) -> FactView:
    note = in_words(fact.reason, site.words)
    if not fact.trusted:
        note = site.words.say("untrusted", reason=note or site.words.say("no_reason"))
    return FactView(site.words.label("facts", fact.name), site.formats.fact(fact), note)
