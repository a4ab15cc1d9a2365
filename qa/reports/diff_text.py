"""What another rubric would change, for the terminal and for programs."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from qa.coaching.rubric_diff import NOT_IN
from qa.reports.formats import clock
from qa.reports.reasons import reason_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from qa.coaching.rubric_diff import Change, CriterionShift, MovedCall, RubricDiff
    from qa.nouns import Score
    from qa.reports.site import Site


def diff_json(diff: RubricDiff) -> str:
    """Return a comparison as JSON: the fields of `RubricDiff`, nothing worded or rounded."""
    return json.dumps(asdict(diff), indent=2, ensure_ascii=False)


def diff_text(diff: RubricDiff, titles: Mapping[str, str], site: Site) -> str:
    """Return a comparison in the language of the site; `titles` are those of the criteria."""
    return "\n".join(_lines(diff, titles, site)) + "\n"


def _lines(diff: RubricDiff, titles: Mapping[str, str], site: Site) -> Iterator[str]:
    words = site.words
    calls = words.count("calls", diff.calls)
    old, new = (" ".join(rubric) for rubric in (diff.old, diff.new))
    yield words.say("diff_title", old=old, new=new)
    yield words.say("diff_changed", calls=calls, n=diff.changed)
    if diff.lost or diff.gained:
        yield words.say("diff_totals", lost=diff.lost, gained=diff.gained)
    yield from ("", words.say("diff_criteria"))
    for shift in diff.criteria:
        yield from _criterion(shift, titles[shift.criterion], site)
    yield from ("", words.say("diff_agents"))
    for agent in diff.agents:
        move = _move(agent.before, agent.after, site)
        team = f" ({agent.team})" if agent.team else ""
        yield f"  {agent.agent_name}{team}, {words.count('calls', agent.calls)}: {move}"
    yield from ("", words.say("diff_moved"))
    if not diff.moved:
        yield f"  {words.say('diff_none_moved')}"
    for place, moved in enumerate(diff.moved, 1):
        yield from _moved(place, moved, titles, site)


def _criterion(shift: CriterionShift, title: str, site: Site) -> Iterator[str]:
    changed = site.words.count("calls", shift.changed) if shift.changed else "–"
    yield f"  {title}: {changed}"
    for before, after, calls in shift.outcomes:
        if before != after:
            yield f"    {_outcome(before, site)} → {_outcome(after, site)}: {calls}"


def _moved(place: int, moved: MovedCall, titles: Mapping[str, str], site: Site) -> Iterator[str]:
    move = _move(moved.before, moved.after, site)
    yield f"  {place}. {moved.call_id}, {moved.agent_name}: {move}"
    for change in moved.changes:
        yield from _change(change, titles[change.criterion], site)


def _change(change: Change, title: str, site: Site) -> Iterator[str]:
    before, after = (_counted(one, site) for one in (change.before, change.after))
    yield f"     {title}: {before} → {after}"
    for key, one in (("diff_before", change.before), ("diff_after", change.after)):
        if one is not None:
            reason = reason_text(one.because, one.reason, site)
            yield f"       {site.words.say(key)}: {reason}"
            yield from (f"         {_quote(one, at, site)}" for at in range(len(one.evidence)))


def _counted(one: Score | None, site: Site) -> str:
    """Return an outcome with what it counts: "Met (1 × 20)"."""
    if one is None:
        return site.words.say("diff_not_in")
    outcome = site.words.label("outcomes", one.outcome.name)
    if one.points is None:
        return outcome
    number = site.formats.number
    return f"{outcome} ({number(one.points, 2)} × {number(one.weight, 2)})"


def _quote(one: Score, at: int, site: Site) -> str:
    evidence = one.evidence[at]
    text = " ".join(evidence.quote.split())
    return f"{site.words.say('quote', text=text)} {clock(evidence.start_ms)}"


def _move(before: float, after: float, site: Site) -> str:
    number = site.formats.number
    change = after - before
    sign = "+" if change > 0 else "−" if change < 0 else "±"
    return f"{number(before)} → {number(after)} ({sign}{number(abs(change))})"


def _outcome(name: str, site: Site) -> str:
    if name == NOT_IN:
        return site.words.say("diff_not_in")
    return site.words.label("outcomes", name)
