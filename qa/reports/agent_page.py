"""One agent's page: how it goes, what went well, what to work on next, the calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.reports.quotes import Heard, heard
from qa.reports.site import Link, Site, display_name
from qa.reports.standing import RubricStandings, Standing, standings

if TYPE_CHECKING:
    from qa.coaching.views import AgentReview, ReviewedCall
    from qa.reports.formats import Formats


@dataclass(frozen=True, slots=True)
class Focus:
    """The one thing to talk about next."""

    title: str
    why: str
    clips: tuple[Heard, ...]
    say_instead: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CallRow:
    """One line of the list of calls; `totals` in the order of `AgentPage.rubric_titles`."""

    call: Link
    when: str
    channel: str
    length: str
    totals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AgentPage:
    """Everything the template prints; all texts are ready."""

    name: str
    agent_id: str
    team: Link
    span: str  # "4 calls, 12 Oct 2026 - 30 Oct 2026"
    summary: tuple[str, ...]  # how it is going, at most three sentences
    tables: tuple[RubricStandings, ...]
    went_well: tuple[Heard, ...]
    focus: Focus | None
    to_try: tuple[Heard, ...]  # beyond the focus
    rubric_titles: tuple[str, ...]
    calls: tuple[CallRow, ...]


def agent_page(agent: AgentReview, site: Site) -> AgentPage:
    """Return the page of one agent; an agent without calls has a page that says so."""
    tables = standings(agent.stats, agent.calls, site)
    rubrics = site.rubric_names({card.rubric for call in agent.calls for card in call.cards})
    return AgentPage(
        name=display_name(agent.agent_name, agent.agent_id),
        agent_id=agent.agent_id,
        team=site.to_team(agent.team),
        span=_span(agent.calls, site),
        summary=_summary([row for table in tables for row in table.rows], site),
        tables=tables,
        went_well=heard(agent.went_well, site),
        focus=_focus(agent, site),
        to_try=heard(
            (clip for clip in agent.to_try if (clip.rubric, clip.criterion) != agent.focus), site
        ),
        rubric_titles=tuple(site.rubric_title(rubric) for rubric in rubrics),
        calls=tuple(_call_row(call, rubrics, site) for call in agent.calls),
    )


def total_text(total: float | None, site: Site) -> str:
    """Return "78 of 100"; where nothing, or too little, could be scored, a word for that."""
    if total is None:
        return site.words.say("no_total")
    return site.words.say("of_100", total=site.formats.number(total))


def call_length(call: ReviewedCall, formats: Formats) -> str:
    """Return the length of a call; a dash where it is not known."""
    return formats.duration(call.transcript.duration_ms) if call.transcript.duration_ms else "–"


def _span(calls: tuple[ReviewedCall, ...], site: Site) -> str:
    """Return the number of calls and the days they cover."""
    counted = site.words.count("calls", len(calls))
    days = [call.call.started_at.date() for call in calls if call.call.started_at is not None]
    if not days:
        return counted
    first, last = site.formats.day(min(days)), site.formats.day(max(days))
    return f"{counted}, {first}" if first == last else f"{counted}, {first} – {last}"


def _summary(rows: list[Standing], site: Site) -> tuple[str, ...]:
    """Return what stands out: the strongest criterion, what rises, what has come down."""
    words = site.words
    judged = [row for row in rows if row.share is not None]
    if not judged:
        return (words.say("nothing_judged"),)
    best = max(judged, key=lambda row: row.share or 0.0)
    said = [words.say("strongest", title=best.title, mean=best.mean)]
    for name in ("up", "down"):
        moved = [row.title for row in judged if row.trend is not None and row.trend.name == name]
        if moved:
            titles = ", ".join(dict.fromkeys(moved))
            said.append(words.say(f"going_{name}", titles=titles))
    return tuple(said)


def _focus(agent: AgentReview, site: Site) -> Focus | None:
    if agent.focus is None:
        return None
    text = site.criterion(*agent.focus)
    chosen = (clip for clip in agent.to_try if (clip.rubric, clip.criterion) == agent.focus)
    return Focus(text.title, text.why, heard(chosen, site), text.say_instead)


def _call_row(call: ReviewedCall, rubrics: tuple[str, ...], site: Site) -> CallRow:
    totals = {card.rubric: total_text(card.total, site) for card in call.cards}
    started = call.call.started_at
    return CallRow(
        call=site.to_call(call.call.id, call.call.id),
        when="–" if started is None else site.formats.day_and_time(started),
        channel=site.words.label("channels", call.call.channel),
        length=call_length(call, site.formats),
        totals=tuple(totals.get(rubric, "–") for rubric in rubrics),
    )
