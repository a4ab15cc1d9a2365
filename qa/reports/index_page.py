"""The first page: teams, their agents, and the calls that could not be finished."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.reports.team_page import alphabet_key, alphabetical

if TYPE_CHECKING:
    from qa.coaching.views import FailedCall, Review, TeamReview
    from qa.reports.site import Link, Site


@dataclass(frozen=True, slots=True)
class TeamEntry:
    """A team with its agents: (link, number of calls)."""

    team: Link
    counted: str
    agents: tuple[tuple[Link, str], ...]


@dataclass(frozen=True, slots=True)
class FailedRow:
    """A call that is on no page."""

    call_id: str
    status: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class IndexPage:
    """Everything the template prints; all texts are ready."""

    counted: str  # "2 teams, 3 agents, 5 calls"
    teams: tuple[TeamEntry, ...]
    failed: tuple[FailedRow, ...]


def index_page(review: Review, site: Site) -> IndexPage:
    """Return the first page; a review without teams has one too."""
    words = site.words
    agents = [agent for team in review.teams for agent in team.agents]
    counts = (
        words.count("teams", len(review.teams)),
        words.count("agents", len(agents)),
        words.count("calls", sum(len(agent.calls) for agent in agents)),
    )
    key = alphabet_key(review.language)
    teams = sorted(review.teams, key=lambda team: (not team.team, key(team.team), team.team))
    return IndexPage(
        counted=", ".join(counts),
        teams=tuple(_team(team, site) for team in teams),
        failed=tuple(_failed(call, site) for call in review.failed),
    )


def _team(team: TeamReview, site: Site) -> TeamEntry:
    words = site.words
    agents = alphabetical(team.agents, words.language)
    return TeamEntry(
        team=site.to_team(team.team, folder="teams"),
        counted=words.count("agents", len(agents)),
        agents=tuple(
            (site.to_agent(agent, folder="agents"), words.count("calls", len(agent.calls)))
            for agent in agents
        ),
    )


def _failed(call: FailedCall, site: Site) -> FailedRow:
    return FailedRow(
        call_id=call.call_id,
        status=site.words.label("statuses", call.status),
        code=call.code.replace("_", " "),
        message=call.message,
    )
