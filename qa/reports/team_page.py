"""One team's page: its agents side by side under the same standard, in alphabetical order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.reports.formats import half_up
from qa.reports.site import Link, Site
from qa.reports.standing import RubricStandings, small_number, standings
from qa.text import to_latin

if TYPE_CHECKING:
    from collections.abc import Callable

    from qa.coaching.views import AgentReview, AgentStat, TeamReview
    from qa.nouns import Language

# between the code points of their neighbours; the digraphs dž, lj, nj sort as two letters
_AFTER = {
    letter: ord(base) + place
    for letter, base, place in (
        ("č", "c", 0.3), ("ć", "c", 0.6), ("đ", "d", 0.5), ("š", "s", 0.5), ("ž", "z", 0.5),
    )
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cell:
    """A mean in a matrix; `note` says why it is not to be judged, empty if it may be."""

    criterion: str  # its title, for the narrow page where the head row is far away
    mean: str
    count: str
    bar: int  # 0..100
    note: str


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One agent, or the whole team at the foot."""

    agent: Link
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Agents x criteria of one rubric; every row is measured by the same criteria."""

    title: str
    criteria: tuple[str, ...]
    rows: tuple[MatrixRow, ...]
    team: MatrixRow


@dataclass(frozen=True, slots=True)
class TeamPage:
    """Everything the template prints; all texts are ready."""

    name: str
    counted: str  # "3 agents, 18 calls"
    tables: tuple[RubricStandings, ...]  # the team as a whole
    matrices: tuple[Matrix, ...]


def team_page(team: TeamReview, site: Site) -> TeamPage:
    """Return the page of one team."""
    agents = alphabetical(team.agents, site.words.language)
    calls = sum(len(agent.calls) for agent in agents)
    stats = [stat for agent in agents for stat in agent.stats] + list(team.stats)
    rubrics = site.rubric_names({stat.rubric for stat in stats if stat.period == "all"})
    return TeamPage(
        name=site.team_name(team.team),
        counted=f"{site.words.count('agents', len(agents))}, {site.words.count('calls', calls)}",
        tables=standings(team.stats, [call for agent in agents for call in agent.calls], site),
        matrices=tuple(_matrix(rubric, team, agents, site) for rubric in rubrics),
    )


def alphabetical(agents: tuple[AgentReview, ...], language: Language) -> list[AgentReview]:
    """Return agents by name, as the language's dictionary has it; ties by id."""
    key = alphabet_key(language)
    return sorted(
        agents, key=lambda agent: (key(agent.agent_name or agent.agent_id), agent.agent_id)
    )


def alphabet_key(language: Language) -> Callable[[str], tuple[float, ...]]:
    """Return a sort key: in hr and sr č follows c and đ follows d, and Cyrillic sorts as Latin."""
    after = {} if language == "en" else _AFTER

    def key(text: str) -> tuple[float, ...]:
        letters = to_latin(text).casefold()
        return tuple(after.get(letter, float(ord(letter))) for letter in letters)

    return key


def _matrix(rubric: str, team: TeamReview, agents: list[AgentReview], site: Site) -> Matrix:
    everyone = [stat for agent in agents for stat in agent.stats] + list(team.stats)
    used = {stat.criterion for stat in everyone if _counts(stat, rubric)}
    criteria = sorted(used, key=lambda name: site.criterion_place(rubric, name))
    return Matrix(
        title=site.rubric_title(rubric),
        criteria=tuple(site.criterion(rubric, name).title for name in criteria),
        rows=tuple(
            MatrixRow(site.to_agent(agent), _cells(agent.stats, rubric, criteria, site))
            for agent in agents
        ),
        team=MatrixRow(
            Link(site.words.say("whole_team")), _cells(team.stats, rubric, criteria, site)
        ),
    )


def _cells(
    stats: tuple[AgentStat, ...], rubric: str, criteria: list[str], site: Site
) -> tuple[Cell, ...]:
    held = {stat.criterion: stat for stat in stats if _counts(stat, rubric)}
    return tuple(
        _cell(held.get(name), site.criterion(rubric, name).title, site) for name in criteria
    )


def _cell(stat: AgentStat | None, title: str, site: Site) -> Cell:
    if stat is None or stat.mean is None:
        return Cell(title, "–", "", 0, site.words.say("did_not_apply"))
    return Cell(
        criterion=title,
        mean=site.formats.percent(stat.mean),
        count=site.words.count("calls", stat.applicable),
        bar=half_up(stat.mean * 100),
        note=small_number(stat, site),
    )


def _counts(stat: AgentStat, rubric: str) -> bool:
    return stat.period == "all" and stat.rubric == rubric
