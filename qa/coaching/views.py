"""What coaching knows, as frozen values: the only thing that pages are made from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from qa.nouns import (
        Because,
        Call,
        Evidence,
        Fact,
        Language,
        Moment,
        Outcome,
        Scorecard,
        Transcript,
    )


@dataclass(frozen=True, slots=True)
class CriterionText:
    """What a rubric tells people about one criterion, in one language."""

    title: str
    why: str
    say_instead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RubricText:
    """A rubric's name and its criteria's texts in one language, in the rubric's order."""

    name: str
    version: str
    title: str
    language: Language
    criteria: tuple[tuple[str, CriterionText], ...]  # (criterion name, text)
    sections: tuple[tuple[str, str], ...] = ()  # (section name, title)


@dataclass(frozen=True, slots=True)
class ReviewedCall:
    """One call with everything that is known of it."""

    call: Call
    transcript: Transcript
    facts: tuple[Fact, ...]
    moments: tuple[Moment, ...]
    cards: tuple[Scorecard, ...]  # one per rubric


@dataclass(frozen=True, slots=True)
class AgentStat:
    """One row of the `agents` table: one criterion of one agent in one period.

    `period` is an ISO week ("2026-W44") or "all". `mean` is the mean of points (0..1) over the
    applicable and scored calls; `low` and `high` are its 95 % interval. `trend` is the change of
    the mean against the previous period that has scored calls (for "all": the latest week
    against the first); None where there is nothing to compare.
    """

    agent_id: str
    agent_name: str
    team: str
    period: str
    rubric: str
    criterion: str
    calls: int
    applicable: int
    mean: float | None
    low: float | None
    high: float | None
    trend: float | None


@dataclass(frozen=True, slots=True)
class Clip:
    """A moment worth hearing: what the coach plays."""

    call_id: str
    rubric: str
    criterion: str
    outcome: Outcome
    reason: str
    evidence: Evidence
    because: Because | None = None


@dataclass(frozen=True, slots=True)
class AgentReview:
    """One agent's page: how it goes, what went well, what to try."""

    agent_id: str
    agent_name: str
    team: str
    stats: tuple[AgentStat, ...]
    calls: tuple[ReviewedCall, ...]  # newest first
    went_well: tuple[Clip, ...]  # at most a handful, the best first
    to_try: tuple[Clip, ...]  # what to work on, the most important first
    focus: tuple[str, str] | None  # (rubric, criterion) to work on next; None: nothing stands out


@dataclass(frozen=True, slots=True)
class TeamReview:
    """One team's page: its agents side by side under the same standard."""

    team: str
    agents: tuple[AgentReview, ...]
    stats: tuple[AgentStat, ...]  # over the whole team; agent_id and agent_name are empty


@dataclass(frozen=True, slots=True)
class FailedCall:
    """A call that is in the ledger but on no page, with the reason."""

    call_id: str
    status: str  # failed | empty
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Review:
    """Everything the pages show."""

    language: Language  # of the pages
    teams: tuple[TeamReview, ...]
    rubrics: tuple[RubricText, ...]
    failed: tuple[FailedCall, ...]
