"""Where every page lies, and what things are called on it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from qa.coaching.views import AgentReview, CriterionText, Review, ReviewedCall, RubricText
from qa.reports.catalogue import Words, words_in
from qa.reports.formats import Formats
from qa.reports.slugs import slugs_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from qa.nouns import Language, Outcome

_CYRILLIC = range(0x0400, 0x0530)


@dataclass(frozen=True, slots=True)
class Link:
    """A text that leads to another page of ours; `page` is relative and without suffix.

    An empty `page` and `anchor` is plain text: what it would lead to is on no page.
    """

    text: str
    page: str = ""
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Named:
    """A name of the system for CSS classes, and the word for people."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Site:
    """The file names of all pages and the texts of all criteria."""

    words: Words
    formats: Formats
    calls: Mapping[str, ReviewedCall]
    call_files: Mapping[str, str]
    agent_files: Mapping[tuple[str, str], str]  # (team, agent_id)
    team_files: Mapping[str, str]
    rubrics: tuple[RubricText, ...]  # one per rubric, in the page's language where there is one

    def to_call(self, call_id: str, text: str, turn: int | None = None) -> Link:
        """Return the link to a call, to a turn of it if it has that turn."""
        call = self.calls.get(call_id)
        if call is None:
            return Link(text)
        known = any(one.index == turn for one in call.transcript.turns)
        return Link(text, f"../calls/{self.call_files[call_id]}", f"t{turn}" if known else "")

    def to_agent(self, agent: AgentReview, folder: str = "../agents") -> Link:
        file = self.agent_files[agent.team, agent.agent_id]
        return Link(display_name(agent.agent_name, agent.agent_id), f"{folder}/{file}")

    def to_team(self, team: str, folder: str = "../teams") -> Link:
        return Link(self.team_name(team), f"{folder}/{self.team_files[team]}")

    def to_index(self) -> Link:
        return Link(self.words.say("all_teams"), "../index")

    def team_name(self, team: str) -> str:
        return team or self.words.say("no_team")

    def rubric_names(self, used: set[str]) -> tuple[str, ...]:
        """Return the rubrics in `used`, in the review's order, unknown ones last by name."""
        known = [rubric.name for rubric in self.rubrics if rubric.name in used]
        return (*known, *sorted(used.difference(known)))

    def rubric_title(self, rubric: str) -> str:
        return next((one.title for one in self.rubrics if one.name == rubric), _as_words(rubric))

    def criterion(self, rubric: str, name: str) -> CriterionText:
        """Return the texts of a criterion; one without texts is called by its name."""
        found = next((dict(one.criteria) for one in self.rubrics if one.name == rubric), {})
        return found.get(name) or CriterionText(title=_as_words(name), why="")

    def section_title(self, rubric: str, name: str) -> str:
        """Return a section's title; one without is called by its name."""
        found = next((dict(one.sections) for one in self.rubrics if one.name == rubric), {})
        return found.get(name) or _as_words(name)

    def criterion_place(self, rubric: str, name: str) -> tuple[int, str]:
        """Return a sort key: the rubric's own order, unknown criteria last by name."""
        for one in self.rubrics:
            names = [criterion for criterion, _ in one.criteria]
            if one.name == rubric and name in names:
                return (names.index(name), name)
        return (len(self.rubrics) + 1000, name)

    def outcome(self, outcome: Outcome) -> Named:
        return Named(outcome.name.lower(), self.words.label("outcomes", outcome.name))


def site_of(review: Review) -> Site:
    """Return the site of a review."""
    words = words_in(review.language)
    agents = [agent for team in review.teams for agent in team.agents]
    calls = {call.call.id: call for agent in agents for call in agent.calls}
    return Site(
        words=words,
        formats=Formats(words),
        calls=calls,
        call_files=slugs_of(calls),
        agent_files=_agent_files(agents),
        team_files=slugs_of(team.team for team in review.teams),
        rubrics=_rubrics_in(review.rubrics, review.language),
    )


def display_name(name: str, identifier: str) -> str:
    """Return the name, or the id where there is none."""
    return name or identifier


def quote_lang(text: str, language: Language) -> str:
    """Return the lang attribute of spoken words: a screen reader has a voice per script."""
    if language == "sr":
        return "sr-Cyrl" if any(ord(letter) in _CYRILLIC for letter in text) else "sr-Latn"
    return language


def _agent_files(agents: list[AgentReview]) -> dict[tuple[str, str], str]:
    """Return file names by (team, agent_id): an agent of two teams has a page in each."""
    pages = Counter(agent.agent_id for agent in agents)
    keys = {
        (agent.team, agent.agent_id): agent.agent_id
        if pages[agent.agent_id] == 1
        else f"{agent.agent_id} / {agent.team}"
        for agent in agents
    }
    files = slugs_of(keys.values())
    return {agent: files[key] for agent, key in keys.items()}


def _rubrics_in(rubrics: tuple[RubricText, ...], language: Language) -> tuple[RubricText, ...]:
    """Return one text per rubric: in `language` if given, and the last version given."""
    chosen: dict[str, RubricText] = {}
    for rubric in rubrics:
        held = chosen.get(rubric.name)
        if held is None or rubric.language == language or held.language != language:
            chosen[rubric.name] = rubric
    return tuple(chosen.values())


def _as_words(name: str) -> str:
    plain = name.replace("_", " ").replace("-", " ")
    return plain[:1].upper() + plain[1:]
