"""A review from reviewed calls: what a coach takes into the conversation."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from qa.coaching.stats import ALL, agent_stats, newest_first, team_stats
from qa.coaching.views import (
    AgentReview,
    AgentStat,
    Clip,
    FailedCall,
    Review,
    ReviewedCall,
    RubricText,
    TeamReview,
)
from qa.nouns import Language, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CLIPS = 3  # a coach plays two moments; one more to choose from
_FOCUS_MEAN = 0.75  # above it, nothing has to be worked on


def review(
    calls: Sequence[ReviewedCall],
    rubrics: Sequence[RubricText],
    failed: Sequence[FailedCall],
    language: Language,
) -> Review:
    """Return everything the pages show; teams and agents in order of their names."""
    stats = agent_stats(calls)
    agents = [
        _agent(agent_id, list(own), [s for s in stats if s.agent_id == agent_id])
        for agent_id, own in groupby(
            sorted(calls, key=lambda c: c.call.agent_id), key=lambda c: c.call.agent_id
        )
    ]
    agents.sort(key=lambda agent: (agent.team, agent.agent_name, agent.agent_id))
    teams = tuple(
        _team(team, tuple(members)) for team, members in groupby(agents, key=lambda a: a.team)
    )
    return Review(language, teams, tuple(rubrics), tuple(failed))


def _team(team: str, agents: tuple[AgentReview, ...]) -> TeamReview:
    return TeamReview(team, agents, team_stats(c for agent in agents for c in agent.calls))


def _agent(agent_id: str, calls: Sequence[ReviewedCall], stats: Sequence[AgentStat]) -> AgentReview:
    ordered = newest_first(calls)
    newest = ordered[0].call
    clips = list(_clips(ordered))
    focus = _focus(stats)
    return AgentReview(
        agent_id=agent_id,
        agent_name=newest.agent_name or agent_id,
        team=newest.team,
        stats=tuple(stats),
        calls=tuple(ordered),
        went_well=_spread(clip for clip in clips if clip.outcome is Outcome.MET),
        to_try=_spread(
            sorted(
                (c for c in clips if c.outcome in (Outcome.NOT_MET, Outcome.PARTLY_MET)),
                key=lambda c: ((c.rubric, c.criterion) != focus, c.outcome is not Outcome.NOT_MET),
            )
        ),
        focus=focus,
    )


def _clips(calls: Iterable[ReviewedCall]) -> Iterable[Clip]:
    """Yield one clip per score that has something to hear, newest calls first."""
    for reviewed in calls:
        for card in reviewed.cards:
            for score in card.scores:
                if score.evidence:
                    yield Clip(
                        reviewed.call.id,
                        card.rubric,
                        score.criterion,
                        score.outcome,
                        score.reason,
                        score.evidence[0],
                        score.because,
                    )


def _spread(clips: Iterable[Clip]) -> tuple[Clip, ...]:
    """Return a few clips, each criterion once before any comes twice."""
    first: dict[tuple[str, str], Clip] = {}
    rest = []
    for clip in clips:
        if (clip.rubric, clip.criterion) in first:
            rest.append(clip)
        else:
            first[clip.rubric, clip.criterion] = clip
    return tuple([*first.values(), *rest][:_CLIPS])


def _focus(stats: Sequence[AgentStat]) -> tuple[str, str] | None:
    """Return the criterion with the lowest mean below 0.75; ties: the most calls, then order."""
    low = [
        stat
        for stat in stats
        if stat.period == ALL and stat.mean is not None and stat.mean < _FOCUS_MEAN
    ]
    if not low:
        return None
    worst = min(low, key=lambda stat: (stat.mean, -stat.applicable))
    return worst.rubric, worst.criterion
