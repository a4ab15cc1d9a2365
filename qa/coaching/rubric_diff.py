"""What another rubric, or another version of one, would change: who moves, and why.

Computed from findings that are stored, with both rubrics in memory; nothing is written.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from math import fsum
from typing import TYPE_CHECKING, Final

from qa.facts.replies import compared
from qa.nouns import Outcome
from qa.scoring.asked import Asked, quoted_facts
from qa.scoring.card import score
from qa.store.replies import generic_shares
from qa.store.rows import call_of
from qa.store.stream import current_studies, studied

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from qa.nouns import Call, Score, Scorecard
    from qa.scoring.judgement import Findings
    from qa.scoring.rubric import Rubric
    from qa.store.tables import Store

MOST_MOVED: Final = 10
NOT_IN: Final = ""  # in place of an outcome: the rubric has no such criterion


@dataclass(frozen=True, slots=True)
class CriterionShift:
    """One criterion under both rubrics; `outcomes` is the matrix (before, after) -> calls."""

    criterion: str
    outcomes: tuple[tuple[str, str, int], ...]  # an Outcome's name or NOT_IN; only what happened

    @property
    def changed(self) -> int:
        """Return how many calls have another outcome; all of them where one rubric lacks it."""
        return sum(n for before, after, n in self.outcomes if before != after)


@dataclass(frozen=True, slots=True)
class AgentShift:
    """An agent's mean total (0..100) over the calls that have one under both rubrics."""

    agent_id: str
    agent_name: str
    team: str
    calls: int
    before: float
    after: float


@dataclass(frozen=True, slots=True)
class Change:
    """A criterion of one call that came out differently; None where the rubric lacks it."""

    criterion: str
    before: Score | None
    after: Score | None


@dataclass(frozen=True, slots=True)
class MovedCall:
    """One call whose total moved, with what moved it."""

    call_id: str
    agent_id: str
    agent_name: str
    before: float
    after: float
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class RubricDiff:
    """Two rubrics over the same calls."""

    old: tuple[str, str]  # name, version
    new: tuple[str, str]
    calls: int
    changed: int  # calls with another total, or another outcome somewhere
    lost: int  # calls with a total only before: too little can be judged now
    gained: int  # calls with a total only after
    criteria: tuple[CriterionShift, ...]  # in the new rubric's order, then those it lacks
    agents: tuple[AgentShift, ...]  # the largest change first
    moved: tuple[MovedCall, ...]  # the largest change first, at most ten


def diff_stored(store: Store, old: Rubric, new: Rubric) -> RubricDiff:
    """Return what `new` changes over everything that is stored and studied."""
    asked = (Asked(old), Asked(new))
    manifest = {row["call_id"]: call_of(row) for row in store.latest("calls").iter_rows(named=True)}
    shares = generic_shares(store)
    rows = studied(store, current_studies(store), quoted_facts(asked))
    known = (
        (manifest[found.transcript.call_id], _with_replies(found, shares)) for _, found in rows
    )
    return diff_rubrics(known, old, new)


def diff_rubrics(calls: Iterable[tuple[Call, Findings]], old: Rubric, new: Rubric) -> RubricDiff:
    """Return what `new` changes over these calls; their order does not matter.

    Holds one number per call and rubric, and what it says of ten calls.
    """
    tally = _Tally()
    for call, findings in calls:
        tally.add(call, score(findings, old), score(findings, new))
    names = dict.fromkeys(one.name for rubric in (new, old) for one in rubric.criteria)
    return RubricDiff(
        old=(old.name, old.version),
        new=(new.name, new.version),
        calls=tally.calls,
        changed=tally.changed,
        lost=tally.lost,
        gained=tally.gained,
        criteria=tuple(tally.criterion(name) for name in names),
        agents=tuple(sorted(tally.agents(), key=_by_change)),
        moved=tuple(tally.moved),
    )


def _with_replies(findings: Findings, shares: Mapping[str, float]) -> Findings:
    share = shares.get(findings.transcript.call_id)
    return replace(findings, facts=compared(findings.facts, share))


class _Tally:
    """What is counted, call by call."""

    def __init__(self) -> None:
        self.calls = self.changed = self.lost = self.gained = 0
        self.moved: list[MovedCall] = []
        self._outcomes: dict[str, Counter[tuple[str, str]]] = {}
        self._totals: dict[str, tuple[list[float], list[float]]] = {}
        self._newest: dict[str, Call] = {}

    def add(self, call: Call, before: Scorecard, after: Scorecard) -> None:
        changes = []
        for change in _paired(before, after):
            pair = _outcome(change.before), _outcome(change.after)
            self._outcomes.setdefault(change.criterion, Counter())[pair] += 1
            if _differs(change):
                changes.append(change)
        self.calls += 1
        self.changed += bool(changes) or before.total != after.total
        self.lost += before.total is not None and after.total is None
        self.gained += before.total is None and after.total is not None
        if before.total is not None and after.total is not None:
            self._count(call, before.total, after.total)
            self._rank(call, before.total, after.total, changes)

    def criterion(self, name: str) -> CriterionShift:
        counted = self._outcomes.get(name, Counter())
        places = {NOT_IN: -1} | {outcome.name: at for at, outcome in enumerate(Outcome)}
        ordered = sorted(counted.items(), key=lambda one: (places[one[0][0]], places[one[0][1]]))
        return CriterionShift(name, tuple((*pair, n) for pair, n in ordered))

    def agents(self) -> Iterator[AgentShift]:
        for agent_id, (before, after) in self._totals.items():
            newest = self._newest[agent_id]
            yield AgentShift(
                agent_id,
                newest.agent_name or agent_id,
                newest.team,
                calls=len(before),
                before=fsum(before) / len(before),  # exact: no order of calls moves the last digit
                after=fsum(after) / len(after),
            )

    def _count(self, call: Call, before: float, after: float) -> None:
        totals = self._totals.setdefault(call.agent_id, ([], []))
        totals[0].append(before)
        totals[1].append(after)
        known = self._newest.get(call.agent_id)
        if known is None or _age(known) < _age(call):
            self._newest[call.agent_id] = call

    def _rank(self, call: Call, before: float, after: float, changes: list[Change]) -> None:
        if before == after:
            return
        name = call.agent_name or call.agent_id
        one = MovedCall(call.id, call.agent_id, name, before, after, tuple(changes))
        self.moved = sorted((*self.moved, one), key=_by_move)[:MOST_MOVED]


def _paired(before: Scorecard, after: Scorecard) -> Iterator[Change]:
    old = {one.criterion: one for one in before.scores}
    new = {one.criterion: one for one in after.scores}
    for name in dict.fromkeys((*new, *old)):
        yield Change(name, old.get(name), new.get(name))


def _outcome(one: Score | None) -> str:
    return NOT_IN if one is None else one.outcome.name


def _differs(change: Change) -> bool:
    """Return whether a criterion counts otherwise: by outcome, points, weight, or at all."""
    before, after = change.before, change.after
    if before is None or after is None:
        one = before or after
        return one is not None and one.points is not None
    known = before.outcome, before.points, before.weight
    return known != (after.outcome, after.points, after.weight)


def _age(call: Call) -> tuple[float, str]:
    return (call.started_at.timestamp() if call.started_at else float("-inf"), call.id)


def _by_change(agent: AgentShift) -> tuple[float, str]:
    return (-abs(agent.after - agent.before), agent.agent_id)


def _by_move(moved: MovedCall) -> tuple[float, str]:
    return (-abs(moved.after - moved.before), moved.call_id)
